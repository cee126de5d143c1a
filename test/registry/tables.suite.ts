// What tables do, kind by kind: against naive models of lists, and one promise at a time.
import * as fc from "fast-check";
import {
  bagTable,
  compareTerms,
  duplicateBagTable,
  NoSuchRow,
  orderedSetTable,
  setTable,
  type Table,
  TableEnded,
  type TableKind,
} from "../../src/index.js";
import { defineSuite } from "../harness/suite.js";
import { thrown } from "../kernel/probes.js";

type Key = number | string | bigint | readonly number[];
type Row = readonly [key: Key, value: number];
type Op = readonly [name: string, rows: readonly Row[]];

/** One kind with what a list of rows does when it is told the same. */
interface Kind {
  readonly kind: TableKind;
  make(): Table<Row, Key>;
  sameKey(left: Key, right: Key): boolean;
  readonly unique: boolean;
  readonly duplicates: boolean;
  readonly ordered: boolean;
}

const isSame = (left: unknown, right: unknown): boolean =>
  typeof left === typeof right && JSON.stringify(left, text) === JSON.stringify(right, text);
const text = (_name: string, value: unknown) => (typeof value === "bigint" ? `${value}n` : value);
const isEqual = (left: Key, right: Key): boolean => compareTerms(left, right) === 0;

const base = { unique: true, duplicates: false, ordered: false, sameKey: isSame };
const kinds: readonly Kind[] = [
  { ...base, kind: "set", make: () => setTable<Row, 0>() },
  {
    ...base,
    kind: "orderedSet",
    make: () => orderedSetTable<Row, 0>() as Table<Row, Key>,
    sameKey: isEqual,
    ordered: true,
  },
  { ...base, kind: "bag", make: () => bagTable<Row, 0>(), unique: false },
  {
    ...base,
    kind: "duplicateBag",
    make: () => duplicateBagTable<Row, 0>(),
    unique: false,
    duplicates: true,
  },
];

