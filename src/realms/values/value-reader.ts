// ValueReader: the way of a value out of a frame.
//
// Owns the walk, the tags that every codec has, and what is counted on the way, so that a value of a
// hostile peer costs no more than the limits say. What is more for one that is not trusted is
// guest-reader.ts. A codec with more tags brings its own: json-codec.ts.

import {
  type ExitReason,
  ExitWith,
  printed,
  reasonOf,
  thrownOf,
} from "../../kernel/exit-reason.js";
import { reasonIn } from "../wire/frame-checks.js";
import { MalformedFrame } from "../wire/malformed-frame.js";
import type { CodecSettings } from "./codec-settings.js";
import { tooDeep, tooMany } from "./limits.js";
import { errorIn } from "./remote-error.js";
import { isClonedKind, isMovedKind, isPlainObject, kindOf } from "./sendable.js";
import { put } from "./value-writer.js";

/** Reads what stands behind a tag: `raw` is the whole list, the tag first. */
export type ReadTag = (reader: ValueReader, raw: readonly unknown[], depth: number) => unknown;
/** What reads each tag. A tag begins with `$`, as nothing does that every object has. */
export type TagTable = Readonly<Record<string, ReadTag | undefined>>;

/** The tags of every codec. */
export const commonTags: TagTable = {
  $$: (reader, raw, depth) => reader.list(raw, 1, depth),
  $ref: (reader, raw) => reader.settings.resolver.refIn(primitives(raw)),
  $signal: (reader, raw) => reader.settings.resolver.signalIn(primitives(raw)[0]),
  $error: readError,
  $dom: readError,
  $reason: readReason,
};

/**
 * How every codec decodes: what `$x` wraps is read, by what `readerOf` makes for it; so is anything of a peer
 * that is not trusted. The rest is the value itself.
 */
export function decoderBy(
  { trusted }: CodecSettings,
  readerOf: () => ValueReader,
): (raw: unknown) => unknown {
  return (raw) => {
    const isWrapped = Array.isArray(raw) && raw[0] === "$x";
    if (!isWrapped && trusted) return raw;
    if (isWrapped && raw.length !== 2) throw new MalformedFrame("$x holds no value");
    return readerOf().read(isWrapped ? raw[1] : raw, 1);
  };
}

/** Reads one value. */
export class ValueReader {
  readonly settings: CodecSettings;
  readonly #tags: TagTable;
  /** What each object of a graph became; null where values are trees. */
  readonly #made: Map<object, unknown> | null;
  #nodes = 0;

  constructor(settings: CodecSettings, tags: TagTable, isGraph: boolean) {
    this.settings = settings;
    this.#tags = tags;
    this.#made = isGraph ? new Map() : null;
  }

  /** What a value in a frame stands for. Throws {@link MalformedFrame}. */
  read(raw: unknown, depth: number): unknown {
    if (typeof raw !== "object" || raw === null) return this.primitive(raw);
    const made = this.#made?.get(raw);
    if (made !== undefined) return made;
    const { trusted, limits } = this.settings;
    if (depth > limits.maxDepth) throw tooDeep(limits.maxDepth);
    if (Array.isArray(raw)) {
      const [tag] = raw;
      if (typeof tag === "string" && tag.startsWith("$")) return this.#readTag(tag, raw, depth);
      return trusted && raw.every(isPrimitive) ? raw : this.list(raw, 0, depth);
    }
    if (isPlainObject(raw)) return this.#readObject(raw, depth);
    return this.#readBuiltIn(raw, depth);
  }

  /** A list of what stands in `raw` from an index on. */
  list(raw: readonly unknown[], from: number, depth: number): unknown[] {
    // Before the loop: a list of a structured clone may say that it is longer than any memory.
    this.count(raw.length);
    const list: unknown[] = [];
    this.made(raw, list);
    for (let at = from; at < raw.length; at++) list.push(this.read(raw[at], depth + 1));
    return list;
  }

