// A face of a table: the table as one process uses it, and what all kinds have in common.
//
// Owns the check of rows before any of them goes in, and searches. What only some kinds have is in
// set-face.ts, ordered-set-table.ts and bag-table.ts, the symbol of `using` included. Whether the
// process may is table-core.ts.

import { type Owner, processOf } from "../../behaviours/owner.js";
import type { ActorRef } from "../../kernel/actor-ref.js";
import { printed } from "../../kernel/exit-reason.js";
import type { TableInfo } from "./table.js";
import type { TableCore } from "./table-core.js";
import type { TableProcess } from "./table-owner.js";
import { conditionOf } from "./table-pattern.js";
import type { AnyRow, Rows } from "./table-rows.js";

/** A search's options, whichever kind takes them. */
export interface FindOptions {
  readonly limit?: number | undefined;
  readonly reverse?: boolean | undefined;
}

type Fields = { readonly [name: PropertyKey]: unknown };

/** What the faces of all kinds can do; typed for users by the interfaces of table.ts. */
export class TableFace<R extends Rows> {
  protected readonly core: TableCore<R>;
  /** Whose face it is; null outside of processes. */
  protected readonly actor: TableProcess | null;

  constructor(core: TableCore<R>, actor: TableProcess | null) {
    this.core = core;
    this.actor = actor;
  }

  get name(): string {
    return this.core.name;
  }

  get size(): number {
    return this.core.read("count the rows of", this.actor).size;
  }

  info(): TableInfo | undefined {
    return this.core.info();
  }

  member(key: unknown): boolean {
    return this.core.read("look into", this.actor).has(key);
  }

  insert(...list: readonly AnyRow[]): void {
    const rows = this.core.write("insert into", this.actor);
    // All keys before the first row goes in: all or none.
    const keys = list.map((row) => this.#keyOf(rows, row));
    for (let i = 0; i < list.length; i++) rows.put(keys[i], list[i] as AnyRow);
  }

  insertNew(...list: readonly AnyRow[]): boolean {
    const rows = this.core.write("insert into", this.actor);
    const keys = list.map((row) => this.#keyOf(rows, row));
    if (keys.some((key) => rows.has(key))) return false;
    for (let i = 0; i < list.length; i++) rows.put(keys[i], list[i] as AnyRow);
    return true;
  }

  delete(key: unknown): boolean {
    return this.core.write("delete from", this.actor).take(key).length > 0;
  }

  deleteObject(row: AnyRow): boolean {
    const rows = this.core.write("delete from", this.actor);
    return rows.takeSame(this.#keyOf(rows, row), row);
  }

  deleteAllObjects(): void {
    this.core.write("delete from", this.actor).clear();
  }

  match(where: unknown, options: FindOptions = {}): AnyRow[] {
    return this.#find(where, (row) => row, options);
  }

  select(where: unknown, project: unknown, options: FindOptions = {}): unknown[] {
    return this.#find(where, projectionOf(project), options);
  }

  selectCount(where: unknown): number {
    return this.match(where).length;
  }

  selectDelete(where: unknown): number {
    const rows = this.core.write("delete from", this.actor);
    const found = this.match(where);
    for (const row of found) rows.takeSame((row as Fields)[this.core.key], row);
    return found.length;
  }

  foldl(step: (row: AnyRow, acc: unknown) => unknown, initial: unknown): unknown {
    return fold(this[Symbol.iterator](), step, initial);
  }

  as(self: Owner): this {
    const Same = this.constructor as new (core: TableCore<R>, actor: TableProcess) => this;
    return new Same(this.core, processOf("self", self));
  }

  giveAway(to: ActorRef, data?: unknown): void {
    this.core.giveAway(this.actor, to, data);
  }

  setHeir(heir: ActorRef | null, data?: unknown): void {
    this.core.setHeir(this.actor, heir, data);
  }

  deleteTable(): void {
    this.core.end(this.actor);
  }

  [Symbol.iterator](): IterableIterator<AnyRow> {
    return this.core.read("read", this.actor).all();
  }

  /** The key of a row that is to go in, or to be found. */
  #keyOf(rows: R, row: AnyRow): unknown {
    const { name, key } = this.core;
    if (typeof row !== "object" || row === null) {
      throw new TypeError(`A row for ${name} is ${printed(row)}: it must be an object or a tuple`);
    }
    if (!(key in row)) {
      throw new TypeError(
        `A row for ${name} is ${printed(row)}: it must have ${printed(key)}, the key of this table`,
      );
    }
    const value = (row as Fields)[key];
    rows.checkKey(`The key of a row for ${name}`, value);
    return value;
  }

  #find<T>(where: unknown, project: (row: AnyRow) => T, options: FindOptions): T[] {
    const { limit = Infinity, reverse = false } = options;
    const rows = this.core.read("search", this.actor);
    if (limit !== Infinity && (!Number.isInteger(limit) || limit < 1)) {
      throw new RangeError(
        `limit is ${printed(limit)}: it must be a whole number, 1 or more; leave it out for all rows`,
      );
    }
    if (options.reverse !== undefined && this.core.kind !== "orderedSet") {
      throw new TypeError(
        `reverse is given for a ${this.core.kind}: only an orderedSet has an order`,
      );
    }
    const found: T[] = [];
    rows.find(conditionOf(where, this.core.key), reverse, (row) => {
      found.push(project(row));
      return found.length < limit;
    });
    return found;
  }
}

/** Calls `step` with each row and what it gave before. */
export function fold(
  rows: Iterable<AnyRow>,
  step: (row: AnyRow, acc: unknown) => unknown,
  initial: unknown,
): unknown {
  if (typeof step !== "function") {
    throw new TypeError(
      `step is ${printed(step)}: it must be a function of a row and what it gave`,
    );
  }
  let acc = initial;
  for (const row of rows) acc = step(row, acc);
  return acc;
}

function projectionOf(project: unknown): (row: AnyRow) => unknown {
  if (typeof project === "function") return (row) => project(row);
  if (isField(project)) return (row) => (row as Fields)[project];
  if (Array.isArray(project) && project.every(isField)) {
    return (row) => Object.fromEntries(project.map((name) => [name, (row as Fields)[name]]));
  }
  throw new TypeError(
    `project is ${printed(project)}: it must be a field, an array of fields, or a function of a row`,
  );
}

function isField(value: unknown): value is PropertyKey {
  return typeof value === "string" || typeof value === "number" || typeof value === "symbol";
}
