// The run queue: whose turn it is, and when the host gets its own.
// Owns SYS-2: the budget, fairness and flush, on a platform whose clock and
// turns the test holds. Does not cover what a message does.

import { createSystemOn, genServer, type Platform } from "../../src/index.js";
import { RunQueue } from "../../src/kernel/run-queue.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { latch } from "./probes.js";

/** A platform on which nothing runs by itself: the test runs the turns. */
function heldPlatform() {
  const microtasks: (() => void)[] = [];
  const macrotasks: (() => void)[] = [];
  let now = 0;
  const platform: Platform = {
    ...virtualPlatform().platform,
    now: () => now,
    microtask: (run) => void microtasks.push(run),
    macrotask: (run) => void macrotasks.push(run),
  };
  const drain = (tasks: (() => void)[]) => {
    for (let run = tasks.shift(); run !== undefined; run = tasks.shift()) run();
  };
  return {
    platform,
    macrotasks,
    spend: (ms: number) => {
      now += ms;
    },
    microturn: () => drain(microtasks),
    macroturn: () => {
      for (const run of macrotasks.splice(0)) run();
      drain(microtasks);
    },
  };
}

interface Runnable {
  run(quantum: number): number;
}

/** A queue of things that run themselves. */
const queueOn = (platform: Platform, budgetMs: number) =>
  new RunQueue<Runnable>(platform, budgetMs, (worker, quantum) => worker.run(quantum));

