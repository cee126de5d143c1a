// The order of terms: which keys an ordered table can have, and which comes first.
//
// Owns the ranks, the comparison, the refusal of what has no place in the order (NaN above all: it is
// neither before nor after anything), and copies that nobody else can change. Whether two values are
// the same, and not only equal in order, is term-identity.ts.

import { printed } from "../../kernel/exit-reason.js";

/** What has a place in the order, and can be the key of an ordered table. */
export type Term =
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Date
  | string
  | Uint8Array
  | readonly Term[]
  | { readonly [name: string]: Term };

const NUMBER = 0;
const ATOM = 1;
const DATE = 2;
const MAP = 3;
const LIST = 4;
const STRING = 5;
const BYTES = 6;
/** Not a term: what a class of somebody's own made, a function, a symbol. */
const NO_TERM = 7;

/** Deeper than this, a key is a mistake (or holds itself). */
const MAX_DEPTH = 64;

/**
 * Compares two terms: below 0 if `left` comes first, above 0 if `right` does, 0 if neither.
 *
 * Numbers and bigints by value < `false` < `null` < `true` < `undefined` < dates < plain objects (by
 * size, then names, then values) < arrays (item by item, a prefix first) < strings (by UTF-16 unit) <
 * bytes. That is Erlang's order of number < atom < map < list < bit string; `1` and `1n` are neither
 * before nor after each other, as `1` and `1.0` there.
 */
export function compareTerms(left: unknown, right: unknown): number {
  // Both are the hot path of every table; a difference of numbers would be NaN for two infinities.
  if (typeof left === "number" && typeof right === "number") {
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (typeof left === "string" && typeof right === "string") {
    return left < right ? -1 : left > right ? 1 : 0;
  }
  const rank = rankOf(left);
  const difference = rank - rankOf(right);
  if (difference !== 0) return difference;
  switch (rank) {
    case NUMBER:
      return (left as number) < (right as number)
        ? -1
        : (left as number) > (right as number)
          ? 1
          : 0;
    case ATOM:
      return atomRank(left) - atomRank(right);
    case DATE:
      return (left as Date).getTime() - (right as Date).getTime();
    case MAP:
      return compareMaps(left as Named, right as Named);
    case LIST:
    case BYTES:
      return compareLists(left as ArrayLike<unknown>, right as ArrayLike<unknown>);
    default:
      return 0;
  }
}

type Named = { readonly [name: string]: unknown };

/** True if an order between the two says something: both are numbers, or strings, or lists … */
export function areComparable(left: unknown, right: unknown): boolean {
  const rank = rankOf(left);
  return rank !== NO_TERM && rank === rankOf(right) && !isUnordered(left) && !isUnordered(right);
}

/**
 * Throws unless `value` is a term through and through: RangeError for NaN, an invalid date and what is
 * nested deeper than 64, TypeError for anything else. `what` begins the sentence.
 */
export function checkTerm(what: string, value: unknown, depth: number = 0): void {
  const rank = rankOf(value);
  if (isUnordered(value)) {
    throw new RangeError(
      `${what} is ${rank === DATE ? "an invalid date" : "NaN"}: it has no place in any order; use another number, or null`,
    );
  }
  if (depth > MAX_DEPTH) {
    throw new RangeError(
      `${what} is nested deeper than ${MAX_DEPTH}, or holds itself: use a key with fewer levels`,
    );
  }
  if (rank === NO_TERM) {
    throw new TypeError(
      `${what} is ${printed(value)}: it must be a number, bigint, boolean, null, undefined, Date, ` +
        `string, Uint8Array, or arrays and plain objects of those; of an actor use its id`,
    );
  }
  if (rank === LIST) for (const item of value as unknown[]) checkTerm(what, item, depth + 1);
  if (rank === MAP) {
    for (const name of Object.keys(value as Named)) {
      checkTerm(what, (value as Named)[name], depth + 1);
    }
  }
}

/** A copy that shares nothing with the original: whoever holds that cannot change an order. */
export function copyTerm<T>(term: T): T {
  if (typeof term !== "object" || term === null) return term;
  switch (rankOf(term)) {
    case DATE:
      return new Date((term as unknown as Date).getTime()) as unknown as T;
    case BYTES:
      return (term as unknown as Uint8Array).slice() as unknown as T;
    case LIST:
      return (term as unknown as unknown[]).map(copyTerm) as unknown as T;
    case MAP:
      return Object.fromEntries(
        Object.entries(term).map(([name, value]) => [name, copyTerm(value)]),
      ) as T;
    default:
      return term;
  }
}

/** True for an object without a class of its own, from whichever realm. */
export function isPlainObject(value: unknown): value is { readonly [name: string]: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm has that realm's Object.prototype, which is as near to null.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isUnordered(value: unknown): boolean {
  return typeof value === "number"
    ? Number.isNaN(value)
    : value instanceof Date && Number.isNaN(value.getTime());
}

function rankOf(value: unknown): number {
  switch (typeof value) {
    case "number":
    case "bigint":
      return NUMBER;
    case "string":
      return STRING;
    case "boolean":
    case "undefined":
      return ATOM;
    case "object":
      if (value === null) return ATOM;
      if (Array.isArray(value)) return LIST;
      if (value instanceof Date) return DATE;
      if (value instanceof Uint8Array) return BYTES;
      return isPlainObject(value) ? MAP : NO_TERM;
    default:
      return NO_TERM;
  }
}

/** By their text, as Erlang's atoms: false, null, true, undefined. */
function atomRank(atom: unknown): number {
  return atom === false ? 0 : atom === null ? 1 : atom === true ? 2 : 3;
}

function compareLists(left: ArrayLike<unknown>, right: ArrayLike<unknown>): number {
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) {
    const order = compareTerms(left[i], right[i]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareMaps(left: Named, right: Named): number {
  const names = Object.keys(left).sort();
  const others = Object.keys(right).sort();
  if (names.length !== others.length) return names.length - others.length;
  const order = compareLists(names, others);
  if (order !== 0) return order;
  for (const name of names) {
    const values = compareTerms(left[name], right[name]);
    if (values !== 0) return values;
  }
  return 0;
}
