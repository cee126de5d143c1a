// Rows: what a table holds, by kind. One row a key, in no order or in the order of keys, or several.
//
// Owns the storage and nothing else: no access, no owner, no check of a row. Everything gives rows as
// they were put in; who changes one makes a new one first.

import { type KeyRange, OrderedMap } from "./ordered-map.js";
import type { Condition } from "./table-pattern.js";
import { identityOf, sameTerm } from "./term-identity.js";
import { checkTerm, compareTerms, copyTerm } from "./term-order.js";

/** A row as the storage sees it. */
export type AnyRow = object;

/** What every kind can do. Keys have been checked, save where it says otherwise. */
export interface Rows {
  /** How many rows there are. */
  readonly size: number;
  /** Throws unless `key` can be a key of this kind. `what` begins the sentence. */
  checkKey(what: string, key: unknown): void;
  has(key: unknown): boolean;
  put(key: unknown, row: AnyRow): void;
  /** Takes out all rows of a key, and gives them. */
  take(key: unknown): readonly AnyRow[];
  /** Takes out the rows of a key that are the same as `row`. True if there was one. */
  takeSame(key: unknown, row: AnyRow): boolean;
  clear(): void;
  /** All rows, while the table may change. */
  all(): IterableIterator<AnyRow>;
  /** Shows `visit` the rows that match, until it gives false. It may not change the table. */
  find(condition: Condition, backwards: boolean, visit: (row: AnyRow) => boolean): void;
}

/** One row a key: what set and orderedSet have beside the rest. */
export interface UniqueRows extends Rows {
  get(key: unknown): AnyRow | undefined;
}

const keyName = "The key";

/** One row a key, found by the identity of the key. Rows stand as their keys first came. */
export class SetRows implements UniqueRows {
  readonly #rows = new Map<unknown, AnyRow>();

  get size(): number {
    return this.#rows.size;
  }

  checkKey(what: string, key: unknown): void {
    identityOf(what, key);
  }

  get(key: unknown): AnyRow | undefined {
    return this.#rows.get(identityOf(keyName, key));
  }

  has(key: unknown): boolean {
    return this.#rows.has(identityOf(keyName, key));
  }

  put(key: unknown, row: AnyRow): void {
    this.#rows.set(identityOf(keyName, key), row);
  }

  take(key: unknown): readonly AnyRow[] {
    const identity = identityOf(keyName, key);
    const row = this.#rows.get(identity);
    if (row === undefined) return [];
    this.#rows.delete(identity);
    return [row];
  }

  takeSame(key: unknown, row: AnyRow): boolean {
    return sameTerm(this.get(key), row) && this.take(key).length > 0;
  }

  clear(): void {
    this.#rows.clear();
  }

  all(): IterableIterator<AnyRow> {
    return this.#rows.values();
  }

  find(condition: Condition, _backwards: boolean, visit: (row: AnyRow) => boolean): void {
    const { keys, matches } = condition;
    if (keys === null) {
      for (const row of this.#rows.values()) if (matches(row) && !visit(row)) return;
      return;
    }
    for (const identity of identities(keys)) {
      const row = this.#rows.get(identity);
      if (row !== undefined && matches(row) && !visit(row)) return;
    }
  }
}

/** One row a key, in the order of keys. */
export class OrderedRows implements UniqueRows {
  readonly #rows: OrderedMap<AnyRow> = new OrderedMap();

  get size(): number {
    return this.#rows.size;
  }

  checkKey(what: string, key: unknown): void {
    checkTerm(what, key);
  }

  get(key: unknown): AnyRow | undefined {
    checkTerm(keyName, key);
    return this.#rows.get(key);
  }

  has(key: unknown): boolean {
    return this.get(key) !== undefined;
  }

  put(key: unknown, row: AnyRow): void {
    // Whoever holds the key could change it, and with it the order.
    this.#rows.set(copyTerm(key), row);
  }

  take(key: unknown): readonly AnyRow[] {
    checkTerm(keyName, key);
    const row = this.#rows.delete(key);
    return row === undefined ? [] : [row];
  }

