// The codec of links that carry text: WebSockets and buses.
//
// What JSON lacks is tagged: undefined, the numbers it has no words for, bigints, dates, maps, sets,
// bytes (base64, in the byte order of all our hosts, which is little-endian). Owns these tags and the
// packets; the tags that both codecs have are value-writer.ts and value-reader.ts. Text is a tree: what is
// one object becomes two, and what holds itself is refused.

import type { Link } from "../wire/link.js";
import { MalformedFrame } from "../wire/malformed-frame.js";
import { fromBase64, toBase64 } from "./base64.js";
import type { Codec, CodecOptions, Resolver } from "./codec.js";
import { failuresBy, settingsOf } from "./codec-settings.js";
import { GuestReader, tooManyDigits } from "./guest-reader.js";
import { checkLength, checkText } from "./limits.js";
import { checkThere, isClonedKind, isMovedKind, kindOf, refusal, Unsendable } from "./sendable.js";
import { commonTags, decoderBy, type TagTable, ValueReader } from "./value-reader.js";
import { ValueWriter } from "./value-writer.js";

/** What bytes can be seen as. */
const views = {
  __proto__: null,
  BigInt64Array,
  BigUint64Array,
  DataView,
  Float32Array,
  Float64Array,
  Int16Array,
  Int32Array,
  Int8Array,
  Uint16Array,
  Uint32Array,
  Uint8Array,
  Uint8ClampedArray,
} as unknown as Readonly<
  Record<string, (new (buffer: ArrayBuffer) => ArrayBufferView) | undefined>
>;

/**
 * Makes the codec of a link that carries text. A property that is undefined stays one, a hole in an array
 * becomes one. Properties with a symbol as their name are left behind.
 *
 * @throws TypeError if `errors` names something that is no class of errors.
 */
export function jsonCodec(resolver: Resolver, link: Link, options: CodecOptions = {}): Codec {
  const settings = settingsOf(resolver, link, options);
  const { trusted, limits } = settings;
  const Reader = trusted ? ValueReader : GuestReader;
  const values: Pick<Codec, "encode" | "decode"> = {
    encode(value, transfer, where = "value") {
      if (isBare(value)) return value;
      try {
        const writer = new JsonWriter(settings, false);
        if (typeof value === "object" && value !== null) return writer.write(value, transfer);
        return ["$x", writer.tagPrimitive(value)];
      } catch (error) {
        throw refusal(error, value, where);
      }
    },

    decode: decoderBy(settings, () => new Reader(settings, tags, false)),
  };
  return {
    name: "json",
    maxFrameBytes: limits.maxFrameBytes,
    ...values,
    ...failuresBy(values),

    pack(frames, longest = Infinity) {
      const text = JSON.stringify(frames.length === 1 ? frames[0] : frames);
      const length = bytesOf(text, longest);
      if (length > longest) {
        const most = `the other side takes at most ${longest}; send it in parts, or raise maxFrameBytes there`;
        throw new RangeError(`Cannot send ${length} bytes over ${link.name}: ${most}`);
      }
      // The other side counts a packet whole, as this one does, and ends the link for one that is too much.
      try {
        if (!trusted) checkText(text, limits);
      } catch (error) {
        const { why } = error as MalformedFrame;
        throw new RangeError(`Cannot send this over ${link.name}: ${why}; send it in parts`);
      }
      return text;
    },

    unpack(packet) {
      const text = textOf(packet, (length) => checkLength(length, limits));
      if (!trusted) checkText(text, limits);
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch {
        throw new MalformedFrame(
          `a packet of ${typeof packet === "string" ? "text" : "bytes"} is no JSON`,
        );
      }
      if (typeof parsed !== "object" || parsed === null) {
        throw new MalformedFrame(`a packet is ${parsed === null ? "null" : typeof parsed}`);
      }
      return Array.isArray(parsed) ? parsed : [parsed];
    },
  };
}

/** How long a text is in UTF-8, which is what servers count; in characters where it surely fits. */
function bytesOf(text: string, longest: number): number {
  return text.length * 3 <= longest ? text.length : new TextEncoder().encode(text).length;
}

/** The text of a packet, whose length is checked in whatever it is measured in before anything else. */
function textOf(packet: unknown, check: (length: number) => void): string {
  if (typeof packet === "string") {
    check(packet.length);
    return packet;
  }
  if (typeof packet !== "object" || packet === null || !isBytes(packet)) {
    throw new MalformedFrame(`a packet is ${typeof packet}, neither text nor bytes`);
  }
  check(packet.byteLength);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(packet);
  } catch {
    throw new MalformedFrame("a packet is no UTF-8");
  }
}

function isBytes(packet: object): packet is ArrayBuffer | Uint8Array<ArrayBuffer> {
  return ArrayBuffer.isView(packet) || kindOf(packet) === "ArrayBuffer";
}

