// Actors that are there once for all peers, as in a shared worker: started on demand, reached by all.
// Over links in memory on virtual time.

import {
  type ActorRef,
  createSystemOn,
  genServer,
  ignore,
  restartChild,
  supervisor,
  terminateChild,
} from "../../src/index.js";
import type { Server } from "../../src/realms/links/listener.js";
import { shareActors } from "../../src/realms/links/shared-actors.js";
import { placeOf } from "../../src/realms/places/place.js";
import { remote } from "../../src/realms/places/remote.js";
import { type ServeOptions, serveOn } from "../../src/realms/session/serve.js";
import type { Link } from "../../src/realms/wire/link.js";
import { memoryRealmLink } from "../../src/testing/memory-realm-link.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { rejection } from "../kernel/probes.js";

/** What became of the counters: shared by a test and what it starts. */
interface Log {
  readonly starts: number[];
  readonly ends: unknown[];
}

const counterOf = (log: Log) =>
  genServer({
    id: "counter",
    init: (_self, start: number = 0) => {
      if (start < 0) throw new RangeError("below zero");
      log.starts.push(start);
      return start === 99 ? ignore : { count: start };
    },
    call: {
      add: (self, by: number) => {
        self.state.count += by;
        return self.state.count;
      },
      crash: () => {
        throw new Error("asked for");
      },
      me: (self) => self.ref,
      whose: (_self, ref: ActorRef) => ref.id,
    },
    terminate: (_self, reason) => {
      log.ends.push(reason);
    },
  });

type Counter = ReturnType<typeof counterOf>;

/** One serving realm, and as many pages as are asked for. */
function sharingOf(options: ServeOptions = {}, trusted = true) {
  const { platform, clock } = virtualPlatform();
  const log: Log = { starts: [], ends: [] };
  let accept!: (link: Link) => void;
  let server!: Server;
  const serve = serveOn(
    () => createSystemOn(platform),
    () => {
      throw new Error("no parent");
    },
  );
  const served = serve([counterOf(log)], {
    ...options,
    on: {
      share: shareActors,
      listen(onLink, by) {
        accept = onLink;
        server = by as Server;
        return () => {};
      },
    },
  });
  const systems = [served.system];
  return {
    clock,
    log,
    served,
    platform,
    get server() {
      return server;
    },
    place() {
      const open = () => {
        const { near, far } = memoryRealmLink({ platform, trusted });
        accept(far);
        return near;
      };
      return placeOf("hub", open, {}, { shared: true });
    },
    page() {
      const system = createSystemOn(platform);
      systems.push(system);
      return { system, counter: remote<Counter>("counter", this.place()) };
    },
    async stop() {
      for (const system of systems.reverse()) {
        const stopping = system.stop();
        await clock.advance(10_000);
        await stopping;
      }
      await clock.settle();
      return clock.timers;
    },
  };
}

