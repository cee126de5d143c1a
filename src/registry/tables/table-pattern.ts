// Patterns: which rows are meant, said in data.
//
// Owns the types of patterns, their check (everything that is wrong with one is told before a row is
// looked at), the matching, and what a pattern says about the key: a table looks only where rows
// can be. A pattern is plain data, so it can cross a thread or a socket; a function cannot.

import { printed } from "../../kernel/exit-reason.js";
import type { KeyRange } from "./ordered-map.js";
import { sameTerm } from "./term-identity.js";
import { areComparable, checkTerm, compareTerms, isPlainObject } from "./term-order.js";

/** The guards of a {@link Pattern}: all that are named must hold. */
export interface Guards<T> {
  /** The same value, whatever it looks like: it is not read as a pattern. */
  readonly $eq?: T;
  /** Not the same value. */
  readonly $ne?: T;
  /** Before it in the order of terms, and of its kind: a number before a number, not before a string. */
  readonly $lt?: T;
  /** Before it, or equal in order. */
  readonly $lte?: T;
  /** After it. */
  readonly $gt?: T;
  /** After it, or equal in order. */
  readonly $gte?: T;
  /** One of these values. */
  readonly $in?: readonly T[];
  /** Does not match this pattern. */
  readonly $not?: Pattern<T>;
  /** Matches all of these patterns. */
  readonly $and?: readonly Pattern<T>[];
  /** Matches at least one of these patterns. */
  readonly $or?: readonly Pattern<T>[];
}

/**
 * What a value must look like. A plain value means itself. A plain object asks only for the fields it
 * names, each a pattern again, and its names that begin with `$` are {@link Guards}; `{}` asks nothing.
 * An array asks for as many items, each a pattern; of an array a plain object asks by index.
 */
export type Pattern<T> =
  | Guards<T>
  | (T extends readonly unknown[]
      ?
          | { readonly [I in keyof T]: Pattern<T[I]> }
          | ({
              readonly [I in Exclude<keyof T, keyof (readonly unknown[])>]?: Pattern<T[I]>;
            } & Guards<T>)
      : T extends Date | Uint8Array | ((...args: never) => unknown)
        ? T
        : T extends object
          ? { readonly [F in keyof T]?: Pattern<T[F]> } & Guards<T>
          : T);

/** Which rows are meant: a {@link Pattern}, or a function that says so of each row. */
export type Where<Row> = Pattern<Row> | ((row: Readonly<Row>) => boolean);

/** A pattern or function, ready to be asked. */
export interface Condition {
  readonly matches: (row: unknown) => boolean;
  /** The only keys that can match; null if it does not say. */
  readonly keys: readonly unknown[] | null;
  /** Where in the order matching keys can be. */
  readonly range: KeyRange;
}

type Matcher = (value: unknown) => boolean;
type Named = { readonly [name: string]: unknown };

const anything: Matcher = () => true;

/** Checks what was passed as `where`, and makes it ready. */
export function conditionOf(where: unknown, keyField: PropertyKey): Condition {
  if (typeof where === "function") {
    return { matches: (row) => where(row) === true, keys: null, range: {} };
  }
  if (typeof where !== "object" || where === null) {
    throw new TypeError(
      `where is ${printed(where)}: it must be a pattern, such as { city: "Rome" }, or a function of a row`,
    );
  }
  const matches = matcherOf(where, "where");
  const forKey: unknown = (where as { [name: PropertyKey]: unknown })[keyField];
  return Object.hasOwn(where, keyField)
    ? { matches, ...keysOf(forKey) }
    : { matches, keys: null, range: {} };
}

