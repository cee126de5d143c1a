// What a system keeps when processes come and go: nothing. Owns the proof that ends leave no memory
// behind, by the heap of V8 after a collection. Node only: no other host lets a test collect.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { createSystem } from "../../platform/node/index.js";
import { child, genServer, stateMachine, supervisor } from "../../src/index.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of the heap once everything that nobody holds is gone. */
async function heap(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  return process.memoryUsage().heapUsed;
}

/**
 * How much `times` runs leave behind, in bytes each, once one round of them has warmed up: the least of three
 * rounds. What leaks does so in each of them; what the engine keeps for itself, such as code, it keeps once.
 */
async function leftBehind(times: number, run: (times: number) => Promise<void>): Promise<number> {
  await run(times);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3 && least >= NOTHING; round++) {
    const before = await heap();
    await run(times);
    least = Math.min(least, ((await heap()) - before) / times);
  }
  return least;
}

/** Less than the smallest object: what is measured is noise of the engine. */
const NOTHING = 12;

const Counter = genServer({
  id: "counter",
  init: (self, start: number = 0) => {
    self.use({ [Symbol.dispose]: () => {} });
    return { count: start, timer: self.sendAfter(60_000, "late") };
  },
  call: {
    get: (self) => self.state.count,
    watch: (self, other: { id: string }) => void self.monitor(other),
    link: (self, other: { id: string }) => void self.link(other),
  },
  cast: {
    crash() {
      throw new Error("asked for");
    },
  },
  view: (state) => state.count,
});

// Work, not waiting: how long it takes is the machine's matter.
describe("memory", { timeout: 60_000 }, () => {
  test("10,000 processes that were started, called, watched and stopped leave nothing", async () => {
    await using system = createSystem();
    const watcher = await system.start(Counter);
    const left = await leftBehind(10_000, async (times) => {
      for (let n = 0; n < times; n++) {
        const counter = await system.start(Counter, n);
        const unsubscribe = counter.subscribe(() => {});
        await watcher.call.watch(counter);
        await watcher.call.link(counter);
        await counter.call.get();
        await counter.stop();
        unsubscribe();
      }
    });
    expect(left).toBeLessThan(NOTHING);
  });

  test("10,000 restarts of a child leave nothing, whoever watches its handle", async () => {
    await using system = createSystem();
    const App = supervisor({
      maxRestarts: Number.POSITIVE_INFINITY,
      children: { counter: child(Counter, [1]) },
    });
    const app = await system.start(App);
    const { counter } = app.child;
    const unsubscribe = counter.subscribe(() => {});
    const left = await leftBehind(5_000, async (times) => {
      for (let n = 0; n < times; n++) {
        counter.cast.crash();
        await counter
          .with({ whenDown: "wait" })
          .call.get()
          .catch(() => {});
      }
      await counter.ready;
    });
    unsubscribe();
    expect(left).toBeLessThan(NOTHING);
  });

  test("20,000 timers that have fired leave nothing in the process that set them", async () => {
    let ticks = 0;
    const Ticker = stateMachine({
      id: "ticker",
      init: () => ({ state: "tick", data: null }),
      states: {
        tick: {
          enter: (self) => self.stateTimeout(0.01),
          stateTimeout: (self) => self.nextState("tock"),
        },
        tock: {
          enter: (self) => self.stateTimeout(0.01),
          stateTimeout(self) {
            ticks++;
            self.nextState("tick");
          },
        },
      },
    });
    await using system = createSystem();
    const tickers = await Promise.all(Array.from({ length: 50 }, () => system.start(Ticker)));
    expect(tickers).toHaveLength(50);
    const left = await leftBehind(20_000, async (times) => {
      for (const until = ticks + times; ticks < until; ) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    expect(left).toBeLessThan(NOTHING);
  });

  test("10,000 offers and calls that were given up leave nothing in a full mailbox", async () => {
    await using system = createSystem();
    const Full = genServer({
      id: "full",
      init: () => null,
      call: { hold: () => new Promise<never>(() => {}) },
      cast: { put() {} },
      mailbox: { max: 1, overflow: "block" },
    });
    const full = await system.start(Full);
    void full.call.hold().catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    full.cast.put();
    const left = await leftBehind(10_000, async (times) => {
      for (let n = 0; n < times; n++) {
        const controller = new AbortController();
        const offered = full.with({ signal: controller.signal }).offer.put();
        controller.abort();
        await offered.catch(() => {});
      }
    });
    full.kill();
    expect(left).toBeLessThan(NOTHING);
  });
});