export const suite = defineSuite("realms shared", ({ test, expect }) => {
  test("RLM-14: an actor is started once, with what the first peer gave, and all reach it", async () => {
    const hub = sharingOf();
    const [one, two] = [hub.page(), hub.page()];
    const first = one.system.start(one.counter, 5);
    const second = two.system.start(two.counter, 70);
    await hub.clock.advance(10);
    const [a, b] = [await first, await second];
    const sums = [a.call.add(1), b.call.add(1), a.call.add(1)];
    await hub.clock.advance(10);
    expect(await Promise.all(sums)).toEqual([6, 7, 8]);
    expect(hub.log.starts).toEqual([5]);
    expect(await hub.stop()).toBe(0);
  });

  test("RLM-14: it outlives the peer that asked for it first", async () => {
    const hub = sharingOf();
    const [one, two] = [hub.page(), hub.page()];
    const first = one.system.start(one.counter, 5);
    await hub.clock.advance(10);
    void (await first).call.add(1);
    await hub.clock.advance(10);
    await one.system.stop();
    await hub.clock.advance(5_000);
    const second = two.system.start(two.counter);
    await hub.clock.advance(10);
    const sum = (await second).call.add(1);
    await hub.clock.advance(10);
    expect([await sum, hub.log.starts, hub.log.ends]).toEqual([7, [5], []]);
    expect(await hub.stop()).toBe(0);
  });

  test("a supervisor that ends a peer's proxy does not end the actor", async () => {
    const hub = sharingOf();
    const { system, counter } = hub.page();
    const App = supervisor({ children: (child) => ({ counter: child(counter, [1]) }) });
    const starting = system.start(App);
    await hub.clock.advance(10);
    const app = await starting;
    await terminateChild(app, "counter");
    await hub.clock.advance(10);
    const restarting = restartChild(app, "counter");
    await hub.clock.advance(10);
    await restarting;
    const sum = app.child.counter.call.add(1);
    await hub.clock.advance(10);
    expect([await sum, hub.log.starts, hub.log.ends]).toEqual([2, [1], []]);
    expect(await hub.stop()).toBe(0);
  });

  test("one that fails is started again there, and its peers' supervisors find it again", async () => {
    const hub = sharingOf();
    const { system, counter } = hub.page();
    const App = supervisor({ children: (child) => ({ counter: child(counter, [1]) }) });
    const starting = system.start(App);
    await hub.clock.advance(10);
    const app = await starting;
    const crash = rejection(app.child.counter.call.crash());
    await hub.clock.advance(50);
    expect(await crash).toMatchObject({ code: "actor-exit" });
    const sum = app.child.counter.with({ whenDown: "wait" }).call.add(1);
    await hub.clock.advance(50);
    expect([await sum, hub.log.starts]).toEqual([2, [1, 1]]);
    expect(await hub.stop()).toBe(0);
  });

  test("one that fails too often is given up, and started anew for who asks then", async () => {
    const hub = sharingOf();
    const { system, counter } = hub.page();
    for (let n = 0; n < 4; n++) {
      const starting = system.start(counter, n);
      await hub.clock.advance(20);
      void rejection((await starting).call.crash());
      await hub.clock.advance(20);
    }
    const starting = system.start(counter, 40);
    await hub.clock.advance(20);
    await starting;
    expect(hub.log.starts).toEqual([0, 0, 0, 0, 40]);
    expect(await hub.stop()).toBe(0);
  });

  test("a start that fails rejects with its reason, and the next is tried anew", async () => {
    const hub = sharingOf();
    const { system, counter } = hub.page();
    const failing = rejection(system.start(counter, -1));
    await hub.clock.advance(10);
    expect(String(await failing)).toContain("below zero");
    const starting = system.start(counter, 3);
    await hub.clock.advance(10);
    await starting;
    expect(hub.log.starts).toEqual([3]);
    expect(await hub.stop()).toBe(0);
  });

  test("an init that gives ignore leaves nothing, and the next is tried anew", async () => {
    const hub = sharingOf();
    const { system, counter } = hub.page();
    const ignored = rejection(system.start(counter, 99));
    await hub.clock.advance(10);
    expect(await ignored).toMatchObject({ reason: "ignored" });
    expect(hub.served.system.processes()).toEqual([]);
    const starting = system.start(counter, 3);
    await hub.clock.advance(10);
    await starting;
    expect(hub.log.starts).toEqual([99, 3]);
    expect(await hub.stop()).toBe(0);
  });

  test("a listener that ends them: the actors hear why, their peers see noconnection", async () => {
    const hub = sharingOf();
    const { system, counter } = hub.page();
    const starting = system.start(counter, 1);
    await hub.clock.advance(10);
    const handle = await starting;
    const call = rejection(handle.call.add(1));
    const ending = hub.server.end({ shutdown: "fenced" });
    await hub.clock.advance(10);
    await ending;
    expect(await call).toMatchObject({ reason: "noconnection" });
    expect([handle.status, hub.log.ends]).toEqual(["down", [{ shutdown: "fenced" }]]);
    const again = system.start(counter, 2);
    await hub.clock.advance(10);
    await again;
    expect(hub.log.starts).toEqual([1, 2]);
    expect(await hub.stop()).toBe(0);
  });

  test("a peer that is not trusted cannot have one started", async () => {
    const hub = sharingOf({}, false);
    const { system, counter } = hub.page();
    const refused = rejection(system.start(counter, 1));
    await hub.clock.advance(10);
    expect(await refused).toMatchObject({ cause: { code: "not-served" } });
    expect(hub.log.starts).toEqual([]);
    expect(await hub.stop()).toBe(0);
  });

  test("a realm may reach its own actors so, and refs that cross keep their meaning", async () => {
    const hub = sharingOf();
    const { system } = hub.served;
    const starting = system.start(remote<Counter>("counter", hub.place()), 1);
    await hub.clock.advance(10);
    const counter = await starting;
    const mine = await system.start(genServer({ id: "mine", init: () => ({}) }));
    const whose = counter.call.whose(mine);
    const me = counter.call.me();
    await hub.clock.advance(10);
    expect(`${await whose} ${(await me).id}`).toMatch(/^mine#\d+ counter#\d+$/);
    const home = counter.call.whose(await me);
    await hub.clock.advance(10);
    expect(await home).toMatch(/counter/);
    const sum = ((await me) as typeof counter).call.add(1);
    await hub.clock.advance(10);
    expect(await sum).toBe(2);
    expect(await hub.stop()).toBe(0);
  });
});