  /** Remembers what was made of an object of a frame, which may stand in itself. */
  made(raw: object, value: unknown): void {
    this.#made?.set(raw, value);
  }

  /** Counts values of a frame. */
  count(values: number): void {
    this.#nodes += values;
    if (this.#nodes > this.settings.limits.maxNodes) throw tooMany(this.settings.limits.maxNodes);
  }

  #readTag(tag: string, raw: readonly unknown[], depth: number): unknown {
    const readTag = this.#tags[tag];
    if (readTag === undefined) throw new MalformedFrame(`it has an unknown tag ${short(tag)}`);
    this.count(1);
    return readTag(this, raw, depth);
  }

  #readObject(raw: object, depth: number): unknown {
    const entries = Object.entries(raw);
    this.count(entries.length);
    const read = this.record();
    this.made(raw, read);
    for (const [key, item] of entries) {
      this.weigh(key.length);
      put(read, key, this.read(item, depth + 1));
    }
    return read;
  }

  /** What only a structured clone can hold. */
  #readBuiltIn(raw: object, depth: number): unknown {
    const kind = kindOf(raw);
    if (kind === "Map") {
      const map = new Map<unknown, unknown>();
      this.made(raw, map);
      this.count((raw as Map<unknown, unknown>).size * 2);
      for (const [key, item] of raw as Map<unknown, unknown>) {
        map.set(this.read(key, depth + 1), this.read(item, depth + 1));
      }
      return map;
    }
    if (kind === "Set") {
      const set = new Set<unknown>();
      this.made(raw, set);
      this.count((raw as Set<unknown>).size);
      for (const item of raw as Set<unknown>) set.add(this.read(item, depth + 1));
      return set;
    }
    if (ArrayBuffer.isView(raw)) this.weigh(raw.buffer.byteLength);
    else if (kind === "ArrayBuffer") this.weigh((raw as ArrayBuffer).byteLength);
    else if (!isClonedKind(kind) && !isMovedKind(kind)) {
      throw new MalformedFrame(
        `it holds an object that is never sent: ${short(kind || "unknown")}`,
      );
    }
    return raw;
  }

  /** A value that is no object. */
  protected primitive(raw: unknown): unknown {
    return raw;
  }

  /** A new object, for what stands in one of a frame. */
  protected record(): Record<string, unknown> {
    return {};
  }

  /** Told how long each text and buffer is. */
  protected weigh(_bytes: number): void {}
}

function readError(reader: ValueReader, raw: readonly unknown[], depth: number): unknown {
  return errorIn(
    raw,
    (field) => {
      reader.count(1);
      return reader.read(field, depth + 2);
    },
    reader.settings,
    (error) => reader.made(raw, error),
  );
}

/** `["$reason", thrown]` or, where the record says something else, `["$reason", thrown, record]`. */
function readReason(reader: ValueReader, raw: readonly unknown[], depth: number): unknown {
  const thrown = reader.read(raw[1], depth + 1);
  let reason: ExitReason;
  if (raw.length === 2) reason = reasonOf(thrown);
  else {
    const record = reasonIn(raw.length === 3 && reader.read(raw[2], depth + 1), raw[0]);
    // A record is of one reason, and has one thrown value beside it.
    if (thrownOf(record) !== undefined) throw new MalformedFrame("$reason holds another one");
    reason = new ExitWith(record, thrown).reason;
  }
  reader.made(raw, reason);
  return reason;
}

/** The fields behind a tag, which are no objects. */
function primitives(raw: readonly unknown[]): readonly unknown[] {
  const fields = raw.slice(1);
  if (fields.length > 0 && fields.length <= 8 && fields.every(isPrimitive)) return fields;
  throw new MalformedFrame(`${raw[0]} holds something else than it should`);
}

function isPrimitive(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function short(text: string): string {
  return printed(text.length > 40 ? `${text.slice(0, 37)}…` : text);
}
