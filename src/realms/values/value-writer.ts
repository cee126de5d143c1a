// ValueWriter: the way of a value into a frame.
//
// First a look: where nothing needs a tag, the value itself is what is sent. Else a copy is made of it,
// `["$x", copy]`, in which `["$tag", …]` stands for what the link does not carry by itself; a list that
// would look like one begins with `$$`. Owns both walks, what is marked to be moved, refs, signals, errors and
// exit reasons. What else needs a tag differs by codec: clone-codec.ts and json-codec.ts.

import { UnsupportedError } from "../../kernel/errors.js";
import { type ErrorRecord, printed, thrownOf } from "../../kernel/exit-reason.js";
import { Ref } from "../../kernel/ref.js";
import type { Movable } from "../wire/link.js";
import type { CodecSettings } from "./codec-settings.js";
import { define, errorOut, isError } from "./remote-error.js";
import { isMovedKind, isPlainObject, kindOf, Unsendable } from "./sendable.js";
import { markOf, unmark } from "./transfer.js";

/** How many objects are looked at before they are remembered: most values hold fewer. */
const REMEMBERED_AFTER = 1_000;
/** How deep a look goes before objects are remembered: a value that holds itself is met by then. */
const REMEMBERED_BELOW = 16;
/** Errors that hold errors end somewhere; what is further in is text. */
const MAX_CAUSES = 16;

/** Writes one value. */
export abstract class ValueWriter {
  protected readonly settings: CodecSettings;
  /** What was copied, so that what is one object stays one; null as long as nothing was. */
  protected copies: Map<object, unknown> | null = null;
  /** Whether the link carries graphs. If not, it carries trees. */
  readonly #isGraph: boolean;
  readonly #isPassedOn: boolean;
  #seen: Set<object> | null = null;
  #objects = 0;
  #nodes = 0;
  #marked: object[] | null = null;
  #moved: Movable[] | null = null;
  #errors: Error[] | null = null;

  constructor(settings: CodecSettings, isGraph: boolean, isPassedOn = false) {
    this.settings = settings;
    this.#isGraph = isGraph;
    this.#isPassedOn = isPassedOn && settings.canTransfer;
  }

  /** Whether a value is a primitive that stands in a frame as it is. */
  protected abstract isBare(value: unknown): boolean;
  /** Where in a list, from `at` on, the first value stands that is not bare; its length if there is none. */
  protected abstract looseFrom(list: readonly unknown[], at: number): number;
  /** What stands for a primitive that is not bare. Throws {@link Unsendable}. */
  protected abstract tagPrimitive(value: unknown): unknown;
  /** Whether an object of a built-in class can stay as it is. Throws {@link Unsendable}. */
  protected abstract isCarried(value: object, kind: string, depth: number): boolean;
  /** Whether the link takes what was written, as far as only the host can tell. */
  protected abstract crosses(written: unknown): boolean;
  /** What stands for an object of a built-in class. */
  protected abstract copyBuiltIn(value: object, kind: string, depth: number): unknown;

