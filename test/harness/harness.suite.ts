// The harness tests itself, on every host: what suites rely on is the same everywhere.
import { collectTests, describeError, runTest } from "./runner.js";
import { defineSuite } from "./suite.js";

export const suite = defineSuite("harness", ({ describe, test, expect, platform }) => {
  const noop = () => {};

  test("the matchers that suites rely on are there", async () => {
    expect({ a: [1, undefined] }).toEqual({ a: [1, undefined] });
    expect({ a: 1, b: 2 }).toMatchObject({ a: expect.any(Number) });
    expect(() => expect(1).toBe(2)).toThrow(/expected 1 to be 2/);
    expect(() => expect([1]).toStrictEqual([2])).toThrow();
    await expect(Promise.resolve(1)).resolves.toBe(1);
    await expect(Promise.reject(new TypeError("no"))).rejects.toThrow(TypeError);
    await expect(expect(Promise.resolve(1)).resolves.toBe(2)).rejects.toThrow();
    expect(new Uint8Array([1])).toEqual(Uint8Array.of(1));
    expect(1).toSatisfy((n: number) => n === 1);
  });

  describe("the small runner", () => {
    test("collects names with their groups and runs nothing yet", () => {
      let ran = 0;
      const inner = defineSuite("s", (t) => {
        t.describe("g", () => t.test("a", () => void ran++));
        t.test("b", noop);
      });
      const names = collectTests([inner], { expect, platform }).map((collected) => collected.name);
      expect(names).toEqual(["s > g > a", "s > b"]);
      expect(ran).toBe(0);
    });

    test("refuses two tests of one name", () => {
      const inner = defineSuite("s", (t) => {
        t.test("a", noop);
        t.test("a", noop);
      });
      expect(() => collectTests([inner], { expect, platform })).toThrow(RangeError);
    });

    test("reports a throw, a rejection and a timeout as failures, and nothing else", async () => {
      const outcome = async (run: () => void | Promise<void>) =>
        (await runTest({ name: "x", run, timeoutMs: 10 })).error;
      expect(await outcome(noop)).toBeUndefined();
      expect(await outcome(() => Promise.reject(new Error("late")))).toContain("late");
      expect(await outcome(() => new Promise(noop))).toContain("timed out in 10 ms");
      expect(
        await outcome(() => {
          throw new Error("early");
        }),
      ).toContain("early");
    });

    test("describes what is no Error", () => {
      expect(describeError("text")).toBe("text");
      expect(describeError(undefined)).toBe("undefined");
    });
  });
});
