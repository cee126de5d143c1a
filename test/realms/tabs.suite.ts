// Actors that live once for all tabs. Each tab is a system of this realm here: locks and channels are the
// host's own, and do not care. They take what time they take: that of the tabs stands still unless a test moves
// it on, so nobody is late. Tabs that are closed, frozen and left are test/realms/tabs.test.ts.

import { rootOf } from "../../src/behaviours/system.js";
import { createSystemOn, genServer, type System, supervisor } from "../../src/index.js";
import type { Platform } from "../../src/kernel/platform.js";
import { Epochs } from "../../src/realms/links/epochs.js";
import type { Locks } from "../../src/realms/links/host-locks.js";
import { placeOf } from "../../src/realms/places/place.js";
import { remote } from "../../src/realms/places/remote.js";
import { type Served, serveOn } from "../../src/realms/session/serve.js";
import { nextEpochInTime } from "../../src/realms/tabs/epoch-store.js";
import { type Tabs, type TabsOptions, tabs } from "../../src/realms/tabs/tabs.js";
import { memoryRealmLink } from "../../src/testing/memory-realm-link.js";
import { type VirtualClock, virtualPlatform } from "../../src/testing/virtual-platform.js";
import { hasCapability } from "../harness/capabilities.js";
import { defineSuite } from "../harness/suite.js";
import { rejection } from "../kernel/probes.js";

const needs = { needs: "locks" } as const;