  /** A value as it stands in a frame; adds what is to be moved to `transfer`. */
  write(value: object, transfer: Movable[]): unknown {
    let written: unknown = value;
    if (!this.isPlain(value, 1)) {
      this.#nodes = 0;
      this.#marked = this.#moved = null;
      if (this.#isGraph) this.copies = new Map();
      written = ["$x", this.copy(value, 1)];
    }
    if (this.#moved !== null) {
      for (const item of new Set(this.#moved)) if (!transfer.includes(item)) transfer.push(item);
      for (const marked of this.#marked ?? []) unmark(marked);
    }
    return written;
  }

  /** Whether a value can stand in a frame as it is. */
  protected isPlain(value: unknown, depth: number): boolean {
    if (typeof value !== "object" || value === null) {
      if (this.isBare(value)) return true;
      this.tagPrimitive(value);
      return false;
    }
    this.#enter(value, depth);
    if (isList(value)) return this.#isPlainList(value, depth);
    if (isPlainObject(value)) {
      if (thrownOf(value as ErrorRecord) !== undefined) return false;
      let count = 0;
      let isMet = false;
      for (const key in value) {
        count++;
        const item = (value as Record<string, unknown>)[key];
        if (this.isBare(item)) continue;
        if (!isMet && !this.#isNew(value, depth)) return true;
        isMet = true;
        if (!this.isPlain(item, depth + 1)) return false;
      }
      this.#count(count, value);
      return true;
    }
    if (value instanceof Ref || value instanceof AbortSignal) return false;
    // Not asked for their kind, which takes longer than all the rest.
    if (ArrayBuffer.isView(value)) return this.isCarried(value, "", depth);
    const kind = kindOf(value);
    if (kind === "AbortSignal" || isError(value, kind)) return false;
    return !this.#isNew(value, depth) || this.isCarried(value, kind, depth);
  }

  /** A copy of a value with tags in it; the same object where it holds nothing but bare values. */
  protected copy(value: unknown, depth: number): unknown {
    if (this.isBare(value)) return value;
    if (typeof value !== "object" || value === null) return this.tagPrimitive(value);
    const copied = this.copies?.get(value);
    if (copied !== undefined) return copied;
    this.#enter(value, depth);
    if (isList(value)) return this.#copyList(value, depth);
    if (isPlainObject(value)) {
      const thrown = thrownOf(value as ErrorRecord);
      return thrown === undefined
        ? this.#copyObject(value, depth)
        : this.#copyReason(value as ErrorRecord, thrown, depth);
    }
    const { resolver } = this.settings;
    if (value instanceof Ref) return ["$ref", ...resolver.refOut(value)];
    const kind = kindOf(value);
    if (isError(value, kind)) return this.#copyError(value, depth);
    if (kind === "AbortSignal") return ["$signal", resolver.signalOut(value as AbortSignal)];
    return this.copyBuiltIn(value, kind, depth);
  }

  /** Whether an object is to be moved: it is marked, or what holds it says so. */
  protected isMoved(value: object): boolean {
    return this.#moved?.includes(value as Movable) === true;
  }

  /** Moves on what came from a third realm, if it can be moved: nobody here has it. True for a view. */
  protected passOn(value: object): boolean {
    const isView = ArrayBuffer.isView(value);
    if (this.#isPassedOn) {
      const item = isView ? value.buffer : value;
      const kind = kindOf(item);
      if (kind === "ArrayBuffer" || isMovedKind(kind)) this.#moved = [...(this.#moved ?? []), item];
    }
    return isView;
  }

  #isPlainList(list: readonly unknown[], depth: number): boolean {
    this.#count(list.length, list);
    if (looksTagged(list)) return false;
    const { length } = list;
    let at = this.looseFrom(list, 0);
    if (at === length || !this.#isNew(list, depth)) return true;
    for (; at < length; at = this.looseFrom(list, at + 1)) {
      if (!this.isPlain(list[at], depth + 1)) return false;
    }
    return true;
  }

  #copyList(list: readonly unknown[], depth: number): unknown {
    this.#count(list.length, list);
    const isEscaped = looksTagged(list);
    if (!isEscaped && this.looseFrom(list, 0) === list.length) return list;
    const copy: unknown[] = isEscaped ? ["$$"] : [];
    this.copies?.set(list, copy);
    for (let at = 0; at < list.length; at++) copy.push(this.copy(list[at], depth + 1));
    return copy;
  }

  #copyObject(value: object, depth: number, omitted?: string): unknown {
    if (omitted === undefined && this.#isBareObject(value)) return value;
    const entries = Object.entries(value);
    this.#count(entries.length, value);
    const copy: Record<string, unknown> = {};
    this.copies?.set(value, copy);
    for (const [key, item] of entries) {
      if (key !== omitted) put(copy, key, this.copy(item, depth + 1));
    }
    return copy;
  }

  #isBareObject(value: object): boolean {
    let count = 0;
    for (const key in value) {
      count++;
      if (!this.isBare((value as Record<string, unknown>)[key])) return false;
    }
    this.#count(count, value);
    return true;
  }

  /** With the record of an exit goes what was thrown: the other side has it as `cause` again. */
  #copyReason(reason: ErrorRecord, thrown: unknown, depth: number): unknown {
    const written = this.#attempt(thrown, depth + 1);
    const record = () =>
      this.#copyObject(reason, depth + 1, this.settings.trusted ? undefined : "stack");
    if (!written.isSent) return record();
    const isOwnRecord =
      thrown instanceof Error && thrown.name === reason.name && thrown.message === reason.message;
    return ["$reason", written.value, ...(isOwnRecord ? [] : [record()])];
  }

  /** An error can always be sent: a field that cannot is text, or left out. */
  #copyError(error: Error, depth: number): unknown {
    this.#errors ??= [];
    const errors = this.#errors;
    if (errors.includes(error) || errors.length === MAX_CAUSES) {
      throw new Unsendable(error, "is an error that holds itself, or too many others");
    }
    errors.push(error);
    const copy = errorOut(
      error,
      (field) => {
        const written = this.#attempt(field, depth + 2);
        if (written.isSent) return written.value;
        return typeof field === "function" || typeof field === "symbol"
          ? undefined
          : printed(field);
      },
      this.settings,
    );
    errors.pop();
    this.copies?.set(error, copy);
    return copy;
  }

  #attempt(value: unknown, depth: number): { isSent: boolean; value: unknown } {
    const marked = this.#marked;
    const moved = this.#moved;
    const errors = this.#errors?.slice() ?? null;
    try {
      const written = this.copy(value, depth);
      if (this.crosses(written)) return { isSent: true, value: written };
    } catch (error) {
      if (!(error instanceof Unsendable)) throw error;
    }
    this.#marked = marked;
    this.#moved = moved;
    this.#errors = errors;
    return { isSent: false, value: undefined };
  }

