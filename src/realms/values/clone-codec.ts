// The codec of links that carry structured clones: workers, ports, tabs, iframes.
//
// Only what a clone would lose is tagged: refs, signals, errors, exit reasons. A value without them is
// passed as it is, and not even looked at where the other side is trusted. Owns what a clone carries by
// itself; the tags are value-writer.ts and value-reader.ts.

import { wrong } from "../wire/frame-checks.js";
import type { Link } from "../wire/link.js";
import type { Frame } from "../wire/wire.js";
import type { Codec, CodecFactory, CodecOptions, Resolver } from "./codec.js";
import { failuresBy, settingsOf } from "./codec-settings.js";
import { GuestReader } from "./guest-reader.js";
import { tooMany } from "./limits.js";
import { checkThere, isClonedKind, refusal, Unsendable } from "./sendable.js";
import { markOf } from "./transfer.js";
import { commonTags, decoderBy, ValueReader } from "./value-reader.js";
import { looksTagged, ValueWriter } from "./value-writer.js";

/**
 * Makes the codec of a link that carries structured clones. What is one object stays one, and may hold
 * itself. An object is the one that was given until the link has sent it: who changes it in the same turn
 * changes what is sent, if it was not the first of that turn. Properties with a symbol as their name are
 * left behind, as by structuredClone.
 *
 * @throws TypeError if `errors` names something that is no class of errors.
 */
export const cloneCodec: CodecFactory = (resolver, link, options) =>
  link.capabilities.trusted
    ? trustedCloneCodec(resolver, link, options)
    : codecOf(resolver, link, options, GuestReader, GuestWriter);

/** The same for a link that is trusted, of which the session has made sure. */
export const trustedCloneCodec: CodecFactory = (resolver, link, options) =>
  codecOf(resolver, link, options, ValueReader, CloneWriter);

function codecOf(
  resolver: Resolver,
  link: Link,
  options: CodecOptions = {},
  Reader: typeof ValueReader,
  Writer: typeof CloneWriter,
): Codec {
  const settings = settingsOf(resolver, link, options);
  const { limits } = settings;
  const values: Pick<Codec, "encode" | "decode"> = {
    encode(value, transfer, where = "value", isPassedOn = false) {
      if (isBare(value) || isFlat(value)) return value;
      try {
        if (typeof value !== "object" || value === null) throw new Unsendable(value);
        return new Writer(settings, true, isPassedOn).write(value, transfer);
      } catch (error) {
        throw refusal(error, value, where);
      }
    },

    decode: decoderBy(settings, () => new Reader(settings, commonTags, true)),
  };
  return {
    name: "clone",
    maxFrameBytes: limits.maxFrameBytes,
    ...values,
    ...failuresBy(values, isClonable),

    pack: (frames) => (frames.length === 1 ? (frames[0] as Frame) : frames),

    unpack(packet) {
      if (typeof packet !== "object" || packet === null) {
        throw wrong("a packet", packet);
      }
      if (!Array.isArray(packet)) return [packet];
      if (packet.length > limits.maxNodes) throw tooMany(limits.maxNodes);
      return packet;
    },
  };
}

/** Whether the host can clone it: a Proxy, and what else looks like a plain object, it cannot. */
function isClonable(value: unknown): boolean {
  try {
    if (!isBare(value)) structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

function isBare(value: unknown): boolean {
  const type = typeof value;
  return type === "object" ? value === null : type !== "function" && type !== "symbol";
}

/** How long a list may be that is looked at before anything is made for it: most have an argument or two. */
const SHORT = 8;

/** Whether a value is a short list of bare values, which no writer would change. */
function isFlat(value: unknown): boolean {
  if (!Array.isArray(value) || value.length > SHORT) return false;
  if (Object.getPrototypeOf(value) !== Array.prototype || looksTagged(value)) return false;
  for (let at = 0; at < value.length; at++) if (!isBare(value[at])) return false;
  return markOf(value) === undefined;
}

class CloneWriter extends ValueWriter {
  protected override isBare(value: unknown): boolean {
    return isBare(value);
  }

  protected override looseFrom(list: readonly unknown[], at: number): number {
    let next = at;
    while (next < list.length && isBare(list[next])) next++;
    return next;
  }

  protected override tagPrimitive(value: unknown): never {
    throw new Unsendable(value);
  }

  protected override crosses(written: unknown): boolean {
    return isClonable(written);
  }

  protected override isCarried(value: object, kind: string, depth: number): boolean {
    if (kind === "Map") {
      for (const [key, item] of value as Map<unknown, unknown>) {
        if (!this.isPlain(key, depth + 1) || !this.isPlain(item, depth + 1)) return false;
      }
    } else if (kind === "Set") {
      for (const item of value as Set<unknown>) if (!this.isPlain(item, depth + 1)) return false;
    } else if (!this.passOn(value) && !isClonedKind(kind) && !this.isMoved(value)) {
      throw new Unsendable(value);
    } else checkThere(value);
    return true;
  }

  protected override copyBuiltIn(value: object, kind: string, depth: number): unknown {
    if (kind === "Map") {
      const map = new Map<unknown, unknown>();
      this.copies?.set(value, map);
      for (const [key, item] of value as Map<unknown, unknown>) {
        map.set(this.copy(key, depth + 1), this.copy(item, depth + 1));
      }
      return map;
    }
    if (kind === "Set") {
      const set = new Set<unknown>();
      this.copies?.set(value, set);
      for (const item of value as Set<unknown>) set.add(this.copy(item, depth + 1));
      return set;
    }
    this.isCarried(value, kind, depth);
    return value;
  }
}

/**
 * A clone of a view has all of its buffer: who is not trusted is shown no more of it than the view does. Each
 * such view is a copy with a buffer of its own.
 */
class GuestWriter extends CloneWriter {
  protected override isCarried(value: object, kind: string, depth: number): boolean {
    return super.isCarried(value, kind, depth) && !this.#isPart(value);
  }

  protected override copyBuiltIn(value: object, kind: string, depth: number): unknown {
    if (!this.#isPart(value)) return super.copyBuiltIn(value, kind, depth);
    const { buffer, byteOffset, byteLength } = value;
    const copy =
      kind === "DataView"
        ? new DataView(buffer.slice(byteOffset, byteOffset + byteLength))
        : Uint8Array.prototype.slice.call(value);
    this.copies?.set(value, copy);
    return copy;
  }

  // What is moved, its owner has named.
  #isPart(value: object): value is ArrayBufferView {
    if (!ArrayBuffer.isView(value)) return false;
    return value.byteLength < value.buffer.byteLength && !this.isMoved(value.buffer);
  }
}