export const suite = defineSuite("run queue", ({ describe, test, expect }) => {
  describe("the budget", () => {
    test("SYS-2: after budgetMs the rest waits for a macrotask", () => {
      const host = heldPlatform();
      const queue = queueOn(host.platform, 4);
      let slices = 0;
      const worker = {
        run(quantum: number) {
          host.spend(1);
          if (++slices < 100) queue.push(worker);
          return quantum;
        },
      };
      queue.push(worker);
      host.microturn();
      const first = slices;
      expect(first).toBeGreaterThanOrEqual(4);
      expect(first).toBeLessThanOrEqual(6);
      expect(host.macrotasks.length).toBeGreaterThan(0);
      host.macroturn();
      expect(slices).toBeGreaterThan(first);
      for (let turn = 0; turn < 50; turn++) host.macroturn();
      expect(slices).toBe(100);
    });

    for (const [how, microtasks] of [
      ["in one drain", false],
      ["in a chain of drains", true],
    ] as const) {
      test(`SYS-2: slow messages are timed one by one, ${how}`, () => {
        const host = heldPlatform();
        const queue = queueOn(host.platform, 4);
        let handled = 0;
        const worker = {
          run(quantum: number) {
            for (let n = 0; n < quantum; n++) {
              handled++;
              host.spend(10);
              if (microtasks) break;
            }
            if (microtasks) host.platform.microtask(() => queue.push(worker));
            else queue.push(worker);
            return microtasks ? 1 : quantum;
          },
        };
        queue.push(worker);
        host.microturn();
        expect(handled).toBeLessThanOrEqual(3);
      });
    }

    test("SYS-2: when quick messages turn slow, it is noticed within 32 of them", () => {
      const host = heldPlatform();
      const queue = queueOn(host.platform, 4);
      let handled = 0;
      const worker = {
        run(quantum: number) {
          for (let n = 0; n < quantum; n++) host.spend(++handled > 500 ? 10 : 0.001);
          queue.push(worker);
          return quantum;
        },
      };
      queue.push(worker);
      host.microturn();
      expect(handled).toBeLessThanOrEqual(500 + 64);
    });

    test("SYS-2: a clock that stands still while code runs does not starve the host", () => {
      const host = heldPlatform();
      const queue = queueOn(host.platform, 4);
      let handled = 0;
      const worker = {
        run(quantum: number) {
          handled += quantum;
          queue.push(worker);
          return quantum;
        },
      };
      queue.push(worker);
      host.microturn();
      expect(handled).toBeGreaterThan(1_000);
      expect(handled).toBeLessThan(100_000);
    });

    test("SYS-2: a budget of 0 gives the host its turn at every look at the clock", () => {
      const host = heldPlatform();
      const queue = queueOn(host.platform, 0);
      let handled = 0;
      const worker = {
        run(quantum: number) {
          handled += quantum;
          if (handled < 64 * 20) queue.push(worker);
          return quantum;
        },
      };
      queue.push(worker);
      host.microturn();
      expect(handled).toBeLessThanOrEqual(128);
    });

    test("SYS-2: the budget is that of a turn: a chain of short drains gets no more of it", () => {
      const host = heldPlatform();
      const queue = queueOn(host.platform, 4);
      let drains = 0;
      const worker = {
        run() {
          drains++;
          host.spend(0.1);
          // As an awaited call does: the next message comes in a microtask of its own.
          host.platform.microtask(() => queue.push(worker));
          return 1;
        },
      };
      queue.push(worker);
      host.microturn();
      expect(drains).toBeLessThan(200);
      expect(host.macrotasks.length).toBeGreaterThan(0);
    });
  });

  test("SYS-2: two actors that saturate each other leave timers and the rest of the host their turn", async () => {
    const { platform } = virtualPlatform();
    let now = 0;
    let turns = 0;
    const done = latch();
    const system = createSystemOn({
      ...platform,
      now: () => {
        now += 0.5;
        return now;
      },
      macrotask: (run) => {
        const { setTimeout } = globalThis as unknown as {
          setTimeout(run: () => void, ms: number): void;
        };
        setTimeout(() => {
          if (++turns >= 5) done.resolve();
          run();
        }, 0);
      },
    });
    type Peer = { cast: { ball(to: Peer): boolean; start(to: Peer): boolean } };
    let played = 0;
    const Player = genServer({
      id: "player",
      init: () => null as Peer | null,
      cast: {
        start(self, to: Peer) {
          self.state = to;
          to.cast.ball(self.ref as unknown as Peer);
        },
        ball(_self, to: Peer) {
          played++;
          (to as unknown as { cast: { back(): boolean } }).cast.back();
        },
        back(self) {
          self.state?.cast.ball(self.ref as unknown as Peer);
        },
      },
    });
    const [a, b] = [await system.start(Player), await system.start(Player)];
    a.cast.start(b as unknown as Peer);
    await done.promise;
    expect(turns).toBeGreaterThanOrEqual(5);
    expect(played).toBeGreaterThan(100);
    a.kill();
    b.kill();
    await system.stop();
  });

  test("SYS-2: a long mailbox of one actor does not hold up another", async () => {
    const { platform } = virtualPlatform();
    const system = createSystemOn(platform);
    const order: string[] = [];
    const Worker = genServer({
      id: "worker",
      init: (_self, name: string) => name,
      cast: { work: (self) => void order.push(self.state) },
    });
    const [busy, quick] = [await system.start(Worker, "busy"), await system.start(Worker, "quick")];
    for (let n = 0; n < 1_000; n++) busy.cast.work();
    quick.cast.work();
    await busy.stop();
    expect(order.indexOf("quick")).toBeLessThanOrEqual(64);
    await system.stop();
  });

  describe("flush", () => {
    const Field = genServer({
      id: "field",
      init: () => "",
      call: { get: (self) => self.state, hold: (_self, gate: Promise<void>) => gate },
      cast: {
        type: (self, text: string) => {
          self.state = text;
        },
      },
      view: (state) => state,
    });

    test("H-3: it handles what waits and tells subscribers before it returns", async () => {
      const { platform } = virtualPlatform();
      const system = createSystemOn(platform);
      const field = await system.start(Field);
      const seen: unknown[] = [];
      field.subscribe(() => seen.push(field.getSnapshot()));
      field.cast.type("a");
      field.cast.type("ab");
      field.flush();
      expect(field.getSnapshot()).toBe("ab");
      expect(seen).toEqual(["ab"]);
      await system.stop();
    });

    test("H-3: it returns even if every message it handles brings another", async () => {
      const { platform } = virtualPlatform();
      const system = createSystemOn(platform);
      let rounds = 0;
      const Endless = genServer({
        id: "endless",
        init: () => 0,
        cast: {
          again(self) {
            rounds++;
            (self.ref as unknown as { cast: { again(): void } }).cast.again();
          },
        },
      });
      const endless = await system.start(Endless);
      endless.cast.again();
      endless.flush();
      expect(rounds).toBeGreaterThan(1_000);
      endless.kill();
      await system.stop();
    });

    test("H-3: a running handler is left alone, and nothing is handled twice", async () => {
      const { platform } = virtualPlatform();
      const system = createSystemOn(platform);
      const field = await system.start(Field);
      const gate = latch();
      const held = field.call.hold(gate.promise);
      field.flush();
      field.cast.type("late");
      field.flush();
      expect(field.getSnapshot()).toBe("");
      gate.resolve();
      await held;
      expect(await field.call.get()).toBe("late");
      await system.stop();
    });
  });
});
