// The tree behind ordered tables, against a sorted list: whatever is put in and taken out, in whichever
// order, and however the map changes under a cursor. Uses the class itself, which is not public, and
// counts its leaves.
import * as fc from "fast-check";
import { compareTerms, type Term } from "../../src/index.js";
import { OrderedMap } from "../../src/registry/tables/ordered-map.js";
import { defineSuite } from "../harness/suite.js";
import { anyTerm } from "./term-order.suite.js";

/** A sorted list: what the map must be like. */
class Model {
  list: [Term, number][] = [];
  set(key: Term, value: number): void {
    this.delete(key);
    this.list.push([key, value]);
    this.list.sort(([a], [b]) => compareTerms(a, b));
  }
  delete(key: Term): number | undefined {
    const at = this.list.findIndex(([one]) => compareTerms(one, key) === 0);
    return at < 0 ? undefined : this.list.splice(at, 1)[0]?.[1];
  }
}

function walk(map: OrderedMap<number>, backwards = false): [unknown, number | undefined][] {
  const cursor = map.cursor({}, backwards);
  const found: [unknown, number | undefined][] = [];
  while (cursor.move()) found.push([cursor.key, cursor.value]);
  return found;
}

/** How many leaves the tree has: none may stay behind when its keys go. */
function leavesOf(map: OrderedMap<number>): number {
  let count = 0;
  for (let leaf: Leaf | null = map.seek(null).leaf; leaf !== null; leaf = leaf.next) count++;
  return count;
}
type Leaf = { readonly next: Leaf | null };

/** A small generator of numbers: rounds of thousands would be slow to shrink. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export const suite = defineSuite("ordered map", ({ test, expect }) => {
  test("it has what a sorted list would have, whatever the keys", () => {
    const op = fc.tuple(fc.constantFrom("set", "set", "delete"), anyTerm, fc.nat());
    fc.assert(
      fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
        const map = new OrderedMap<number>();
        const model = new Model();
        for (const [name, key, value] of ops) {
          if (name === "set") {
            map.set(key, value);
            model.set(key, value);
          } else expect(map.delete(key)).toBe(model.delete(key));
          expect(map.get(key)).toBe(model.list.find(([one]) => compareTerms(one, key) === 0)?.[1]);
          expect(map.size).toBe(model.list.length);
        }
        expect(walk(map)).toEqual(model.list);
        expect(walk(map, true)).toEqual([...model.list].reverse());
      }),
    );
  });

  test("it keeps its order through thousands of keys that come and go in any pattern", () => {
    const random = numbers(1);
    const patterns: ((i: number) => number)[] = [
      (i) => i,
      (i) => 0 - i,
      () => random(5_000),
      (i) => (i % 2 === 0 ? i : 0 - i),
    ];
    for (const keyAt of patterns) {
      const map = new OrderedMap<number>();
      const model = new Map<number, number>();
      const check = () => {
        const expected = [...model].sort(([a], [b]) => a - b);
        expect(map.size).toBe(expected.length);
        // As text: a deep comparison of thousands of rows is slow.
        expect(walk(map).join()).toBe(expected.join());
        expect(walk(map, true).join()).toBe(expected.reverse().join());
      };
      for (let i = 0; i < 6_000; i++) {
        const key = keyAt(i);
        map.set(key, i);
        model.set(key, i);
      }
      check();
      // Down to a tenth, from both ends and from the middle: nodes are joined on every level.
      const keys = [...model.keys()];
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i % 3 === 0 ? i : keys.length - 1 - i] as number;
        if (random(10) === 0) continue;
        expect(map.delete(key)).toBe(model.get(key));
        model.delete(key);
      }
      check();
      expect(leavesOf(map)).toBeLessThanOrEqual(1 + map.size / 16);
      for (const key of [...model.keys()]) map.delete(key);
      model.clear();
      check();
      expect(leavesOf(map)).toBe(1);
      map.set(1, 1);
      model.set(1, 1);
      check();
    }
  });

  test("a range begins and ends where it says, in both directions", () => {
    const map = new OrderedMap<number>();
    for (let i = 0; i < 1_000; i += 2) map.set(i, i);
    const bound = fc.option(
      fc.record({ key: fc.integer({ min: -3, max: 1_003 }), open: fc.boolean() }),
    );
    fc.assert(
      fc.property(bound, bound, fc.boolean(), (from, to, backwards) => {
        const cursor = map.cursor({ from: from ?? undefined, to: to ?? undefined }, backwards);
        const found: unknown[] = [];
        while (cursor.move()) found.push(cursor.key);
        expect(cursor.move()).toBe(false);
        const expected = walk(map)
          .map(([key]) => key as number)
          .filter((key) => from === null || (from.open ? key > from.key : key >= from.key))
          .filter((key) => to === null || (to.open ? key < to.key : key <= to.key));
        expect(found).toEqual(backwards ? expected.reverse() : expected);
      }),
    );
  });

  test("a cursor gives every key that stays, none twice, and in order, while others come and go", () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), fc.nat({ max: 3 }), (seed, backwards, changes) => {
        const random = numbers(seed);
        const map = new OrderedMap<number>();
        // The even ones stay.
        for (let i = 0; i < 400; i++) map.set(i, i);
        const cursor = map.cursor({}, backwards);
        const found: number[] = [];
        while (cursor.move()) {
          found.push(cursor.key as number);
          for (let i = 0; i < changes; i++) {
            const odd = random(200) * 2 + 1;
            if (random(2) === 0) map.delete(odd);
            else map.set(odd, odd);
          }
        }
        const ordered = [...found].sort((a, b) => (backwards ? b - a : a - b));
        expect(found).toEqual(ordered);
        expect(new Set(found).size).toBe(found.length);
        expect(found.filter((key) => key % 2 === 0)).toHaveLength(200);
      }),
      { numRuns: 40 },
    );
  });

  test("of keys that are equal in order the last one stays", () => {
    const map = new OrderedMap<number>();
    map.set(1, 1);
    map.set(1n, 2);
    expect(walk(map)).toEqual([[1n, 2]]);
  });
});