  /** What every object is asked when it is met: is it too deep, and is it to be moved? */
  #enter(value: object, depth: number): void {
    const { limits, canTransfer, linkName } = this.settings;
    if (depth > limits.maxDepth) {
      throw new Unsendable(
        value,
        `is nested deeper than ${limits.maxDepth}, or in itself: send it flat`,
      );
    }
    const mark = markOf(value);
    if (mark === undefined) return;
    if (!canTransfer) {
      throw new UnsupportedError({
        capability: "transfer",
        host: linkName,
        alternative: "it can only copy, so leave transfer out",
      });
    }
    this.#marked = [...(this.#marked ?? []), value];
    this.#moved = [...(this.#moved ?? []), ...mark];
  }

  /** Whether an object that holds others is looked into for the first time, as far as is remembered. */
  #isNew(value: object, depth: number): boolean {
    if (!this.#isGraph) return true;
    if (++this.#objects === REMEMBERED_AFTER || depth === REMEMBERED_BELOW) {
      this.#seen ??= new Set();
    }
    if (this.#seen === null) return true;
    if (this.#seen.has(value)) return false;
    this.#seen.add(value);
    return true;
  }

  #count(values: number, value: object): void {
    this.#nodes += values;
    const { maxNodes } = this.settings.limits;
    if (this.#nodes > maxNodes) {
      throw new Unsendable(value, `makes more than ${maxNodes} values: send it in parts`);
    }
  }
}

/** Whether it is an array, and none of a class of somebody's own. */
function isList(value: object): value is readonly unknown[] {
  if (!Array.isArray(value)) return false;
  return Object.getPrototypeOf(value) === Array.prototype || kindOf(value) === "Array";
}

/** Whether a list would be taken for a tagged value. */
export function looksTagged(list: readonly unknown[]): boolean {
  const first = list[0];
  return typeof first === "string" && first.charCodeAt(0) === 0x24;
}

/** Sets a property of a new object, whatever its name. */
export function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") define(target, key, value, true);
  else target[key] = value;
}