/** A table as a list of rows. Nothing here is fast, or clever. */
class Model {
  rows: Row[] = [];
  readonly #kind: Kind;
  constructor(kind: Kind) {
    this.#kind = kind;
  }
  of(key: Key): Row[] {
    return this.rows.filter(([one]) => this.#kind.sameKey(one, key));
  }
  insert(row: Row): void {
    const { unique, duplicates } = this.#kind;
    if (unique) {
      const at = this.rows.findIndex(([one]) => this.#kind.sameKey(one, row[0]));
      if (at < 0) this.rows.push(row);
      else this.rows[at] = row;
    } else if (duplicates || !this.rows.some((one) => isSame(one, row))) this.rows.push(row);
  }
  remove(gone: (row: Row) => boolean): number {
    const before = this.rows.length;
    this.rows = this.rows.filter((row) => !gone(row));
    return before - this.rows.length;
  }
}

const key = fc.oneof(
  fc.integer({ min: -2, max: 3 }),
  fc.bigInt({ min: 0n, max: 2n }),
  fc.constantFrom("a", "b", "\0"),
  fc.array(fc.nat({ max: 1 }), { maxLength: 2 }),
);
const row = fc.tuple(key, fc.nat({ max: 2 }));
const ops: fc.Arbitrary<Op[]> = fc.array(
  fc.tuple(
    fc.constantFrom("insert", "insert", "insertNew", "delete", "deleteObject", "selectDelete"),
    fc.array(row, { minLength: 1, maxLength: 3 }),
  ),
  { maxLength: 30 },
);

export const suite = defineSuite("tables", ({ describe, test, expect }) => {
  for (const kind of kinds) {
    test(`a ${kind.kind} holds what a list of rows would hold`, () => {
      const asList = (rows: Iterable<Row>): string[] => {
        const list = [...rows].map((one) => JSON.stringify(one, text));
        // Kinds without an order promise none beyond that of the rows of one key.
        return kind.ordered ? list : list.sort();
      };
      fc.assert(
        fc.property(ops, (script) => {
          const table = kind.make();
          const model = new Model(kind);
          const inOrder = () =>
            kind.ordered ? model.rows.sort(([a], [b]) => compareTerms(a, b)) : model.rows;
          for (const [name, rows] of script) {
            const first = rows[0] as Row;
            if (name === "insert") {
              table.insert(...rows);
              for (const one of rows) model.insert(one);
            } else if (name === "insertNew") {
              const isNew = rows.every(([one]) => model.of(one).length === 0);
              expect(table.insertNew(...rows)).toBe(isNew);
              if (isNew) for (const one of rows) model.insert(one);
            } else if (name === "delete") {
              const count = model.remove(([one]) => kind.sameKey(one, first[0]));
              expect(table.delete(first[0])).toBe(count > 0);
            } else if (name === "deleteObject") {
              const count = model.remove((one) => isSame(one, first));
              expect(table.deleteObject(first)).toBe(count > 0);
            } else {
              const count = model.remove(([, value]) => value === first[1]);
              expect(table.selectDelete({ 1: first[1] })).toBe(count);
            }
            expect(table.size).toBe(model.rows.length);
            for (const [one] of rows) {
              expect(table.member(one)).toBe(model.of(one).length > 0);
              // A pattern is exact where an ordered key is not: 1 finds no row of 1n.
              expect(asList(table.match({ 0: one }))).toEqual(
                asList(inOrder().filter(([other]) => isSame(other, one))),
              );
            }
          }
          expect(asList(table)).toEqual(asList(inOrder()));
          expect(asList(table.match({ 1: { $gte: 1 } }))).toEqual(
            asList(inOrder().filter(([, value]) => value >= 1)),
          );
          expect(table.selectCount({ 1: 0 })).toBe(model.rows.filter(([, v]) => v === 0).length);
          expect(table.foldl(([, value], sum) => sum + value, 0)).toBe(
            model.rows.reduce((sum, [, value]) => sum + value, 0),
          );
          table.deleteAllObjects();
          expect([...table]).toEqual([]);
        }),
      );
    });

    test(`TAB-3: a ${kind.kind} takes in all rows or none`, () => {
      const table = kind.make();
      table.insert([1, 1]);
      for (const wrong of [[Number.NaN, 1], {}, null, 7, "text"]) {
        expect(thrown(() => table.insert([2, 2], wrong as never))).toBeInstanceOf(
          Array.isArray(wrong) ? RangeError : TypeError,
        );
        thrown(() => table.insertNew([2, 2], wrong as never));
      }
      expect(table.insertNew([3, 3], [1, 9])).toBe(false);
      expect([...table]).toEqual([[1, 1]]);
    });

    test(`a ${kind.kind} that ends while somebody walks over it ends the walk`, () => {
      const table = kind.make();
      table.insert([1, 1], [2, 2], [3, 3]);
      const seen: unknown[] = [];
      for (const row of table) {
        seen.push(row);
        table.deleteTable();
      }
      expect(seen).toEqual([[1, 1]]);
    });

    test(`a ${kind.kind} that was deleted says so to whoever uses it`, () => {
      const table = kind.make();
      table.insert([1, 1]);
      const face = table;
      table.deleteTable();
      table.deleteTable();
      expect(table.info()).toBeUndefined();
      for (const use of [
        () => face.insert([2, 2]),
        () => face.insertNew([2, 2]),
        () => face.member(1),
        () => face.delete(1),
        () => face.deleteObject([1, 1]),
        () => face.deleteAllObjects(),
        () => face.match({}),
        () => face.select({}, 1),
        () => face.selectCount({}),
        () => face.selectDelete({}),
        () => face.foldl((_row, sum) => sum, 0),
        () => face.size,
        () => face[Symbol.iterator](),
        () => face.setHeir(null),
      ]) {
        const error = thrown(use) as TableEnded;
        expect(error).toBeInstanceOf(TableEnded);
        expect(error.message).toMatch(new RegExp(`^Cannot .+ ${kind.kind}: it was deleted$`));
        expect([error.code, error.reason]).toEqual(["table-ended", undefined]);
      }
    });
  }

  describe("lookups", () => {
    test("a set gives one row, a bag gives those of the key in the order in which they came", () => {
      const set = setTable<Row, 0>();
      set.insert([1, 1], [1, 2]);
      expect(set.lookup(1)).toEqual([1, 2]);
      expect(set.lookup(2)).toBeUndefined();
      const bag = bagTable<Row, 0>();
      bag.insert([1, 3], [2, 0], [1, 1], [1, 3], [1, 2]);
      expect(bag.lookup(1)).toEqual([
        [1, 3],
        [1, 1],
        [1, 2],
      ]);
      bag.lookup(1).length = 0;
      expect(bag.lookup(1)).toHaveLength(3);
      expect(bag.lookup(9)).toEqual([]);
    });

    test("1 and 1n are one key of an ordered set and two of a set", () => {
      const set = setTable<Row, 0>();
      const ordered = orderedSetTable<Row, 0>();
      for (const table of [set, ordered]) table.insert([1, 1], [1n, 2]);
      expect([set.size, ordered.size]).toEqual([2, 1]);
      expect(ordered.lookup(1)).toEqual([1n, 2]);
      expect(ordered.first()).toBe(1n);
      ordered.updateElement(1, { 1: 3 });
      ordered.updateCounter(1, { field: 1, by: 1 });
      expect([...ordered, ordered.first()]).toEqual([[1n, 4], 1n]);
    });

    test("take gives what it takes out", () => {
      const set = orderedSetTable<Row, 0>();
      const bag = duplicateBagTable<Row, 0>();
      set.insert([1, 1]);
      bag.insert([1, 1], [1, 1], [2, 2]);
      expect([set.take(1), set.take(1), set.size]).toEqual([[1, 1], undefined, 0]);
      expect(bag.take(1)).toEqual([
        [1, 1],
        [1, 1],
      ]);
      expect([bag.take(1), bag.size]).toEqual([[], 1]);
    });

    test("a row is an object with its key anywhere, or a tuple with it anywhere", () => {
      const users = setTable<{ readonly name: string; readonly id: number }, "id">({ key: "id" });
      users.insert({ name: "Ada", id: 1 });
      expect(users.lookup(1)?.name).toBe("Ada");
      const pairs = orderedSetTable<[value: string, at: number], 1>({ key: 1 });
      pairs.insert(["b", 2], ["a", 1]);
      expect([...pairs]).toEqual([
        ["a", 1],
        ["b", 2],
      ]);
      const error = thrown(() => users.insert({ name: "Bob" } as never));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain('{"name":"Bob"}: it must have "id", the key of this table');
    });
  });

  describe("an ordered set", () => {
    const table = orderedSetTable<[at: number, text: string]>();
    table.insert([3, "c"], [1, "a"], [2, "b"]);

    test("TAB-5: goes from key to key in order, also from one that is not there", () => {
      expect([table.first(), table.next(1), table.next(2), table.next(3)]).toEqual([
        1,
        2,
        3,
        undefined,
      ]);
      expect([table.last(), table.prev(3), table.prev(2), table.prev(1)]).toEqual([
        3,
        2,
        1,
        undefined,
      ]);
      expect([table.next(1.5), table.prev(1.5), table.next(-9), table.prev(99)]).toEqual([
        2, 1, 1, 3,
      ]);
      const empty = orderedSetTable<[number]>();
      expect([empty.first(), empty.last(), empty.next(1), empty.prev(1)]).toEqual(
        Array(4).fill(undefined),
      );
    });

    test("next goes on behind a key that was deleted on the way", () => {
      const seen: unknown[] = [];
      const rows = orderedSetTable<[number]>();
      rows.insert([1], [2], [3], [4]);
      for (let at = rows.first(); at !== undefined; at = rows.next(at)) {
        seen.push(at);
        rows.delete(at);
        if (at === 2) rows.delete(3);
      }
      expect(seen).toEqual([1, 2, 4]);
    });

    test("folds and searches from both ends", () => {
      const texts = ([, one]: readonly [number, string], acc: string) => acc + one;
      expect([table.foldl(texts, ""), table.foldr(texts, "")]).toEqual(["abc", "cba"]);
      expect(table.select({}, 1, { reverse: true, limit: 2 })).toEqual(["c", "b"]);
      expect(table.select({ 0: { $in: [3, 1, 3, 9] } }, 1)).toEqual(["a", "c"]);
      expect(table.select({ 0: { $in: [3, 1, 3, 9] } }, 1, { reverse: true })).toEqual(["c", "a"]);
      const bag = bagTable<[number]>();
      expect(thrown(() => bag.match({}, { reverse: true } as never)).message).toContain(
        "only an orderedSet has an order",
      );
    });

    test("pages through by a bound on the key", () => {
      const rows = orderedSetTable<[id: number]>();
      for (let i = 0; i < 250; i++) rows.insert([i]);
      const sizes: number[] = [];
      let after = -1;
      for (;;) {
        const page = rows.match({ 0: { $gt: after } }, { limit: 100 });
        if (page.length === 0) break;
        sizes.push(page.length);
        after = page.at(-1)?.[0] as number;
      }
      expect(sizes).toEqual([100, 100, 50]);
    });

    test("TAB-4: may change while it is walked over: what stays is seen once", () => {
      const rows = orderedSetTable<[number]>();
      for (let i = 0; i < 500; i++) rows.insert([i]);
      const seen: number[] = [];
      for (const [at] of rows) {
        seen.push(at);
        rows.delete(at + 1);
      }
      expect(seen).toEqual(Array.from({ length: 250 }, (_, i) => i * 2));
    });
  });

  describe("updates in place", () => {
    interface Page {
      readonly id: string;
      readonly hits: number;
      readonly bytes?: bigint;
      readonly title?: string;
    }
    const pages = () => {
      const table = setTable<Page, "id">({ key: "id", name: "pages" });
      table.insert({ id: "/", hits: 1, bytes: 10n, title: "Home" });
      return table;
    };

    test("TAB-4: updateElement makes a new row; who holds the old one sees no change", () => {
      const table = pages();
      const old = table.lookup("/");
      expect(table.updateElement("/", { title: "Start" })).toBe(true);
      expect(old?.title).toBe("Home");
      expect(table.lookup("/")).toEqual({ id: "/", hits: 1, bytes: 10n, title: "Start" });
      expect(table.updateElement("/none", { title: "x" })).toBe(false);
      const error = thrown(() => table.updateElement("/", { id: "/x" } as never));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain("delete the row and insert another");
    });

    test("updateCounter counts, up to a threshold and down to one", () => {
      const table = pages();
      const count = (by: number, threshold?: number) =>
        table.updateCounter("/", {
          field: "hits",
          by,
          ...(threshold === undefined ? {} : { threshold, setValue: 0 }),
        });
      expect([count(2), count(-1), count(3, 5), count(1, 5), count(0, -1)]).toEqual([
        3, 2, 5, 0, 0,
      ]);
      expect([count(-1, -2), count(-1, -2), count(-1, -2)]).toEqual([-1, -2, 0]);
    });

    test("updateCounter begins on a row of one's own, or says that there is none", () => {
      const table = pages();
      expect(table.updateCounter("/new", { field: "hits", by: 5 }, { hits: 1 })).toBe(6);
      expect(table.lookup("/new")).toEqual({ id: "/new", hits: 6 });
      const error = thrown(() => table.updateCounter("/x", { field: "hits", by: 1 })) as NoSuchRow;
      expect(error).toBeInstanceOf(NoSuchRow);
      expect([error.code, error.table, error.key]).toEqual(["no-such-row", "pages", "/x"]);
      expect(error.message).toContain('no row has the key "/x"');
      expect(table.size).toBe(2);
    });

    test("of several steps all are done or none", () => {
      const table = pages() as unknown as ReturnType<
        typeof setTable<{ id: string; hits: number; bytes: bigint }, "id">
      >;
      const both = table.updateCounter("/", [
        { field: "hits", by: 1 },
        { field: "bytes", by: 5n },
        { field: "hits", by: 1 },
      ]);
      expect(both).toEqual([2, 15n, 3]);
      thrown(() =>
        table.updateCounter("/", [
          { field: "hits", by: 1 },
          { field: "hits", by: 0.5 },
        ]),
      );
      expect(table.lookup("/")?.hits).toBe(3);
    });

    test("a counter counts exactly or says why not", () => {
      const table = pages();
      const message = (key: string, step: unknown) =>
        thrown(() => table.updateCounter(key, step as never)).message;
      expect(message("/", { field: "hits", by: Number.MAX_SAFE_INTEGER })).toContain(
        "use a bigint",
      );
      expect(message("/", { field: "hits", by: 1.5 })).toContain("it must be a whole number");
      expect(message("/", { field: "title", by: 1 })).toContain('"title" of the row is "Home"');
      expect(message("/", { field: "hits", by: 1n })).toContain("both must be numbers");
      expect(message("/", { field: "hits", by: 1, threshold: 3 })).toContain("go together");
      expect(message("/", { field: "id", by: 1 })).toContain("a key does not count");
      expect(
        thrown(() => table.updateCounter("/n", { field: "hits", by: 1 }, 7 as never)).message,
      ).toContain("initial is 7: it must be a row to begin with");
      expect(message("/", 1)).toContain('such as { field: "hits", by: 1 }');
      expect(table.lookup("/")?.hits).toBe(1);
    });
  });

  test("a wrong option is told when the table is made, with what is allowed", () => {
    const make = (options: object) => thrown(() => setTable<Row, 0>(options as never));
    for (const [options, words] of [
      [{ access: "secret" }, '"public", "protected" or "private"'],
      [{ name: "" }, "a string that is not empty"],
      [{ key: {} }, "the name of a field, or the index of one"],
      [{ owner: {} }, "it must be the self of a process"],
      [{ heir: "counter#7" }, "it must be a ref or a handle"],
    ] as const) {
      const error = make(options);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(words);
    }
    for (const options of ["users", null, 7]) {
      expect(make(options as never).message).toContain("they must be an object, such as");
    }
    const table = setTable<Row, 0>();
    for (const limit of [0, 1.5, Number.NaN, "3"]) {
      expect(thrown(() => table.match({}, { limit: limit as number }))).toBeInstanceOf(RangeError);
    }
    expect(thrown(() => table.foldl(7 as never, 0))).toBeInstanceOf(TypeError);
    expect(thrown(() => table.select({}, null as never))).toBeInstanceOf(TypeError);
  });

  test("info tells what a table is", () => {
    const table = orderedSetTable<Row, 0>({ name: "rows", access: "public" });
    table.insert([1, 1]);
    expect(table.info()).toEqual({
      name: "rows",
      kind: "orderedSet",
      key: 0,
      access: "public",
      owner: null,
      heir: null,
      size: 1,
    });
  });
});
