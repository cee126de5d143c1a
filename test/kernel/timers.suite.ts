// Timers: one host timer for each duration, each node on time.
// Owns the promises of the timer lists, on virtual time. What timers are for is tested where they are
// used: calls.suite.ts, ending.suite.ts.

import { Alarm, Timers } from "../../src/kernel/timers.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";

export const suite = defineSuite("timers", ({ test, expect }) => {
  function made() {
    const { platform, clock } = virtualPlatform();
    const timers = new Timers(platform);
    const fired: [string, number][] = [];
    const alarm = (name: string) => new Alarm(() => fired.push([name, clock.nowMs]));
    return { timers, clock, fired, alarm };
  }

  test("many timers of one duration share one host timer, and each fires at its own time", async () => {
    const { timers, clock, fired, alarm } = made();
    for (let n = 0; n < 10; n++) {
      timers.start(alarm(`t${n}`), 100);
      await clock.advance(3);
    }
    expect(clock.timers).toBe(1);
    expect(fired).toEqual([]);
    await clock.advance(100);
    expect(fired.map(([, at]) => at)).toEqual([100, 103, 106, 109, 112, 115, 118, 121, 124, 127]);
    expect(clock.timers).toBe(0);
  });

  test("a timer started while its list fires delays none of those that wait", async () => {
    const { timers, clock, fired, alarm } = made();
    timers.start(new Alarm(() => timers.start(alarm("third"), 100)), 100);
    await clock.advance(1);
    timers.start(alarm("second"), 100);
    await clock.advance(99);
    expect(clock.timers).toBe(1);
    await clock.advance(400);
    expect(fired).toEqual([
      ["second", 101],
      ["third", 200],
    ]);
  });

  test("P-7: where something waits all the time, the host is asked for few turns, and nothing is cut short", async () => {
    const { platform, clock } = virtualPlatform();
    let turns = 0;
    const timers = new Timers({
      ...platform,
      macrotask(run) {
        turns++;
        platform.macrotask(run);
      },
    });
    let endedAt: [string, number][] = [];
    const alarm = (name: string) => new Alarm(() => endedAt.push([name, clock.nowMs]));
    timers.start(alarm("first"), 5_000);
    // As calls to a worker, each answered a millisecond later.
    for (let n = 0; n < 1_000; n++) {
      const call = alarm("call");
      timers.start(call, 2_000);
      await clock.advance(1);
      timers.drop(call);
    }
    expect(turns).toBeLessThan(20);
    const startedAt = clock.nowMs;
    timers.start(alarm("long"), 2_000);
    await clock.advance(1_999);
    expect(endedAt).toEqual([]);
    await clock.advance(60);
    expect(endedAt.map(([name]) => name)).toEqual(["long"]);
    endedAt = [];
    // A short one begins with its turn all the same.
    timers.start(alarm("short"), 10);
    await clock.advance(11);
    expect(endedAt).toEqual([["short", startedAt + 2_059 + 10]]);
    await clock.advance(5_000);
    expect(endedAt.map(([name]) => name)).toEqual(["short", "first"]);
    expect(clock.timers).toBe(0);
  });

  test("P-7: a time begins at the end of the host's turn, and is never cut short", () => {
    const turns: (() => void)[] = [];
    let [now, looks] = [0, 0];
    const hosted: { ms: number; run: () => void }[] = [];
    const timers = new Timers({
      ...virtualPlatform().platform,
      now: () => {
        looks++;
        return now;
      },
      macrotask: (run) => void turns.push(run),
      setTimer: (run, ms) => hosted.push({ ms, run }),
    });
    const fired: string[] = [];
    const answered = new Alarm(() => fired.push("answered"));
    timers.start(answered, 100);
    timers.drop(answered);
    timers.start(new Alarm(() => fired.push("waits")), 100);
    // Nothing was asked of the host yet: what is over in its turn costs neither a look nor a timer.
    expect([looks, hosted.length]).toEqual([0, 0]);
    now = 3;
    for (const run of turns.splice(0)) run();
    expect(hosted.map(({ ms }) => ms)).toEqual([100]);
    now = 102;
    hosted[0]?.run();
    expect(fired).toEqual([]);
    now = 103;
    hosted[1]?.run();
    expect(fired).toEqual(["waits"]);
  });

  test("cancel gives the time left, once; a dropped timer never fires", async () => {
    const { timers, clock, fired, alarm } = made();
    const [a, b] = [alarm("a"), alarm("b")];
    timers.start(a, 100);
    timers.start(b, 100);
    await clock.advance(40);
    expect(timers.cancel(a)).toBe(60);
    expect(timers.cancel(a)).toBe(false);
    timers.drop(b);
    await clock.advance(1_000);
    expect(fired).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test("a list that ran empty gives its host timer back, and works again", async () => {
    const { timers, clock, fired, alarm } = made();
    const a = alarm("a");
    for (let n = 0; n < 3; n++) {
      timers.start(a, 100);
      await clock.advance(10);
      timers.drop(a);
      await clock.settle();
      expect(clock.timers).toBe(0);
    }
    timers.start(a, 100);
    await clock.advance(100);
    expect(fired).toEqual([["a", 130]]);
  });

  test("clear gives every host timer back and nothing fires any more", async () => {
    const { timers, clock, fired, alarm } = made();
    for (const ms of [1, 2, 3]) timers.start(alarm(`t${ms}`), ms);
    timers.clear();
    expect(clock.timers).toBe(0);
    await clock.advance(10);
    expect(fired).toEqual([]);
  });
});
