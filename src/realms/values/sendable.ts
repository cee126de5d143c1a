// Sendable: what a value is to a codec, and why some cannot cross.
//
// Owns telling plain objects, built-in classes and host classes from classes of somebody's own, and the
// words of every refusal: where the value stands, what it is, what to do instead. It looks at one object
// at a time; walking through values is value-writer.ts and value-reader.ts.

import { printed } from "../../kernel/exit-reason.js";

// Named, not found out: Node's own classes are JavaScript, which a structured clone makes empty objects
// of, with no error. See the [Serializable] and [Transferable] interfaces of the web's specifications.
const CLONED =
  /^(?:(?:Shared)?ArrayBuffer|Date|Blob|File(?:List|System(?:File|Directory)?Handle)?|Image(?:Data|Bitmap)|CryptoKey|DOM(?:Matrix|Point|Rect)(?:ReadOnly)?|DOMQuad|(?:Encoded)?(?:Audio|Video)(?:Chunk|Data|Frame)|RTCCertificate|Module|CropTarget|RestrictionTarget)$/;
const MOVED =
  /^(?:MessagePort|(?:Readable|Writable|Transform)Stream|OffscreenCanvas|RTCDataChannel|MediaSourceHandle|MediaStreamTrack)$/;

/** Whether an object is data by itself: a literal, of this realm or of another, or without a prototype. */
export function isPlainObject(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/**
 * The name of the class of an object, where it is the language's or the host's own; else "". That of any
 * error is `Error`, that of a typed array its element type, also for Node's Buffer.
 */
export function kindOf(value: object): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (ArrayBuffer.isView(value) || tag === "Error") return tag;
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  // A class of somebody's own has the tag Object, unless it extends a built-in: then its name differs.
  return tag === "Object" || typeof name !== "string" ? "" : name;
}

/** Whether structured clone carries what `kindOf` named, without looking into it. */
export function isClonedKind(kind: string): boolean {
  return CLONED.test(kind);
}

/** Whether it can be moved to the other side, but not copied. */
export function isMovedKind(kind: string): boolean {
  return MOVED.test(kind);
}

/** Thrown inside a walk. Where the culprit stands is looked for then, so that a walk carries no path. */
export class Unsendable {
  readonly culprit: unknown;
  /** As in "is a function: send a ref". */
  readonly why: string;

  constructor(culprit: unknown, why: string = whyNot(culprit)) {
    this.culprit = culprit;
    this.why = why;
  }
}

/** What was moved away and, unlike a buffer, does not show it. */
const gone: WeakSet<object> = new WeakSet();

/** These were moved to another realm. */
export function movedAway(items: readonly object[]): void {
  for (const item of items) if (!("byteLength" in item)) gone.add(item);
}

/** Throws {@link Unsendable} for what was moved away: a buffer, or a view of one, a port, a stream. */
export function checkThere(value: object): void {
  const { buffer = value, byteLength, locked } = value as Partial<Uint8Array & ReadableStream>;
  let isThere = !locked && !gone.has(value);
  // Not every host has `detached`; every one refuses a view of such a buffer.
  try {
    if (byteLength === 0) new Uint8Array(buffer as ArrayBuffer);
  } catch {
    isThere = false;
  }
  if (isThere) return;
  const remedy =
    byteLength === undefined
      ? "make another one"
      : "send a copy the first time, as in transfer(bytes.slice())";
  throw new Unsendable(value, `was moved away already, or is in use: ${remedy}`);
}

/** The error of a walk as its caller should see it: a TypeError that says where and what instead. */
export function refusal(thrown: unknown, root: unknown, where: string): unknown {
  if (!(thrown instanceof Unsendable)) return thrown;
  return new TypeError(`${where}${pathTo(root, thrown.culprit)} ${thrown.why}`);
}

function whyNot(value: unknown): string {
  if (typeof value === "function") return "is a function: send a ref, and call that back";
  if (typeof value === "symbol") return "is a symbol: send a string";
  if (typeof value !== "object" || value === null) return `is ${printed(value)}: it cannot be sent`;
  const made: unknown = (value as { constructor?: unknown }).constructor;
  const name = typeof made === "function" ? made.name : "";
  const kind = kindOf(value);
  if (isMovedKind(kind)) return `is a ${kind}: it can only be moved, so mark it with transfer(…)`;
  if (kind === "RegExp") return "is a RegExp: send its source and flags";
  if (kind === "Promise") return "is a promise: await it first";
  if (name === "") return "is no plain object, such as the call of a ref: send the ref itself";
  return `is an instance of ${name}: send its data as a plain object`;
}

/** The shortest way from a value to one inside it, as code would write it: `[0].onDone`. */
function pathTo(root: unknown, culprit: unknown): string {
  const queue: [value: unknown, path: string][] = [[root, ""]];
  const seen = new Set<object>();
  for (const [value, path] of queue) {
    if (value === culprit) return path.length > 120 ? `${path.slice(0, 117)}…` : path;
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    for (const [step, inside] of stepsInto(value)) {
      const holds = inside === culprit || (typeof inside === "object" && inside !== null);
      if (holds) queue.push([inside, path + step]);
    }
  }
  return "";
}

function* stepsInto(value: object): Generator<[string, unknown]> {
  if (value instanceof Map) {
    for (const [key, item] of value) {
      yield [`.get(${printed(key)})`, item];
      yield [".keys()", key];
    }
  } else if (value instanceof Set) {
    for (const item of value) yield [".values()", item];
  } else if (Array.isArray(value)) {
    for (const index in value) yield [`[${index}]`, value[index]];
  } else if (isPlainObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      yield [/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `.${key}` : `[${printed(key)}]`, item];
    }
  }
}
