// The order of terms, and when two are the same: for all terms, not only for those of one kind.
import * as fc from "fast-check";
import { compareTerms, orderedSetTable, setTable, type Term } from "../../src/index.js";
import { identityOf, sameTerm } from "../../src/registry/tables/term-identity.js";
import { hasCapability } from "../harness/capabilities.js";
import { defineSuite } from "../harness/suite.js";
import { thrown } from "../kernel/probes.js";

const number = fc.double({ noNaN: true });
const date = fc.date({ noInvalidDate: true });
/** Any term, small enough that two of them are equal now and then. */
export const anyTerm: fc.Arbitrary<Term> = fc.letrec<{ term: Term }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.nat({ max: 3 }),
    number,
    fc.bigInt({ min: -3n, max: 3n }),
    fc.constantFrom<Term>(true, false, null, undefined),
    fc.string({ maxLength: 2 }),
    date,
    fc.uint8Array({ maxLength: 2 }),
    fc.array(tie("term"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b"), tie("term"), { noNullPrototype: false }),
  ),
})).term;

export const suite = defineSuite("term order", ({ describe, test, expect }) => {
  const sorted: readonly Term[] = [
    ...[Number.NEGATIVE_INFINITY, -1, 0, 0.5, 1n, 2, 2n ** 64n, Number.POSITIVE_INFINITY],
    ...[false, null, true, undefined],
    ...[new Date(-1), new Date(1)],
    ...[{}, { b: 1 }, { b: 2 }, { c: 0 }, { a: 0, b: 0 }],
    ...[[], [1], [1, 1], [1, 2], [2], ["a"], ["a", {}], ["a", []]],
    ...["", "A", "a", "aa", "b", "ä"],
    ...[new Uint8Array(), Uint8Array.of(1), Uint8Array.of(1, 0), Uint8Array.of(2)],
  ];

  test("numbers, atoms, dates, objects, arrays, strings and bytes come in this order", () => {
    for (const [i, left] of sorted.entries()) {
      for (const [j, right] of sorted.entries()) {
        expect([i, j, Math.sign(compareTerms(left, right))]).toEqual([i, j, Math.sign(i - j)]);
      }
    }
  });

  test("a number and a bigint of one value are neither before nor after each other", () => {
    expect(compareTerms(1, 1n)).toBe(0);
    expect(compareTerms(-0, 0)).toBe(0);
    expect(compareTerms(2 ** 53, 2n ** 53n + 1n)).toBeLessThan(0);
  });

  test("any terms can be compared, and the order is total", () => {
    fc.assert(
      fc.property(anyTerm, anyTerm, anyTerm, (a, b, c) => {
        expect(Math.sign(compareTerms(a, b))).toBe(0 - Math.sign(compareTerms(b, a)));
        expect(compareTerms(a, a)).toBe(0);
        for (const [x, y, z] of [
          [a, b, c],
          [b, c, a],
          [c, a, b],
        ] as const) {
          if (compareTerms(x, y) > 0 || compareTerms(y, z) > 0) continue;
          expect(compareTerms(x, z)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  test("two keys have one identity exactly if they are the same term", () => {
    fc.assert(
      fc.property(anyTerm, anyTerm, (a, b) => {
        // Of numbers a Map knows one zero, and so does an identity.
        const same = sameTerm(a, b);
        expect(identityOf("key", a) === identityOf("key", b)).toBe(same);
        if (same) expect(compareTerms(a, b)).toBe(0);
        if (hasCapability("ownClones")) expect(sameTerm(a, structuredClone(a))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("no two keys share an identity by the texts that they hold", () => {
    const keys = [
      ["a", "b"],
      ["asb"],
      ["a", ["b"]],
      [["a"], "b"],
      { a: "b" },
      { asb: "" },
      ["1"],
      [1],
    ];
    expect(new Set(keys.map((key) => identityOf("key", key))).size).toBe(keys.length);
  });

  test("no string is taken for the identity of another key", () => {
    const list = identityOf("key", ["a"]) as string;
    const keys = [list, `\0s${list}`, `\0c${list}`, "\0", "\0s", ""];
    expect(new Set(keys.map((key) => identityOf("key", key))).size).toBe(keys.length);
    expect(identityOf("key", list)).not.toBe(list);
  });

  describe("what is refused as a key", () => {
    const ordered = orderedSetTable<[key: unknown]>();
    const set = setTable<[key: unknown]>();
    const circle: unknown[] = [];
    circle.push(circle);

    test("TAB-5: NaN and invalid dates, however deep, by a RangeError that says what else", () => {
      for (const key of [Number.NaN, [1, [Number.NaN]], { a: Number.NaN }, new Date(Number.NaN)]) {
        for (const table of [ordered, set]) {
          for (const use of [
            () => table.insert([key]),
            () => table.lookup(key),
            () => table.member(key),
            () => table.delete(key),
          ]) {
            const error = thrown(use);
            expect(error).toBeInstanceOf(RangeError);
            expect(error.message).toMatch(
              /is (NaN|an invalid date): .*use another number, or null$/,
            );
          }
        }
      }
      expect(thrown(() => ordered.next(Number.NaN))).toBeInstanceOf(RangeError);
      expect(thrown(() => ordered.match({ 0: { $gt: Number.NaN } }))).toBeInstanceOf(RangeError);
      expect(ordered.size + set.size).toBe(0);
    });

    test("what has no order, by a TypeError that names what has", () => {
      for (const key of [() => {}, Symbol("s"), new Map(), [() => {}], Promise.resolve()]) {
        const error = thrown(() => ordered.insert([key]));
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toContain("it must be a number, bigint, boolean");
        expect(error.message).toContain("of an actor use its id");
      }
      for (const table of [ordered, set]) {
        const error = thrown(() => table.insert([circle]));
        expect(error).toBeInstanceOf(RangeError);
        expect(error.message).toContain("is nested deeper than 64, or holds itself");
      }
      expect(ordered.size).toBe(0);
    });

    test("a set without an order takes them by identity, but not inside another key", () => {
      const [one, other] = [new Map(), new Map()];
      set.insert([one]);
      expect([set.member(one), set.member(other)]).toEqual([true, false]);
      expect(thrown(() => set.insert([[one]]))).toBeInstanceOf(TypeError);
      expect(set.size).toBe(1);
    });
  });

  test("who changes a key that is in a table does not change the table", () => {
    const key = ["room", 1];
    const table = orderedSetTable<[key: (string | number)[], value: number]>();
    table.insert([key, 1], [["room", 2], 2]);
    key[1] = 9;
    (table.first() as unknown[])[1] = 8;
    expect(table.first()).toEqual(["room", 1]);
    expect(table.next(["room", 1])).toEqual(["room", 2]);
    expect(table.member(["room", 1])).toBe(true);
  });
});