/** Resolves as soon as `is` holds; fails after ten seconds. */
async function until(is: () => unknown): Promise<void> {
  for (let n = 0; n < 1_000; n++) {
    if (await is()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Waited in vain until ${is}`);
}

type Names = readonly { readonly name?: string }[];
interface LocksWithQueue extends Pick<Locks, "request"> {
  query(): Promise<{ readonly held?: Names; readonly pending?: Names }>;
}
const locks = () => (navigator as unknown as { locks: LocksWithQueue }).locks;
let lastName = 0;
const run = Math.random().toString(36).slice(2);
/** Other runs share locks and channels: each test has a name of its own. */
const newName = (): string => `${run}-${++lastName}`;

export const suite = defineSuite("realms tabs", ({ describe, test, expect, platform }) => {
  /** What was started, in which tab, and why it ended. */
  interface Log {
    readonly starts: number[];
    readonly ends: unknown[];
  }
  /** An application of several tabs, with a time of its own. */
  interface App {
    readonly name: string;
    readonly log: Log;
    readonly clock: VirtualClock;
    openTab(options?: TabsOptions): Tab;
  }
  const counterOf = (tab: number, log: Log) =>
    genServer({
      id: "counter",
      init: () => {
        log.starts.push(tab);
        return { count: 0 };
      },
      call: {
        add: (self, by: number) => {
          self.state.count += by;
          return self.state.count;
        },
        where: () => tab,
        never: (self) => self.replyLater<number>(),
      },
      terminate: (_self, reason) => {
        log.ends.push(reason);
      },
    });
  type Counter = ReturnType<typeof counterOf>;

  interface Tab {
    readonly system: System;
    readonly app: Tabs;
    readonly served: Served;
    readonly counter: Counter;
    close(): Promise<void>;
  }

  function newApp(): App {
    const { platform: virtual, clock } = virtualPlatform();
    const { now, setTimer, clearTimer } = virtual;
    const still = { ...platform, now, setTimer, clearTimer };
    const [name, log]: [string, Log] = [newName(), { starts: [], ends: [] }];
    return { name, log, clock, openTab: (options) => openTab(still, name, log, options) };
  }

  let lastTab = 0;
  function openTab(host: Platform, name: string, log: Log, options: TabsOptions = {}): Tab {
    const tab = ++lastTab;
    const app = tabs(name, options);
    const serve = serveOn(
      () => createSystemOn(host),
      () => {
        throw new Error("no parent");
      },
    );
    const served = serve([counterOf(tab, log)], { on: app });
    // Those that nobody supervises end with the link, which is no news here.
    const system = createSystemOn(host, { onCrash: () => {} });
    // As an application writes it: the two need not be one object.
    const counter = remote<Counter>("counter", tabs(name, options));
    const close = async (): Promise<void> => {
      await served.stop();
      await system.stop();
      // Deno loses a channel that is opened in the moment when the last one was closed.
      await new Promise((resolve) => setTimeout(resolve, 30));
    };
    return { system, app, served, counter, close };
  }

  const heldUnder = async (name: string): Promise<number> => {
    const { held = [] } = await locks().query();
    return held.filter((lock) => lock.name?.includes(name)).length;
  };

  describe("a leader", needs, () => {
    test("RLM-15: of three tabs one leads, and all reach its actor, it too", async () => {
      const { name, log, openTab } = newApp();
      const all = [1, 2, 3].map(() => openTab());
      const counters = [];
      for (const { system, counter } of all) counters.push(await system.start(counter));
      expect(log.starts.length).toBe(1);
      expect(all.filter(({ app }) => app.epoch > 0).length).toBe(1);
      const sums = [];
      for (const counter of counters) sums.push(await counter.call.add(1));
      expect(sums).toEqual([1, 2, 3]);
      for (const tab of all.reverse()) await tab.close();
      await until(async () => (await heldUnder(name)) === 0);
    });

    test("that ends gives way to another tab, whose number is higher; supervisors find it", async () => {
      const { name, log, openTab } = newApp();
      const first = openTab();
      await until(() => first.app.epoch > 0);
      const second = openTab();
      const App = supervisor({
        maxRestarts: 5,
        children: (child) => ({ counter: child(second.counter, []) }),
      });
      const app = await second.system.start(App);
      const { counter } = app.child;
      expect([await counter.call.add(1), await counter.call.where()]).toEqual([1, log.starts[0]]);
      const before = first.app.epoch;
      const pending = rejection(counter.call.never());
      await first.close();
      expect(await pending).toMatchObject({ reason: "noconnection" });
      const where = await counter.with({ whenDown: "wait" }).call.where();
      expect([where, log.starts.length]).toEqual([log.starts[1], 2]);
      expect(second.app.epoch).toBeGreaterThan(before);
      await second.close();
      await until(async () => (await heldUnder(name)) === 0);
    });

    test("RLM-16: whose lock is stolen ends its actors as fenced, and is a candidate again", async () => {
      const { name, log, openTab } = newApp();
      const tab = openTab();
      const counter = await tab.system.start(tab.counter);
      const before = tab.app.epoch;
      let changes = 0;
      const stop = tab.app.subscribe(() => changes++);
      const pending = rejection(counter.call.never());
      let release!: () => void;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { held: before2 = [] } = await locks().query();
      const lock = before2.find((one) => one.name?.includes(`${name}:leader`))?.name as string;
      const thief = locks().request(lock, { steal: true }, () => held);
      await until(() => tab.app.epoch === 0);
      expect(await pending).toMatchObject({ reason: "noconnection" });
      await until(() => log.ends.length === 1);
      expect([counter.status, log.ends]).toEqual(["down", [{ shutdown: "fenced" }]]);
      release();
      await thief;
      await until(() => tab.app.epoch > before);
      stop();
      expect(changes).toBe(2);
      expect(await (await tab.system.start(tab.counter)).call.add(1)).toBe(1);
      await tab.close();
    });

    test("that does not answer is replaced: the lock is stolen, and those who wait are served", async () => {
      const { name, clock, openTab } = newApp();
      let release!: () => void;
      const frozen = new Promise<void>((resolve) => {
        release = resolve;
      });
      // Holds the lock and says nothing, as a frozen tab does.
      const lost = rejection(locks().request(`troupe:${name}:leader`, {}, () => frozen));
      let isStolen = false;
      void lost.then(() => {
        isStolen = true;
      });
      const tab = openTab({ unresponsiveMs: 200, helloTimeoutMs: Infinity });
      const starting = tab.system.start(tab.counter);
      await until(async () => {
        if (!isStolen) await clock.advance(10);
        return isStolen;
      });
      expect(await (await starting).call.add(1)).toBe(1);
      expect(await lost).toMatchObject({ name: "AbortError" });
      release();
      await tab.close();
    });

    /** The host's channels, with what is said in those of that name, as it is said. */
    const overhearing = (name: string) => {
      const said: string[] = [];
      const channel = (of: string): BroadcastChannel => {
        const made = new BroadcastChannel(of);
        const post = made.postMessage.bind(made);
        made.postMessage = (message) => {
          if (of === name) said.push(message.troupe);
          post(message);
        };
        return made;
      };
      return { said, channel };
    };

    test("that answers is left in peace, however many ask", async () => {
      const { name, clock, openTab } = newApp();
      const { said, channel } = overhearing(`troupe:${name}`);
      const all = [1, 2].map(() => openTab({ unresponsiveMs: 400, channel }));
      await until(() => all.some(({ app }) => app.epoch > 0));
      const lobby = new BroadcastChannel(`troupe:${name}`);
      const epochs = all.map(({ app }) => app.epoch);
      const asked = () => said.filter((word) => word === "ask").length;
      let answers = 0;
      lobby.addEventListener("message", ({ data }) => {
        if (data.troupe === "here") answers++;
      });
      // Who took four questions for one silence would steal at the fifth, answered or not.
      for (let answered = 0; answered < 6; answered++) {
        for (let n = 0; n < 5; n++) lobby.postMessage({ troupe: "silent", opener: "x" });
        // No time passes while a question is under way, or its answer.
        await until(async () => {
          if (asked() <= answers) await clock.advance(10);
          return answers > answered;
        });
      }
      lobby.close();
      expect(asked()).toBeGreaterThanOrEqual(6);
      expect(said).not.toContain("stealing");
      expect(all.map(({ app }) => app.epoch)).toEqual(epochs);
      expect(epochs.filter((epoch) => epoch > 0).length).toBe(1);
      for (const tab of all.reverse()) await tab.close();
    });

    test("and those who reach it say nothing while nobody waits", async () => {
      const { name, clock, openTab } = newApp();
      const { said, channel } = overhearing(`troupe:${name}`);
      /** How many links watch the lock of the leader: those ask it nothing more. */
      const watching = async (): Promise<number> => {
        const { pending = [] } = await locks().query();
        return pending.filter((lock) => lock.name?.startsWith("troupe:life:")).length;
      };
      const before = await watching();
      const options = { unresponsiveMs: 40, busyAfterMs: 20, channel };
      const all = [1, 2].map(() => openTab(options));
      for (const { system, counter } of all) await system.start(counter);
      await until(async () => (await watching()) === before + 2);
      expect(said).toContain("find");
      said.length = 0;
      await clock.advance(1_000);
      expect(said).toEqual([]);
      for (const tab of all.reverse()) await tab.close();
    });

    test("that counts for long is not doubted: it holds the lock, and answers", async () => {
      const { name, openTab } = newApp();
      const own = Object.getOwnPropertyDescriptor(globalThis, "indexedDB");
      const hung = { open: () => ({}) };
      Object.defineProperty(globalThis, "indexedDB", { value: hung, configurable: true });
      try {
        const tab = openTab();
        await until(async () => (await heldUnder(`troupe:${name}:leader`)) === 1);
        const lobby = new BroadcastChannel(`troupe:${name}`);
        const answer = new Promise((resolve) =>
          lobby.addEventListener("message", ({ data }) => resolve(data)),
        );
        lobby.postMessage({ troupe: "ask" });
        expect(await answer).toEqual({ troupe: "here", epoch: 0 });
        expect(tab.app.epoch).toBe(0);
        lobby.close();
        await tab.close();
      } finally {
        if (own !== undefined) Object.defineProperty(globalThis, "indexedDB", own);
        else delete (globalThis as { indexedDB?: unknown }).indexedDB;
      }
    });

    test("that hears of a later one is none any more, and says so to its peers", async () => {
      const { name, log, openTab } = newApp();
      const tab = openTab();
      const counter = await tab.system.start(tab.counter);
      const before = tab.app.epoch;
      const lobby = new BroadcastChannel(`troupe:${name}`);
      lobby.postMessage({ troupe: "here", epoch: before + 1_000_000_000 });
      await until(() => counter.status === "down");
      await until(() => tab.app.epoch > before + 1_000_000_000);
      expect(log.ends).toEqual([{ shutdown: "fenced" }]);
      // An old one that wakes up is not listened to.
      const again = await tab.system.start(tab.counter);
      lobby.postMessage({ troupe: "here", epoch: before });
      expect(await again.call.add(1)).toBe(1);
      lobby.close();
      await tab.close();
    });
  });

  test("RLM-16: a greeting of a leader that is over is refused, and one that tells of a later leader ends it", async () => {
    const { platform: virtual, clock } = virtualPlatform();
    const opener = new Epochs();
    const heard: number[] = [];
    const serve = serveOn(
      () => createSystemOn(virtual),
      () => {
        throw new Error("no parent");
      },
    );
    const system = createSystemOn(virtual);
    const open = () => {
      const { near, far } = memoryRealmLink({ platform: virtual });
      Object.assign(near, { epochs: opener });
      Object.assign(far, { epochs: { current: 5, saw: (epoch: number) => heard.push(epoch) } });
      serve([counterOf(1, { starts: [], ends: [] })], {
        on: {
          listen(onLink) {
            onLink(far);
            return () => {};
          },
        },
      });
      return near;
    };
    const counter = remote<Counter>("counter", placeOf("leader", open));
    opener.saw(7);
    const refused = rejection(system.start(counter));
    await clock.advance(10);
    expect(String((await refused).cause)).toMatch(/leader 5 speaks, where 7 is known/);
    expect(heard).toEqual([7]);
  });

  test("epochs rise, also for those who ask at once, and beyond what was heard of", async () => {
    const name = newName();
    const nextEpoch = (of: string, seen: number, wallTimeMs: number): Promise<number> => {
      const { platform: virtual } = virtualPlatform();
      const system = createSystemOn({ ...virtual, wallTime: () => wallTimeMs });
      const { kernel } = rootOf(system) as NonNullable<ReturnType<typeof rootOf>>;
      return nextEpochInTime(kernel, of, seen);
    };
    const early = await Promise.all([1, 2, 3].map(() => nextEpoch(name, 0, 5)));
    const isKept = "indexedDB" in globalThis;
    expect(new Set(early).size).toBe(isKept ? 3 : 1);
    expect(await nextEpoch(name, 700, 5)).toBe(701);
    expect(await nextEpoch(name, 0, 5)).toBe(isKept ? 702 : 5);
    expect(await nextEpoch(name, 0, 1_000_000.7)).toBe(1_000_000);
  });

  test("a store that does not answer costs five seconds: then the time of day counts, and it is told", async () => {
    const { platform: virtual, clock } = virtualPlatform();
    const system = createSystemOn(virtual);
    const { kernel } = rootOf(system) as NonNullable<ReturnType<typeof rootOf>>;
    let epoch = 0;
    const never = (): Promise<number> => new Promise(() => {});
    void nextEpochInTime(kernel, "shop", 8e15, never).then((next) => {
      epoch = next;
    });
    await clock.advance(4_999);
    expect([epoch, clock.reported]).toEqual([0, []]);
    await clock.advance(1);
    expect(epoch).toBe(8e15 + 1);
    expect(String(clock.reported[0])).toMatch(
      /Cannot use IndexedDB on .*: it did not answer within 5000 ms, so the leader of shop counts by/,
    );
    expect(await nextEpochInTime(kernel, "shop", 8e15, async () => 9e15)).toBe(9e15);
    expect([clock.timers, clock.reported.length]).toEqual([0, 1]);
    await system.stop();
  });

  test("what was heard of only rises, and is told once", () => {
    const epochs = new Epochs();
    const told: number[] = [];
    const stop = epochs.onNewer((epoch) => told.push(epoch));
    for (const epoch of [3, 2, 3, Number.NaN, 1e300, "9" as never, 4]) epochs.saw(epoch);
    stop();
    epochs.saw(5);
    expect([epochs.current, told]).toEqual([5, [3, 4]]);
  });

  test("wrong arguments are refused, and a host without locks says what to do", async () => {
    expect(() => tabs("")).toThrow(TypeError);
    expect(() => tabs("a", { worker: 1 as never })).toThrow(TypeError);
    expect(() => tabs("a", { unresponsiveMs: -1 })).toThrow(RangeError);
    expect(() => tabs("a").listen(() => {})).toThrow(TypeError);
    const server = { root: { kernel: { platform: { host: "this host" } } } } as never;
    if (!hasCapability("locks")) {
      expect(() => tabs("a").listen(() => {}, server)).toThrow(/this host: it has no Web Locks/);
    }
  });
});
