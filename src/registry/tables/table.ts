// Tables as their users see them: the types of what setTable, orderedSetTable, bagTable and
// duplicateBagTable take and give.
//
// Owns the words and their promises; types only. Who may do what is table-core.ts, the rows are
// table-rows.ts, what tables know of processes is table-owner.ts.

import type { Owner } from "../../behaviours/owner.js";
import type { ActorRef } from "../../kernel/actor-ref.js";
import type { Where } from "./table-pattern.js";

/** The kinds of tables, by OTP's names. */
export type TableKind = "set" | "orderedSet" | "bag" | "duplicateBag";

/**
 * Who may use a table: everybody (`public`), everybody to read and its owner to write (`protected`), or
 * its owner alone (`private`).
 */
export type TableAccessMode = "public" | "protected" | "private";

/** The field that is the key where none is named: the first of a tuple, as in OTP. */
export type DefaultKey<Row> = Row extends readonly unknown[] ? keyof Row & 0 : keyof Row;

/** How a table may be told to differ. */
export type TableOptions<Row, K extends keyof Row> = {
  /** Its name in errors. Default: its kind. */
  readonly name?: string | undefined;
  /** Who may use it. Default `protected`, as in OTP. */
  readonly access?: TableAccessMode | undefined;
  /**
   * The process it belongs to: the `self` of a handler; outside of processes a system. It ends with its
   * owner, unless there is an heir. Default: whoever makes it; then it ends with `deleteTable`, or
   * when nobody holds it any more, and it knows who asks only by `as`.
   */
  readonly owner?: Owner | undefined;
  /** Who gets it when its owner ends, told by a {@link TableTransfer}: a ref, or a handle. */
  readonly heir?: ActorRef | undefined;
  /** What the heir is told with it. */
  readonly heirData?: unknown;
} & (Row extends readonly unknown[]
  ? {
      /** The index of the key. Default 0. */
      readonly key?: K | undefined;
    }
  : {
      /** The field that is the key. */
      readonly key: K;
    });

/** How a search may be told to differ. */
export interface SelectOptions {
  /** How many results are enough: a whole number of 1 or more. Default: all. */
  readonly limit?: number | undefined;
}

/** How a search in an ordered table may be told to differ. */
export interface OrderedSelectOptions extends SelectOptions {
  /** From the last key to the first. Default `false`. */
  readonly reverse?: boolean | undefined;
}

/** What {@link Table.info} tells. */
export interface TableInfo {
  /** Its name in errors. */
  readonly name: string;
  /** Its kind. */
  readonly kind: TableKind;
  /** The field that is the key. */
  readonly key: PropertyKey;
  /** Who may use it. */
  readonly access: TableAccessMode;
  /** The process it belongs to; null where it belongs to its creator outside of processes. */
  readonly owner: ActorRef | null;
  /** Who gets it when its owner ends. */
  readonly heir: ActorRef | null;
  /** How many rows it has. */
  readonly size: number;
}

/**
 * What all tables can do. Each method throws `TableEnded` once the table has ended, `TableAccess` where
 * its access forbids it, TypeError or RangeError for what cannot be a row or a key; nothing is changed
 * then.
 *
 * Rows are not copied: a row in a table is not to be changed. Put another one in its place, or use
 * `updateElement`, which makes a new row and leaves the old one to whoever is still reading it.
 */
export interface Table<Row, Key, Options extends SelectOptions = SelectOptions>
  extends Iterable<Readonly<Row>>,
    Disposable {
  /** Its name in errors. */
  readonly name: string;
  /** How many rows it has. */
  readonly size: number;
  /** What it is, whose and how full; undefined once it has ended. Anybody may ask. */
  info(): TableInfo | undefined;
  /** True if there is a row with this key. */
  member(key: Key): boolean;
  /**
   * Puts rows in, all or none. Where a key can have one row only, the new one replaces it; a bag
   * ignores a row that it has already.
   */
  insert(...rows: readonly Row[]): void;
  /** Puts rows in if none of their keys is there yet. False, and nothing is done, if one is. */
  insertNew(...rows: readonly Row[]): boolean;
  /** Takes out what has this key. True if there was anything. */
  delete(key: Key): boolean;
  /** Takes out this very row, compared by what it holds. True if it was there. */
  deleteObject(row: Row): boolean;
  /** Takes out all rows. */
  deleteAllObjects(): void;
  /**
   * The rows that match, in the order of the table. A pattern that says something of the key is answered
   * from those rows alone; every other search looks at all rows.
   */
  match(where: Where<Row>, options?: Options): Readonly<Row>[];
  /**
   * As `match`, but gives of each row what `project` says: a field, an object of some fields, or what a
   * function makes of it. Fields are data, as patterns are: such a search can come from elsewhere.
   */
  select<F extends keyof Row>(where: Where<Row>, project: F, options?: Options): Row[F][];
  select<F extends keyof Row>(
    where: Where<Row>,
    project: readonly F[],
    options?: Options,
  ): Pick<Row, F>[];
  select<Result>(
    where: Where<Row>,
    project: (row: Readonly<Row>) => Result,
    options?: Options,
  ): Result[];
  /** How many rows match. */
  selectCount(where: Where<Row>): number;
  /** Takes out the rows that match, and gives how many. */
  selectDelete(where: Where<Row>): number;
  /** Calls `step` with each row and what it gave before, `initial` at first; gives the last. */
  foldl<Acc>(step: (row: Readonly<Row>, acc: Acc) => Acc, initial: Acc): Acc;
  /**
   * The same table, as another process uses it. In the synchronous part of a handler a table knows who
   * asks; after an `await` it goes by whose face was used.
   */
  as(self: Owner): this;
  /**
   * Makes another process the owner, and tells it by a {@link TableTransfer}. Only the owner may.
   *
   * @throws ActorExit (`noproc`) where the process is gone; the table stays where it is.
   */
  giveAway(to: ActorRef, data?: unknown): void;
  /** Names another heir, or none with null. Only the owner may. */
  setHeir(heir: ActorRef | null, data?: unknown): void;
  /** Ends the table: whoever uses it from now on gets `TableEnded`. Idempotent. */
  deleteTable(): void;
  /** Iterates over the rows. They may change meanwhile. */
  [Symbol.iterator](): IterableIterator<Readonly<Row>>;
  /** Ends the table, for `using`. */
  [Symbol.dispose](): void;
}

