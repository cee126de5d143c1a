// The conformance of this host's own platform, and of the checks themselves: a platform that breaks one
// promise fails the check of that promise. Owns what `platformConformance` says; fetches and frames
// under load are test/kernel/fairness.ts's.
import type { Platform } from "../../src/index.js";
import { platformConformance } from "../../src/testing/index.js";
import { defineSuite } from "../harness/suite.js";
import { uncaughtDuring } from "../harness/uncaught.js";

export const suite = defineSuite("platform conformance", ({ describe, test, expect, platform }) => {
  describe("this host's platform", () => {
    for (const { name, run } of platformConformance(() => platform, { uncaught: uncaughtDuring })) {
      // What a host prints of a fault is no news here; the check of uncaught errors watches by itself.
      const quiet = async () => void (await uncaughtDuring(run));
      test(name, name.includes("uncaught") ? run : quiet);
    }
  });

  /** One promise broken, and the check that must find it. */
  const mutants: readonly {
    readonly check: string;
    readonly says: RegExp;
    readonly change: Partial<Record<keyof Platform, unknown>>;
  }[] = [
    {
      check: "has every member, and a name",
      says: /mine\.clearTimer: it is undefined/,
      change: { clearTimer: undefined },
    },
    {
      check: "has every member, and a name",
      says: /\.host: it is no name/,
      change: { host: "" },
    },
    {
      check: "now never goes back",
      says: /mine\.now: it went back/,
      change: { now: () => -platform.now() - steps() },
    },
    {
      check: "now counts the milliseconds of timers",
      says: /mine\.now: it moved by .* use milliseconds/,
      change: { now: () => platform.now() / 1_000 },
    },
    {
      check: "wallTime is in milliseconds since 1970",
      says: /mine\.wallTime: it gave \d+/,
      change: { wallTime: () => Math.floor(platform.wallTime() / 1_000) },
    },
    {
      check: "random is at least 0, below 1, and spread",
      says: /mine\.random: it gave /,
      change: { random: () => platform.random() * 1.5 },
    },
    {
      check: "random is at least 0, below 1, and spread",
      says: /mine\.random: 1 numbers/,
      change: { random: () => 0.5 },
    },
    {
      check: "nothing runs within the call that asks for it",
      says: /mine\.microtask: it ran within the call/,
      change: { microtask: (run: () => void) => run() },
    },
    {
      check: "nothing runs within the call that asks for it",
      says: /mine\.setTimer: it ran within the call/,
      change: {
        setTimer: (run: () => void, delayMs: number) =>
          delayMs === 0 ? run() : platform.setTimer(run, delayMs),
      },
    },
    {
      check: "microtasks and macrotasks keep their order",
      says: /mine\.macrotask: 1000 turns ran as 2000/,
      change: {
        macrotask: (run: () => void) => {
          platform.macrotask(run);
          platform.macrotask(run);
        },
      },
    },
    {
      check: "the promise of a microtask is that of what it gives",
      says: /mine\.microtaskOf: its promise is not that/,
      change: { microtaskOf: async (run: () => unknown) => void run() },
    },
    {
      check: "microtasks run before the host's next turn, however many",
      says: /mine\.microtask: a (?:timer|macrotask) came before/,
      change: { microtask: platform.macrotask },
    },
    {
      check: "a macrotask comes after all promises",
      says: /mine\.macrotask: it came after \d+ of 1000 promises/,
      change: { macrotask: platform.microtask },
    },
    {
      check: "macrotasks do not starve timers",
      says: /mine\.macrotask: a timer of 1 ms had no turn/,
      change: { macrotask: platform.microtask },
    },
    {
      check: "timers do not starve macrotasks",
      says: /mine\.setTimer: timers without delay left macrotasks no turn/,
      change: { setTimer: (run: () => void) => platform.microtask(run) },
    },
    {
      check: "a timer fires once, and not before its time",
      says: /mine\.setTimer: a timer of 20 ms fired after/,
      change: {
        // At once: what only fires early may be late all the same on a busy machine.
        setTimer: (run: () => void, delayMs: number) =>
          delayMs === 20 ? platform.microtask(run) : platform.setTimer(run, delayMs),
      },
    },
    {
      check: "timers fire in order",
      says: /mine\.setTimer: timers that are due as abcd fired as acdb/,
      change: {
        setTimer: (run: () => void, delayMs: number) =>
          platform.setTimer(run, delayMs === 15 && steps() % 2 === 1 ? 60 : delayMs),
      },
    },
    {
      check: "a stopped timer stays silent",
      says: /mine\.clearTimer: a stopped timer of 0 ms fired/,
      change: { clearTimer: () => {} },
    },
    {
      check: "stopping a timer that is over does nothing",
      says: /mine\.clearTimer: it threw for a timer that is over/,
      change: {
        clearTimer: (timer: unknown) => {
          if (steps() > 1) throw new RangeError("no such timer");
          platform.clearTimer(timer);
        },
      },
    },
    {
      check: "the longest timers wait",
      says: /mine\.setTimer: a timer of 2147483647 ms fired at once/,
      change: {
        setTimer: (run: () => void, delayMs: number) =>
          platform.setTimer(run, delayMs > 2_147_483_646 ? 0 : delayMs),
      },
    },
    {
      check: "a fault is shown, and ends nothing",
      says: /mine\.reportFault: it threw/,
      change: {
        reportFault: (error: unknown) => {
          throw error;
        },
      },
    },
    {
      check: "a listener for the host's return can be ended",
      says: /mine\.onWake: it gave no function/,
      change: { onWake: () => undefined },
    },
    {
      check: "an uncaught error reaches the host, not its reporter",
      says: /mine\.reportError: the error did not come out/,
      change: { reportError: () => {} },
    },
    {
      check: "an uncaught error reaches the host, not its reporter",
      says: /mine\.reportError: it threw/,
      change: {
        reportError: (error: unknown) => {
          throw error;
        },
      },
    },
  ];
  let count = 0;
  const steps = (): number => ++count;

  describe("a platform that breaks a promise fails its check", () => {
    for (const { check, says, change } of mutants) {
      test(`${Object.keys(change)[0]}: ${says.source}`, async () => {
        count = 0;
        const mutant = { ...platform, host: "mine", reportFault: () => {}, ...change } as Platform;
        const checks = platformConformance(() => mutant, { uncaught: uncaughtDuring });
        const found = checks.find(({ name }) => name === check);
        await expect(found?.run()).rejects.toThrow(says);
      });
    }

    test("whose microtasks are turns is not asked for more of them", async () => {
      let asked = 0;
      const microtask = (run: () => void): void => {
        asked++;
        platform.macrotask(run);
      };
      const checks = platformConformance(() => ({ ...platform, host: "mine", microtask }));
      const check = checks.find(({ name }) => name.startsWith("microtasks run before"));
      await expect(check?.run()).rejects.toThrow(/came before a chain/);
      const before = asked;
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(asked - before).toBeLessThan(2);
    });

    test("making it: what starts is named", async () => {
      const [check] = platformConformance(() => {
        setTimeout(() => {}, 0);
        return { ...platform, host: "mine" };
      });
      await expect(check?.run()).rejects.toThrow(/mine\.host: making the platform used setTimeout/);
    });
  });

  test("every check has a name of its own, and without `uncaught` reportError is left alone", () => {
    const names = platformConformance(() => platform).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.join()).not.toContain("uncaught");
    expect(() => platformConformance(platform as never)).toThrow(TypeError);
  });
});
