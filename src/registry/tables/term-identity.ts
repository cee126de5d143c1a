// The identity of terms: when two values are the same, by what they hold.
//
// Owns deep equality (for rows and patterns) and the identity of a key: one value that a Map can
// find an equal key by, in constant time. Which of two terms comes first is term-order.ts.

import { printed } from "../../kernel/exit-reason.js";
import { checkTerm, isPlainObject } from "./term-order.js";

/**
 * True if two values are the same: arrays, plain objects, dates and bytes by what they hold, all else
 * by `===` (NaN is the same as NaN). `1` and `1n` are not the same, as in Erlang `1 =:= 1.0` is false.
 */
export function sameTerm(left: unknown, right: unknown): boolean {
  if (left === right || Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object") return false;
  if (left === null || right === null) return false;
  if (Array.isArray(left) || (left instanceof Uint8Array && right instanceof Uint8Array)) {
    if (Array.isArray(left) !== Array.isArray(right)) return false;
    return sameItems(left, right as ArrayLike<unknown>);
  }
  if (left instanceof Date && right instanceof Date) {
    return sameTerm(left.getTime(), right.getTime());
  }
  if (!isPlainObject(left) || !isPlainObject(right)) return false;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => Object.hasOwn(right, name) && sameTerm(left[name], right[name]));
}

function sameItems(left: ArrayLike<unknown>, right: ArrayLike<unknown>): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (!sameTerm(left[i], right[i])) return false;
  return true;
}

/**
 * What a Map finds a key by: the key itself, or for one that is compared by what it holds (an array, a
 * plain object, a date, bytes) a string that only equal keys have.
 *
 * @throws RangeError for NaN, TypeError for what such a key may not hold.
 */
export function identityOf(what: string, key: unknown): unknown {
  switch (typeof key) {
    case "string":
      // No string of a user's may be taken for the text of another key.
      return key.charCodeAt(0) === 0 ? `\0s${key}` : key;
    case "number":
      if (Number.isNaN(key)) checkTerm(what, key);
      return key;
    case "object":
      if (key === null || !isComposite(key)) return key;
      checkTerm(what, key);
      return `\0c${textOf(key)}`;
    default:
      return key;
  }
}

function isComposite(value: object): boolean {
  return (
    Array.isArray(value) ||
    value instanceof Date ||
    value instanceof Uint8Array ||
    isPlainObject(value)
  );
}

// Each text says where it ends, so that no two lists of terms have the same one.
function textOf(term: unknown): string {
  switch (typeof term) {
    case "string":
      return `s${term.length}:${term}`;
    case "number":
      return `n${term};`; // -0 reads 0: they are the same key, as in a Map
    case "bigint":
      return `i${term};`;
    case "object": {
      if (term === null) return "l;";
      if (Array.isArray(term)) return `[${term.map(textOf).join("")}]`;
      if (term instanceof Date) return `d${term.getTime()};`;
      if (term instanceof Uint8Array) return `b${term.length}:${term.join()};`;
      if (!isPlainObject(term)) break;
      const names = Object.keys(term).sort();
      return `{${names.map((name) => textOf(name) + textOf(term[name])).join("")}}`;
    }
    case "boolean":
      return term ? "t;" : "f;";
    case "undefined":
      return "u;";
  }
  throw new TypeError(`A key holds ${printed(term)}: it must hold terms`);
}