/** The fields of a row: of a tuple its indexes, as numbers. */
export type FieldOf<Row> = Row extends readonly unknown[]
  ? IndexOf<Exclude<keyof Row, keyof (readonly unknown[])>> & keyof Row
  : keyof Row;
type IndexOf<Name> = Name extends `${infer Index extends number}` ? Index : never;

/** The fields of a row that can count: numbers and bigints that are always there. */
export type CounterField<Row> = {
  [F in FieldOf<Row>]: Row[F] extends number | bigint ? F : never;
}[FieldOf<Row>];

/** One step of {@link SetTable.updateCounter}. */
export interface CounterStep<F, N = number | bigint> {
  /** Which field counts. */
  readonly field: F;
  /** What is added: a whole number or a bigint, as the field is. */
  readonly by: N;
  /** Beyond it (above, or below it where `by` is negative) the counter becomes `setValue`. */
  readonly threshold?: N;
  /** See `threshold`; the two go together. */
  readonly setValue?: N;
}

type StepsOf<Row> = readonly {
  [F in CounterField<Row>]: CounterStep<F, Row[F]>;
}[CounterField<Row>][];

/** A row to begin with: what it has as the key does not matter. */
export type InitialRow<Row, K extends keyof Row> = Row extends readonly unknown[]
  ? Row
  : Omit<Row, K> & { readonly [F in K]?: Row[F] };

/** A table with one row a key. */
export interface SetTable<Row, K extends keyof Row, Options extends SelectOptions = SelectOptions>
  extends Table<Row, Row[K], Options> {
  /** The row with this key. */
  lookup(key: Row[K]): Readonly<Row> | undefined;
  /** The row with this key, which is taken out. */
  take(key: Row[K]): Readonly<Row> | undefined;
  /**
   * Puts other values into some fields of a row, in a new row. False if there is none with this key.
   *
   * @throws TypeError for a change of the key.
   */
  updateElement(
    key: Row[K],
    changes: { readonly [F in Exclude<FieldOf<Row>, K>]?: Row[F] },
  ): boolean;
  /**
   * Counts, and gives the new value; with a list of steps, that of each, and all or none are done.
   * Where no row has the key, it counts on `initial`.
   *
   * @throws NoSuchRow where there is neither. TypeError where the field holds no whole number.
   * RangeError where a number would no longer count exactly: bigints do, at any size.
   *
   * @example
   * ```ts
   * const hits = setTable<[page: string, count: number]>();
   * hits.updateCounter("/", { field: 1, by: 1 }, ["/", 0]); // 1
   * hits.updateCounter("/", { field: 1, by: 1, threshold: 1, setValue: 0 }); // 0
   * ```
   */
  updateCounter<F extends CounterField<Row>>(
    key: Row[K],
    step: CounterStep<F, Row[F]>,
    initial?: InitialRow<Row, K>,
  ): Row[F];
  updateCounter<const Steps extends StepsOf<Row>>(
    key: Row[K],
    steps: Steps,
    initial?: InitialRow<Row, K>,
  ): { -readonly [I in keyof Steps]: Row[Steps[I]["field"] & keyof Row] };
}

/** A table with one row a key, in the order of the keys. */
export interface OrderedSetTable<Row, K extends keyof Row>
  extends SetTable<Row, K, OrderedSelectOptions> {
  /** The first key; undefined if there is none. */
  first(): Row[K] | undefined;
  /** The last key; undefined if there is none. */
  last(): Row[K] | undefined;
  /** The first key after this one, which need not be there (any more). */
  next(key: Row[K]): Row[K] | undefined;
  /** The last key before this one, which need not be there (any more). */
  prev(key: Row[K]): Row[K] | undefined;
  /** As `foldl`, from the last row to the first. */
  foldr<Acc>(step: (row: Readonly<Row>, acc: Acc) => Acc, initial: Acc): Acc;
}

/** A table with any number of rows a key. */
export interface BagTable<Row, K extends keyof Row> extends Table<Row, Row[K]> {
  /** The rows with this key, in the order in which they came. */
  lookup(key: Row[K]): Readonly<Row>[];
  /** The rows with this key, which are taken out. */
  take(key: Row[K]): Readonly<Row>[];
}
