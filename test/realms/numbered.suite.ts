// Things under rising numbers: what is added is there until it is taken, however long others stay.

import { Numbered } from "../../src/realms/session/numbered.js";
import { defineSuite } from "../harness/suite.js";

export const suite = defineSuite("numbered things", ({ test, expect }) => {
  test("each thing is found under its number until it is taken, and then never again", () => {
    const things = new Numbered<string>();
    for (let number = 1; number <= 100; number++) things.add(number, `thing ${number}`);
    expect(things.size).toBe(100);
    expect(things.get(64)).toBe("thing 64");
    expect(things.take(64)).toBe("thing 64");
    expect(things.take(64)).toBe(undefined);
    expect(things.has(64)).toBe(false);
    expect(things.size).toBe(99);
    expect(things.get(101)).toBe(undefined);
    expect(things.get(0)).toBe(undefined);
  });

  test("one that stays for long is not in the way of a million others", () => {
    const things = new Numbered<number>();
    things.add(1, 1);
    for (let number = 2; number <= 1_000_000; number++) {
      things.add(number, number);
      if (things.take(number) !== number) throw new Error(`${number} is lost`);
    }
    expect(things.get(1)).toBe(1);
    things.add(2_000_000, 2);
    expect(things.values()).toEqual([1, 2]);
    expect(things.take(1)).toBe(1);
    expect(things.values()).toEqual([2]);
  });

  test("any order of adding and taking comes to what a map comes to", () => {
    const things = new Numbered<number>();
    const map = new Map<number, number>();
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let step = 0, number = 0; step < 20_000; step++) {
      if (random(100) < (step % 2_000 < 1_000 ? 60 : 40)) {
        // Numbers rise, with gaps: a peer may leave any out.
        number += 1 + random(random(10) === 0 ? 1_000 : 2);
        things.add(number, step);
        map.set(number, step);
      } else {
        const [some = 0] = [...map.keys()].slice(random(map.size || 1));
        if (things.take(some) !== map.get(some)) throw new Error(`step ${step}: ${some}`);
        map.delete(some);
      }
      if (things.size !== map.size) throw new Error(`step ${step}: ${things.size}, ${map.size}`);
    }
    expect(things.values()).toEqual([...map.values()]);
  });

  test("numbers beyond 32 bits are numbers like others", () => {
    const things = new Numbered<string>();
    for (const number of [2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40 + 1]) {
      things.add(number, String(number));
    }
    expect(things.take(2 ** 32)).toBe(String(2 ** 32));
    expect(things.values()).toEqual([2 ** 31 - 1, 2 ** 31, 2 ** 40 + 1].map(String));
  });

  test("what is empty again holds nothing", () => {
    const things = new Numbered<number>();
    for (let number = 1; number <= 10_000; number++) things.add(number, number);
    for (let number = 1; number <= 10_000; number++) things.take(number);
    expect(things.size).toBe(0);
    expect(things.values()).toEqual([]);
    things.add(10_001, 1);
    expect(things.get(10_001)).toBe(1);
  });
});
