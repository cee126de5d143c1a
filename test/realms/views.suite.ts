// Snapshots of remote actors: sent while somebody looks, and not longer. Over a link in memory on virtual
// time. Owns RLM-20; what a view is to a handle is test/kernel and test/behaviours.

import { type child, genServer, supervisor } from "../../src/index.js";
import { remote } from "../../src/realms/places/remote.js";
import { jsonCodec } from "../../src/realms/values/json-codec.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { rejection } from "../kernel/probes.js";
import { type Pair, pairOf } from "./pair.js";

/** How often the view was computed there. */
let computed = 0;

const Counter = genServer({
  id: "counter",
  init: () => ({ count: 0 as number | undefined }),
  call: {
    crash: (): void => {
      throw new Error("asked for");
    },
  },
  cast: {
    set: (self, count: number | undefined) => {
      self.state.count = count;
    },
  },
  view: ({ count }) => {
    computed++;
    return count === undefined ? undefined : { count };
  },
  accepts: {
    crash: [],
    set: [{ "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } }],
  },
});

/** Looks the same as long as it lives. */
const Plain = genServer({
  id: "plain",
  init: () => "plain",
  call: {
    crash: (): void => {
      throw new Error("asked for");
    },
  },
  view: (state) => state,
});

const App = supervisor({
  id: "app",
  maxRestarts: 9,
  children: (add: typeof child) => ({ plain: add(Plain, []) }),
});

/** Gives what it owns to whoever asks. */
const Owner = genServer({
  id: "owner",
  init: (self) => self.spawn(Counter),
  call: { counter: async (self) => self.state },
  accepts: { counter: [] },
});

/** Counts the snapshots that arrive. */
function arriving({ workers }: Pair): () => number {
  let count = 0;
  const { near } = workers[0]?.link ?? {};
  if (!near?.onFrame) throw new Error("no link");
  const { onFrame } = near;
  near.onFrame = (packet) => {
    const text = typeof packet === "string" ? packet : JSON.stringify(packet);
    count += text.split('"t":"view"').length - 1;
    onFrame(packet);
  };
  return () => count;
}

export const suite = defineSuite("views of remote actors", ({ test, expect }) => {
  async function made(options: Parameters<typeof pairOf>[1] = {}) {
    const pair = pairOf([Counter], options);
    const counter = pair.page.launch(remote<typeof Counter>("counter", pair.place));
    await pair.clock.settle();
    const arrived = arriving(pair);
    let n = 0;
    /** Changes the state every 100 ms. */
    const change = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 100) {
        counter.cast.set(++n);
        await pair.clock.advance(100);
      }
    };
    return { ...pair, counter, arrived, change, last: () => n };
  }

  for (const [link, options] of [
    ["structured clones", {}],
    ["text", { codec: jsonCodec, link: { clone: false } }],
  ] as const) {
    test(`RLM-20: a snapshot is sent while somebody is subscribed, and no longer than 5 s after, over ${link}`, async () => {
      const { counter, change, arrived, stop, last } = await made(options);
      await change(1_000);
      expect(arrived()).toBe(0);
      const seen: unknown[] = [];
      const unsubscribe = counter.subscribe(() => seen.push(counter.getSnapshot()?.count));
      await change(20_000);
      expect(seen.at(-1)).toBe(last());
      expect(arrived()).toBeGreaterThan(199);
      unsubscribe();
      await change(5_200);
      const then = arrived();
      computed = 0;
      await change(20_000);
      expect([arrived(), computed]).toEqual([then, 0]);
      expect(await stop()).toEqual({ timers: 0 });
    });
  }

  test("RLM-20: whoever reads it now and then has the present one, whoever pauses the last that came first", async () => {
    const { counter, clock, change, arrived, stop, last } = await made();
    expect(counter.getSnapshot()).toBe(undefined);
    for (let n = 0; n < 10; n++) {
      await change(2_000);
      expect(counter.getSnapshot()?.count).toBe(last());
    }
    const then = last();
    await change(10_000);
    const count = arrived();
    const old = counter.getSnapshot();
    expect(old?.count).toBeGreaterThan(then);
    expect(old?.count).toBeLessThan(last());
    await clock.settle();
    expect([counter.getSnapshot()?.count, arrived()]).toEqual([last(), count + 1]);
    expect(counter.getSnapshot()).toBe(counter.getSnapshot());
    await change(1_000);
    expect(counter.getSnapshot()?.count).toBe(last());
    await stop();
  });

  test("RLM-20: who subscribes again is told of the present one, and of what comes", async () => {
    const { counter, clock, change, stop, last } = await made();
    counter.subscribe(() => {})();
    await change(6_000);
    // Nothing is nothing, whatever it was before.
    for (const expected of [undefined, { count: last() + 1 }]) {
      counter.cast.set(expected?.count);
      await clock.settle();
      const seen: unknown[] = [];
      const unsubscribe = counter.subscribe(() => seen.push(counter.getSnapshot()));
      await clock.settle();
      expect(seen).toEqual([expected]);
      await change(200);
      expect(seen.slice(1)).toEqual([{ count: last() - 1 }, { count: last() }]);
      unsubscribe();
      await change(6_000);
    }
    await stop();
  });

  test("RLM-20: a look that crosses the last word finds the way open again", async () => {
    const { counter, clock, change, stop, last } = await made({ link: { delayMs: 40 } });
    counter.subscribe(() => {})();
    for (let n = 0; n < 20; n++) {
      await change(4_900 + 100 * (n % 4));
      await clock.advance(10 * n);
      expect(counter.getSnapshot()).not.toBe(null);
      await clock.advance(100);
      expect(counter.getSnapshot()?.count).toBe(last());
    }
    await stop();
  });

  test("RLM-20: the next incarnation of a child is shown, though it looks as the one before", async () => {
    const pair = pairOf([App]);
    const { page, place, clock, stop } = pair;
    const app = page.launch(remote<typeof App>("app", place));
    await clock.settle();
    const { plain } = app.child;
    for (let n = 0; n < 3; n++) {
      plain.getSnapshot();
      await clock.settle();
      expect([n, plain.getSnapshot()]).toEqual([n, "plain"]);
      const crash = rejection(plain.call.crash());
      await clock.settle();
      await crash;
      expect(plain.status).toBe("live");
    }
    await stop();
  });

  test("RLM-20: a ref that was forgotten and is known again is shown again", async () => {
    const there = testSystem();
    const shared = { owner: await there.system.start(Owner) };
    const { page, place, clock, stop } = pairOf([], {
      link: { trusted: false },
      shared: true,
      serve: { system: there.system, shared },
    });
    const settle = async () => {
      for (let n = 0; n < 4; n++) {
        await clock.settle();
        await there.clock.settle();
      }
    };
    const owner = page.launch(remote<typeof Owner>("owner", place));
    await settle();
    for (let n = 0; n < 3; n++) {
      const asked = owner.call.counter();
      await settle();
      const counter = await asked;
      counter.getSnapshot();
      await settle();
      expect([n, counter.getSnapshot()]).toEqual([n, { count: 0 }]);
      counter.kill();
      await settle();
      expect(counter.status).toBe("down");
    }
    await stop();
    await there.system.stop();
  });

  test("RLM-20: what is shared is sent to who looks, and shown to who comes back", async () => {
    const there = testSystem();
    const shared = { counter: await there.system.start(Counter) };
    const { page, place, clock, stop } = pairOf([], {
      link: { trusted: false },
      shared: true,
      serve: { system: there.system, shared },
    });
    const settle = async () => {
      for (let n = 0; n < 3; n++) {
        await clock.settle();
        await there.clock.settle();
      }
    };
    for (let n = 0; n < 3; n++) {
      const counter = page.launch(remote<typeof Counter>("counter", place));
      await settle();
      const seen: unknown[] = [];
      counter.subscribe(() => seen.push(counter.getSnapshot()));
      await settle();
      expect(seen).toEqual([{ count: n }]);
      counter.cast.set(n + 1);
      await settle();
      expect(seen.at(-1)).toEqual({ count: n + 1 });
      const stopped = counter.stop();
      await settle();
      await stopped;
      computed = 0;
      shared.counter.cast.set(n + 1);
      await settle();
      expect(computed).toBe(0);
    }
    await stop();
    await there.system.stop();
  });

  test("RLM-20: what was looked at over a link that is lost is not computed any more", async () => {
    for (const trusted of [true, false]) {
      const there = testSystem();
      const shared = { counter: await there.system.start(Counter) };
      const { page, place, workers, clock, stop } = pairOf([], {
        link: { trusted },
        shared: true,
        serve: { system: there.system, shared },
        page: { onCrash: () => {} },
      });
      const settle = async () => {
        for (let n = 0; n < 3; n++) {
          await clock.settle();
          await there.clock.settle();
        }
      };
      const counter = page.launch(remote<typeof Counter>("counter", place));
      await settle();
      counter.subscribe(() => {});
      await settle();
      computed = 0;
      shared.counter.cast.set(1);
      await settle();
      expect([counter.getSnapshot(), computed]).toEqual([{ count: 1 }, 1]);
      workers[0]?.link.cut("cut");
      await settle();
      shared.counter.cast.set(2);
      await settle();
      expect([counter.status, computed]).toEqual(["down", 1]);
      await stop();
      await there.system.stop();
    }
  });
});
