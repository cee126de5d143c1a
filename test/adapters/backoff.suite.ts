// The backoff that every adapter uses (SSE-6, WS-3): its range, its floor, its limits.
import { type BackoffOptions, createBackoff } from "../../src/adapters/backoff.js";
import { defineSuite } from "../harness/suite.js";

const LAST = 1 - Number.EPSILON;

function backoff(draws: number | (() => number), options: Partial<BackoffOptions> = {}) {
  const random = typeof draws === "function" ? draws : () => draws;
  return createBackoff({ minMs: 500, maxMs: 30_000, random, ...options });
}

export const suite = defineSuite("backoff", ({ describe, test, expect }) => {
  test("SSE-6, WS-3: the delay is drawn from the whole range, which doubles up to maxMs", () => {
    const low = backoff(0);
    const middle = backoff(0.5);
    const high = backoff(LAST);
    const drawn = Array.from({ length: 8 }, () => [low.next(), middle.next(), high.next()]);
    expect(drawn).toEqual([
      [500, 750, 1_000],
      [500, 1_250, 2_000],
      [500, 2_250, 4_000],
      [500, 4_250, 8_000],
      [500, 8_250, 16_000],
      [500, 15_250, 30_000],
      [500, 15_250, 30_000],
      [500, 15_250, 30_000],
    ]);
  });

  test("SSE-6, WS-3: many clients spread over the range and never leave it", () => {
    let state = 1;
    const draws = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const buckets = new Array<number>(10).fill(0);
    for (let client = 0; client < 10_000; client++) {
      const delays = backoff(draws);
      for (let failure = 0; failure < 5; failure++) delays.next();
      const delayMs = delays.next();
      expect(delayMs).toBeGreaterThanOrEqual(500);
      expect(delayMs).toBeLessThanOrEqual(30_000);
      const bucket = Math.min(9, Math.floor((delayMs - 500) / 2_950));
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    for (const count of buckets) expect(count).toBeGreaterThan(800);
  });

  test("delays are whole milliseconds", () => {
    const delays = backoff(1 / 3);
    for (let failure = 0; failure < 10; failure++) expect(delays.next() % 1).toBe(0);
  });

  test("attempts counts the failures, and reset forgets them", () => {
    const delays = backoff(LAST);
    expect(delays.attempts).toBe(0);
    delays.next();
    delays.next();
    expect(delays.attempts).toBe(2);
    delays.reset();
    expect(delays.attempts).toBe(0);
    expect(delays.next()).toBe(1_000);
  });

  test("a thousand failures overflow nothing", () => {
    const delays = backoff(LAST, { factor: 10 });
    for (let failure = 0; failure < 1_000; failure++) delays.next();
    expect(delays.next()).toBe(30_000);
  });

  test("factor 1 never widens the range", () => {
    const delays = backoff(LAST, { factor: 1 });
    expect([delays.next(), delays.next()]).toEqual([500, 500]);
  });

  test("minMs equal to maxMs is a fixed delay", () => {
    const delays = backoff(0.7, { minMs: 1_000, maxMs: 1_000 });
    expect([delays.next(), delays.next()]).toEqual([1_000, 1_000]);
  });

  describe("SSE-6: the floor", () => {
    test("SSE-6: it is never undercut", () => {
      expect(backoff(0).next(3_000)).toBe(3_000);
      expect(backoff(0).next(45_000)).toBe(45_000);
    });

    test("SSE-6: one below minMs changes nothing", () => {
      expect([backoff(0).next(10), backoff(LAST).next(10)]).toEqual([500, 1_000]);
    });

    test("SSE-6: clients with one floor still spread, by minMs at least", () => {
      expect(backoff(LAST).next(3_000)).toBe(3_500);
      expect(backoff(LAST).next(45_000)).toBe(45_500);
      const late = backoff(LAST);
      for (let failure = 0; failure < 9; failure++) late.next();
      expect(late.next(3_000)).toBe(30_000);
    });

    test("SSE-6: it is capped, at five minutes unless told otherwise", () => {
      expect(backoff(0).next(2_000_000_000)).toBe(300_000);
      expect(backoff(0).next(Infinity)).toBe(300_000);
      expect(backoff(0, { maxFloorMs: 5_000 }).next(60_000)).toBe(5_000);
      expect(backoff(0, { maxMs: 900_000 }).next(Infinity)).toBe(900_000);
    });
  });

  describe("wrong arguments", () => {
    const wrong: [string, Partial<BackoffOptions>][] = [
      ["minMs", { minMs: 0 }],
      ["minMs", { minMs: -1 }],
      ["minMs", { minMs: Number.NaN }],
      ["maxMs", { maxMs: 499 }],
      ["maxMs", { maxMs: Infinity }],
      ["factor", { factor: 0.5 }],
      ["factor", { factor: Number.NaN }],
      ["factor", { factor: Infinity }],
      ["maxFloorMs", { maxFloorMs: -1 }],
    ];
    for (const [name, options] of wrong) {
      test(`${name} of ${Object.values(options).join()} is a RangeError that names it`, () => {
        let caught: unknown;
        try {
          backoff(0, options);
        } catch (error) {
          caught = error;
        }
        expect(caught).toBeInstanceOf(RangeError);
        expect((caught as Error).message).toMatch(new RegExp(`^${name} is `));
      });
    }

    test("a floor that is no time is a RangeError and no attempt", () => {
      const delays = backoff(0);
      for (const floorMs of [-1, Number.NaN])
        expect(() => delays.next(floorMs)).toThrow(RangeError);
      expect(delays.attempts).toBe(0);
    });

    test("a missing random is a TypeError", () => {
      const options = { minMs: 1, maxMs: 2 } as BackoffOptions;
      expect(() => createBackoff(options)).toThrow(TypeError);
    });
  });
});
