// Patterns and projections: which rows are meant, said in data or by a function.
import * as fc from "fast-check";
import { compareTerms, orderedSetTable, type Pattern, setTable } from "../../src/index.js";
import { defineSuite } from "../harness/suite.js";
import { thrown } from "../kernel/probes.js";

interface User {
  readonly id: string;
  readonly age?: number;
  readonly tags?: readonly string[];
  readonly home?: { readonly city: string; readonly zip?: string };
  readonly since?: Date;
}

const people: readonly User[] = [
  { id: "ada", age: 36, tags: ["math"], home: { city: "London", zip: "W1" } },
  { id: "bob", age: 17, tags: [], home: { city: "Rome" }, since: new Date(0) },
  { id: "cyd", tags: ["math", "art"] },
];

export const suite = defineSuite("table patterns", ({ describe, test, expect }) => {
  const users = setTable<User, "id">({ key: "id" });
  users.insert(...people);
  const ids = (where: Pattern<User>) => users.select(where, "id");

  describe("a pattern", () => {
    test("asks only for the fields it names, however deep", () => {
      expect(ids({})).toEqual(["ada", "bob", "cyd"]);
      expect(ids({ age: 36 })).toEqual(["ada"]);
      expect(ids({ home: { city: "Rome" } })).toEqual(["bob"]);
      expect(ids({ home: {} })).toEqual(["ada", "bob", "cyd"]);
      expect(ids({ home: { zip: undefined } as never })).toEqual(["bob"]);
      expect(ids({ age: undefined } as never)).toEqual(["cyd"]);
    });

    test("of an array asks for each item, or for some by their index", () => {
      expect(ids({ tags: ["math"] })).toEqual(["ada"]);
      expect(ids({ tags: [] })).toEqual(["bob"]);
      expect(ids({ tags: [{ $ne: "art" }, {}] })).toEqual(["cyd"]);
      expect(ids({ tags: { 0: "math" } as never })).toEqual(["ada", "cyd"]);
    });

    test("compares dates and bytes by what they hold", () => {
      expect(ids({ since: new Date(0) })).toEqual(["bob"]);
      expect(ids({ since: { $lt: new Date(1) } })).toEqual(["bob"]);
      const blobs = setTable<[key: Uint8Array, n: number]>();
      blobs.insert([Uint8Array.of(1, 2), 1]);
      expect(blobs.match([Uint8Array.of(1, 2), {}])).toHaveLength(1);
      expect(blobs.lookup(Uint8Array.of(1, 2))?.[1]).toBe(1);
    });

    test("has guards, and all of them must hold", () => {
      expect(ids({ age: { $gte: 17, $lt: 36 } })).toEqual(["bob"]);
      expect(ids({ age: { $lte: 36, $gt: 17 } })).toEqual(["ada"]);
      expect(ids({ age: { $in: [1, 17] } })).toEqual(["bob"]);
      expect(ids({ home: { $eq: { city: "Rome" } } })).toEqual(["bob"]);
      expect(ids({ home: { $ne: { city: "Rome" } } })).toEqual(["ada", "cyd"]);
      expect(ids({ age: { $not: { $gt: 20 } } })).toEqual(["bob", "cyd"]);
      expect(ids({ $or: [{ age: 36 }, { home: { city: "Rome" } }] })).toEqual(["ada", "bob"]);
      expect(ids({ id: { $gt: "ada" }, $or: [{ age: 36 }, { age: 17 }] })).toEqual(["bob"]);
      expect(ids({ $and: [{ age: { $gt: 1 } }, { $not: { id: "ada" } }] })).toEqual(["bob"]);
      expect(ids({ $and: [] })).toHaveLength(3);
      expect(ids({ $or: [] })).toEqual([]);
    });

    test("an order between two kinds holds for nothing: a field that is missing is not more", () => {
      const mixed = setTable<[key: number, value: unknown]>();
      mixed.insert([1, 5], [2, "5"], [3, undefined], [4, Number.NaN], [5, 7n], [6, () => {}]);
      expect(mixed.select({ 1: { $gt: 1 } } as never, 0)).toEqual([1, 5]);
      expect(mixed.select({ 1: { $lt: "6" } } as never, 0)).toEqual([2]);
    });

    test("is plain data: it comes through a structured clone as it was", () => {
      const pattern: Pattern<User> = { age: { $gte: 18 }, $or: [{ id: "ada" }, { id: "bob" }] };
      expect(ids(structuredClone(pattern))).toEqual(["ada"]);
      expect(ids(JSON.parse(JSON.stringify(pattern)))).toEqual(["ada"]);
    });

    test("that is wrong is refused before a row is looked at, and says where and what else", () => {
      const empty = setTable<User, "id">({ key: "id" });
      for (const [where, words] of [
        [{ age: { $above: 3 } }, "where.age.$above is no guard: there are $eq, $ne"],
        [{ age: { $in: 3 } }, "where.age.$in is 3: it must be an array of values"],
        [{ $or: { age: 3 } }, "it must be an array of patterns"],
        [{ $or: [{ age: { $x: 1 } }] }, "where.$or[0].age.$x is no guard"],
        [{ age: () => true }, "a pattern is data; pass one function of the whole row"],
        [{ age: { $gt: new Map() } }, "where.age.$gt is"],
        ["ada", 'where is "ada": it must be a pattern, such as'],
        [undefined, "it must be a pattern"],
      ] as const) {
        const error = thrown(() => empty.match(where as never));
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toContain(words);
      }
    });
  });

  test("a function says what no pattern can, and a function makes of a row what it likes", () => {
    const long = (user: User) => (user.tags?.length ?? 0) > 1;
    expect(users.match(long).map(({ id }) => id)).toEqual(["cyd"]);
    expect(users.select(long, (user) => user.id.toUpperCase())).toEqual(["CYD"]);
    expect(users.select({}, ["id", "age"], { limit: 2 })).toEqual([
      { id: "ada", age: 36 },
      { id: "bob", age: 17 },
    ]);
    expect(users.selectCount(long)).toBe(1);
  });

  test("a pattern of the key looks only where such keys can be", () => {
    const rows = orderedSetTable<{ readonly id: number; readonly looked: () => void }, "id">({
      key: "id",
    });
    let looked = 0;
    for (let id = 0; id < 1_000; id++) {
      rows.insert({
        id,
        // Reading this field is what a search does to a row it looks at.
        get looked() {
          looked++;
          return () => {};
        },
      });
    }
    const cost = (id: Pattern<number>): [found: number, looked: number] => {
      looked = 0;
      const found = rows.selectCount({ looked: { $ne: () => {} }, id } as never);
      return [found, looked];
    };
    expect(cost(7)).toEqual([1, 1]);
    expect(cost({ $eq: 7 })).toEqual([1, 1]);
    expect(cost({ $in: [7, 8, 7, -1] })).toEqual([2, 2]);
    expect(cost({ $gte: 990 })).toEqual([10, 10]);
    expect(cost({ $gt: 10, $lt: 20 })).toEqual([9, 9]);
    expect(cost({ $ne: 7 })).toEqual([999, 1_000]);
  });

  test("bounds of the key find what a look at every row would find", () => {
    const key = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.bigInt({ min: -3n, max: 3n }));
    const guard = fc.constantFrom("$lt", "$lte", "$gt", "$gte", "$eq", "$ne");
    const guards = fc.dictionary(guard, key, { maxKeys: 3, noNullPrototype: true });
    const holds: Record<string, (order: number, same: boolean) => boolean> = {
      $lt: (order) => order < 0,
      $lte: (order) => order <= 0,
      $gt: (order) => order > 0,
      $gte: (order) => order >= 0,
      $eq: (_order, same) => same,
      $ne: (_order, same) => !same,
    };
    fc.assert(
      fc.property(fc.array(key), guards, fc.boolean(), (keys, pattern, reverse) => {
        const table = orderedSetTable<[key: number | bigint]>();
        table.insert(...keys.map((one): [number | bigint] => [one]));
        const expected = [...table].filter(([one]) =>
          Object.entries(pattern).every(([name, operand]) =>
            holds[name]?.(compareTerms(one, operand), one === operand),
          ),
        );
        expect(table.match({ 0: pattern } as never, { reverse })).toEqual(
          reverse ? expected.reverse() : expected,
        );
      }),
    );
  });
});