/** What a pattern of the key says about where to look. It may say too little, never too much. */
function keysOf(pattern: unknown): Pick<Condition, "keys" | "range"> {
  if (!isPlainObject(pattern)) {
    return { keys: isLiteral(pattern) ? [pattern] : null, range: {} };
  }
  if (Object.hasOwn(pattern, "$eq")) return { keys: [pattern.$eq], range: {} };
  if (Object.hasOwn(pattern, "$in")) return { keys: pattern.$in as unknown[], range: {} };
  const bound = (open: string, closed: string) =>
    Object.hasOwn(pattern, open)
      ? { key: pattern[open], open: true }
      : Object.hasOwn(pattern, closed)
        ? { key: pattern[closed], open: false }
        : undefined;
  return { keys: null, range: { from: bound("$gt", "$gte"), to: bound("$lt", "$lte") } };
}

/** True for a pattern that only the value itself matches. */
function isLiteral(pattern: unknown): boolean {
  return Array.isArray(pattern) ? pattern.every(isLiteral) : !isPlainObject(pattern);
}

function matcherOf(pattern: unknown, at: string): Matcher {
  if (typeof pattern === "function") {
    throw new TypeError(
      `${at} is ${printed(pattern)}: a pattern is data; pass one function of the whole row instead`,
    );
  }
  if (Array.isArray(pattern)) {
    const items = pattern.map((item, index) => matcherOf(item, `${at}[${index}]`));
    return (value) =>
      Array.isArray(value) &&
      value.length === items.length &&
      items.every((matches, index) => matches(value[index]));
  }
  if (!isPlainObject(pattern)) return (value) => sameTerm(value, pattern);
  const parts = Object.keys(pattern).map((name) =>
    name.startsWith("$")
      ? guardOf(name, pattern[name], `${at}.${name}`)
      : fieldOf(name, matcherOf(pattern[name], `${at}.${name}`)),
  );
  return parts.length === 1 ? (parts[0] as Matcher) : allOf(parts);
}

function fieldOf(name: string, matches: Matcher): Matcher {
  return (value) => typeof value === "object" && value !== null && matches((value as Named)[name]);
}

function allOf(parts: readonly Matcher[]): Matcher {
  return parts.length === 0 ? anything : (value) => parts.every((matches) => matches(value));
}

const guardNames = "$eq, $ne, $lt, $lte, $gt, $gte, $in, $not, $and and $or";

function guardOf(name: string, operand: unknown, at: string): Matcher {
  switch (name) {
    case "$eq":
      return (value) => sameTerm(value, operand);
    case "$ne":
      return (value) => !sameTerm(value, operand);
    case "$lt":
      return ordered(at, operand, (order) => order < 0);
    case "$lte":
      return ordered(at, operand, (order) => order <= 0);
    case "$gt":
      return ordered(at, operand, (order) => order > 0);
    case "$gte":
      return ordered(at, operand, (order) => order >= 0);
    case "$in": {
      const values = listOf(operand, at, "values");
      return (value) => values.some((one) => sameTerm(value, one));
    }
    case "$not": {
      const matches = matcherOf(operand, at);
      return (value) => !matches(value);
    }
    case "$and":
    case "$or": {
      const parts = listOf(operand, at, "patterns").map((part, index) =>
        matcherOf(part, `${at}[${index}]`),
      );
      return name === "$and" ? allOf(parts) : (value) => parts.some((matches) => matches(value));
    }
    default:
      throw new TypeError(
        `${at} is no guard: there are ${guardNames}; for a field of that name pass a function`,
      );
  }
}

// Erlang would compare a number with an atom too. Where a field may be missing that answers a
// question nobody asked, so a guard between two kinds fails, as one that cannot be computed does there.
function ordered(at: string, operand: unknown, holds: (order: number) => boolean): Matcher {
  checkTerm(at, operand);
  return (value) => areComparable(value, operand) && holds(compareTerms(value, operand));
}

function listOf(operand: unknown, at: string, what: string): readonly unknown[] {
  if (Array.isArray(operand)) return operand;
  throw new TypeError(`${at} is ${printed(operand)}: it must be an array of ${what}`);
}