function isBare(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      // Neither Infinity nor NaN, and not −0.
      return value - value === 0 && (value !== 0 || 1 / value > 0);
    default:
      return value === null;
  }
}

class JsonWriter extends ValueWriter {
  protected override isBare(value: unknown): boolean {
    return isBare(value);
  }

  protected override looseFrom(list: readonly unknown[], at: number): number {
    let next = at;
    while (next < list.length && isBare(list[next])) next++;
    return next;
  }

  override tagPrimitive(value: unknown): unknown {
    if (value === undefined) return ["$undefined"];
    if (typeof value === "number") return ["$number", Object.is(value, -0) ? "-0" : String(value)];
    if (typeof value !== "bigint") throw new Unsendable(value);
    const digits = String(value);
    const { maxBigintDigits } = this.settings.limits;
    if (digits.length > maxBigintDigits) {
      throw new Unsendable(value, `is a bigint of more than ${maxBigintDigits} digits: send bytes`);
    }
    return ["$bigint", digits];
  }

  protected override crosses(): boolean {
    return true;
  }

  protected override isCarried(): boolean {
    return false;
  }

  protected override copyBuiltIn(value: object, kind: string, depth: number): unknown {
    if (kind === "Date") return ["$date", timeOf(value as Date)];
    if (kind === "Set") {
      const items = [...(value as Set<unknown>)];
      return ["$set", ...items.map((item) => this.copy(item, depth + 1))];
    }
    if (kind === "Map") {
      const items = [...(value as Map<unknown, unknown>)].flat();
      return ["$map", ...items.map((item) => this.copy(item, depth + 1))];
    }
    const name = kind === "ArrayBuffer" ? kind : bytesKind(value, kind);
    checkThere(value);
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value as ArrayBuffer);
    return ["$bytes", name, toBase64(bytes)];
  }
}

function bytesKind(value: object, kind: string): string {
  const isView = ArrayBuffer.isView(value);
  if (isView && kind in views && kindOf(value.buffer) === "ArrayBuffer") return kind;
  if (!isView && !isClonedKind(kind) && !isMovedKind(kind)) throw new Unsendable(value);
  const what = isView && kind in views ? "view of shared memory" : kind;
  throw new Unsendable(value, `is a ${what}: text does not carry it, so send a copy of its bytes`);
}

/** Null for a date that is none. */
function timeOf(date: Date): number | null {
  const time = date.getTime();
  return Number.isNaN(time) ? null : time;
}

const numbers = ["NaN", "Infinity", "-Infinity", "-0"];

// What a peer wrote is checked before anything is made of it: an object of it may have a `toString`.
const tags: TagTable = {
  ...commonTags,
  $undefined(_, raw) {
    checkShape(raw, 1);
    return undefined;
  },
  $number(_, raw) {
    checkShape(raw, 2, numbers.includes(raw[1] as string));
    return Number(raw[1]);
  },
  $bigint(reader, raw) {
    const text = raw[1];
    const { maxBigintDigits } = reader.settings.limits;
    if (typeof text === "string" && text.length > maxBigintDigits + 1) {
      throw tooManyDigits(maxBigintDigits);
    }
    checkShape(raw, 2, typeof text === "string" && /^-?\d+$/.test(text));
    return BigInt(text as string);
  },
  $date(_, raw) {
    const time = raw[1];
    checkShape(raw, 2, time === null || Number.isFinite(time));
    return new Date(time === null ? Number.NaN : (time as number));
  },
  $set: (reader, raw, depth) => new Set(reader.list(raw, 1, depth)),
  $map(reader, raw, depth) {
    checkShape(raw, raw.length, raw.length % 2 === 1);
    const items = reader.list(raw, 1, depth);
    const map = new Map<unknown, unknown>();
    for (let at = 0; at < items.length; at += 2) map.set(items[at], items[at + 1]);
    return map;
  },
  $bytes(_, raw) {
    const [, kind, text] = raw;
    checkShape(raw, 3, typeof kind === "string" && typeof text === "string");
    const { buffer } = fromBase64(text as string);
    if (kind === "ArrayBuffer") return buffer;
    const View = views[kind as string];
    const size = (View as { BYTES_PER_ELEMENT?: number } | undefined)?.BYTES_PER_ELEMENT ?? 1;
    if (View === undefined || buffer.byteLength % size !== 0) throw wrongShape(raw);
    return new View(buffer);
  },
};

/** Throws {@link MalformedFrame} unless what stands behind a tag has the shape that it should. */
function checkShape(raw: readonly unknown[], length: number, isRight = true): void {
  if (raw.length !== length || !isRight) throw wrongShape(raw);
}

function wrongShape(raw: readonly unknown[]): MalformedFrame {
  return new MalformedFrame(`${raw[0]} holds something else than it should`);
}
