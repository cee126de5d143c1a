// The virtual clock: time that a test moves, and a run that comes out the same each time.
// Owns SYS-4 and the promises of troupe/testing's clock. Links and ports that a test can cut are the
// other suites of this folder.

import { child, genServer, supervisor } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { rejection } from "../kernel/probes.js";

/** A run in which nearly everything is left to chance: what happened, in order. */
async function gamble(seed: number): Promise<string[]> {
  const { system, clock } = testSystem({ seed, onCrash: () => {} });
  const log: string[] = [];
  system.observe((event) => log.push(`${event.atMs} ${JSON.stringify({ ...event, reason: "" })}`));
  const Gambler = genServer({
    id: "gambler",
    init(self) {
      self.sendAfter(Math.floor(self.platform.random() * 50), "throw");
      return 0;
    },
    info(self) {
      const dice = self.platform.random();
      self.log.info(`threw ${dice}`);
      if (dice < 0.3) throw new Error("lost");
      self.sendAfter(dice * 100, "throw");
    },
  });
  const House = supervisor({
    maxRestarts: 20,
    periodMs: 1_000,
    strategy: "restForOne",
    children: { one: child(Gambler, []), two: child(Gambler, []), three: child(Gambler, []) },
  });
  await system.start(House);
  await clock.advance(2_000);
  await system.stop();
  return log;
}

export const suite = defineSuite("virtual clock", ({ test, expect }) => {
  test("SYS-4: a seed replays a run exactly, and another seed makes another run", async () => {
    const first = await gamble(7);
    expect(first.length).toBeGreaterThan(50);
    expect(await gamble(7)).toEqual(first);
    expect(await gamble(8)).not.toEqual(first);
  });

  test("next moves time on to the next timer, however far it is, and tells when there is none", async () => {
    const { platform, clock } = virtualPlatform();
    let fired = 0;
    platform.setTimer(() => fired++, 10_000);
    platform.setTimer(() => fired++, 30);
    expect([await clock.next(), clock.nowMs, fired]).toEqual([true, 30, 1]);
    expect([await clock.next(), clock.nowMs, fired]).toEqual([true, 10_000, 2]);
    expect([await clock.next(), clock.nowMs]).toEqual([false, 10_000]);
  });

  test("advance stops at each timer on the way, in order, and fires one that is due at the end", async () => {
    const { platform, clock } = virtualPlatform();
    const fired: [string, number][] = [];
    const note = (name: string) => () => void fired.push([name, platform.now()]);
    platform.setTimer(note("c"), 30);
    platform.setTimer(() => {
      note("a")();
      platform.setTimer(note("b"), 10);
    }, 10);
    platform.setTimer(note("late"), 31);
    await clock.advance(30);
    expect(fired).toEqual([
      ["a", 10],
      ["b", 20],
      ["c", 30],
    ]);
    expect([clock.nowMs, clock.timers]).toEqual([30, 1]);
  });

  test("settle waits for every chain of promises and of macrotasks, however long", async () => {
    const { platform, clock } = virtualPlatform();
    let left = 50;
    const next = async (): Promise<void> => {
      for (let link = 0; link < 1_000; link++) await null;
      if (--left > 0) platform.macrotask(next);
    };
    platform.macrotask(next);
    await Promise.all([clock.settle(), clock.settle()]);
    expect(left).toBe(0);
  });

  test("wake tells those who listen, until they stop", () => {
    const { platform, clock } = virtualPlatform();
    let told = 0;
    const end = platform.onWake?.(() => {
      told++;
    });
    clock.wake();
    end?.();
    clock.wake();
    expect(told).toBe(1);
  });

  test("a time that is none is a RangeError that names it", async () => {
    const { clock } = virtualPlatform();
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await rejection(clock.advance(ms))).toMatchObject({
        name: "RangeError",
        message: `ms is ${ms}: it must be a number of milliseconds, 0 or more`,
      });
    }
  });
});