  takeSame(key: unknown, row: AnyRow): boolean {
    return sameTerm(this.get(key), row) && this.take(key).length > 0;
  }

  clear(): void {
    this.#rows.clear();
  }

  /** The first key of a range, or its last; null if there is none. */
  edge(range: KeyRange, last: boolean): { readonly key: unknown } | null {
    const cursor = this.#rows.cursor(range, last);
    return cursor.move() ? { key: copyTerm(cursor.key) } : null;
  }

  *all(backwards: boolean = false): Generator<AnyRow, undefined> {
    const cursor = this.#rows.cursor({}, backwards);
    while (cursor.move()) yield cursor.value as AnyRow;
  }

  find(condition: Condition, backwards: boolean, visit: (row: AnyRow) => boolean): void {
    const { keys, range, matches } = condition;
    if (keys === null) {
      const cursor = this.#rows.cursor(range, backwards);
      while (cursor.move()) {
        const row = cursor.value as AnyRow;
        if (matches(row) && !visit(row)) return;
      }
      return;
    }
    for (const key of keys) checkTerm(keyName, key);
    // In boxes: `sort` puts a bare undefined last without asking for its order.
    const sorted = keys.map((key) => ({ key })).sort((a, b) => compareTerms(a.key, b.key));
    if (backwards) sorted.reverse();
    for (const [index, { key }] of sorted.entries()) {
      if (index > 0 && compareTerms(key, sorted[index - 1]?.key) === 0) continue;
      const row = this.#rows.get(key);
      if (row !== undefined && matches(row) && !visit(row)) return;
    }
  }
}

/** Several rows a key, in the order in which they came; equal ones only where `duplicates` is true. */
export class BagRows implements Rows {
  readonly #rows = new Map<unknown, AnyRow[]>();
  readonly #duplicates: boolean;
  #size = 0;

  constructor(duplicates: boolean) {
    this.#duplicates = duplicates;
  }

  get size(): number {
    return this.#size;
  }

  checkKey(what: string, key: unknown): void {
    identityOf(what, key);
  }

  /** The rows of a key; the array is a copy. */
  list(key: unknown): AnyRow[] {
    return this.#rows.get(identityOf(keyName, key))?.slice() ?? [];
  }

  has(key: unknown): boolean {
    return this.#rows.has(identityOf(keyName, key));
  }

  put(key: unknown, row: AnyRow): void {
    const identity = identityOf(keyName, key);
    const rows = this.#rows.get(identity);
    if (rows === undefined) this.#rows.set(identity, [row]);
    else if (this.#duplicates || !rows.some((one) => sameTerm(one, row))) rows.push(row);
    else return;
    this.#size++;
  }

  take(key: unknown): readonly AnyRow[] {
    const identity = identityOf(keyName, key);
    const rows = this.#rows.get(identity) ?? [];
    this.#rows.delete(identity);
    this.#size -= rows.length;
    return rows;
  }

  takeSame(key: unknown, row: AnyRow): boolean {
    const identity = identityOf(keyName, key);
    const rows = this.#rows.get(identity) ?? [];
    // A new array: a walk over the old one goes on undisturbed.
    const rest = rows.filter((one) => !sameTerm(one, row));
    if (rest.length === 0) this.#rows.delete(identity);
    else this.#rows.set(identity, rest);
    this.#size -= rows.length - rest.length;
    return rest.length < rows.length;
  }

  clear(): void {
    this.#rows.clear();
    this.#size = 0;
  }

  *all(): Generator<AnyRow, undefined> {
    for (const rows of this.#rows.values()) yield* rows;
  }

  find(condition: Condition, _backwards: boolean, visit: (row: AnyRow) => boolean): void {
    const { keys, matches } = condition;
    const lists =
      keys === null
        ? this.#rows.values()
        : identities(keys).map((identity) => this.#rows.get(identity) ?? []);
    for (const rows of lists) {
      for (const row of rows) if (matches(row) && !visit(row)) return;
    }
  }
}

/** Each identity once: a list of keys may name one twice. */
function identities(keys: readonly unknown[]): unknown[] {
  return [...new Set(keys.map((key) => identityOf(keyName, key)))];
}
