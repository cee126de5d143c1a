// Outages: a place behind a network that goes away and comes back, under supervisors, on virtual time.
// Its links are in memory; a server that is gone for two seconds is test/realms/websocket-restart.test.ts.

import {
  createSystemOn,
  genServer,
  restartChild,
  type SupervisorGaveUp,
  supervisor,
  terminateChild,
} from "../../src/index.js";
import type { Listener } from "../../src/realms/links/listener.js";
import type { PlaceOptions } from "../../src/realms/places/lease.js";
import type { BackoffTimes } from "../../src/realms/places/outage.js";
import { placeOf } from "../../src/realms/places/place.js";
import { remote } from "../../src/realms/places/remote.js";
import { webSocketRealm } from "../../src/realms/places/websocket-realm.js";
import { linkOf } from "../../src/realms/session/link-of.js";
import { serveOn } from "../../src/realms/session/serve.js";
import { fakeWebSockets } from "../../src/testing/fake-websocket.js";
import { type MemoryRealmLink, memoryRealmLink } from "../../src/testing/memory-realm-link.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { rejection, settled, thrown } from "../kernel/probes.js";

const Local = genServer({
  id: "local",
  init: () => null,
  call: {
    fail(): void {
      throw new Error("a bug");
    },
    get: () => "here",
  },
});
const Room = genServer({
  id: "room",
  init: () => ({ said: 0 }),
  call: { say: (self) => ++self.state.said },
  accepts: { say: [] },
});

function listenTo({ far }: MemoryRealmLink): Listener {
  return {
    listen(onLink) {
      onLink(far);
      return () => {};
    },
  };
}

/** What a network does with an opening. */
type Network =
  /** Its server answers. */
  | "up"
  /** It is refused at once. */
  | "down"
  /** So that no link can be made: in the same turn, later, or never. */
  | "throws"
  | "rejects"
  | "hangs"
  /** It is let in, and dropped before anybody says a word. */
  | "drops"
  /** It is let in, and nobody says a word. */
  | "is silent"
  /** The server says no. */
  | "refuses"
  /** The server ends in order as soon as somebody comes. */
  | "stops"
  /** The same, while it judges who that is. */
  | "drains"
  /** The server answers, and is gone a moment later. */
  | "flaps";

function world({
  backoff = {},
  seed = 1,
  auth,
  options = {},
  authenticate = () => true,
}: {
  backoff?: BackoffTimes | undefined;
  seed?: number;
  auth?: unknown;
  options?: PlaceOptions;
  authenticate?: (auth: unknown) => boolean;
} = {}) {
  const { platform, clock } = virtualPlatform({ seed });
  const crashes: unknown[] = [];
  const page = createSystemOn(platform, { onCrash: (error) => crashes.push(error) });
  const server = createSystemOn(platform);
  const opened: number[] = [];
  const links: MemoryRealmLink[] = [];
  const net: { state: Network } = { state: "up" };
  const room = server.launch(Room);
  const serve = serveOn(
    () => server,
    () => {
      throw new Error("no parent");
    },
  );
  const place = placeOf(
    "server",
    () => {
      opened.push(platform.now());
      const refused = new Error("the connection was refused");
      if (net.state === "throws") throw refused;
      if (net.state === "rejects") return Promise.reject(refused);
      if (net.state === "hangs") return new Promise<never>(() => {});
      const link = memoryRealmLink({ platform, trusted: false });
      links.push(link);
      if (net.state === "down") link.cut("the WebSocket did not open");
      else if (net.state === "drops") link.crash("the WebSocket closed with code 1012");
      else if (net.state !== "is silent") {
        const { state } = net;
        const served = serve([], {
          system: server,
          shared: { room },
          authenticate: (shown) =>
            state === "drains"
              ? new Promise((resolve) => platform.setTimer(() => resolve(true), 200))
              : state !== "refuses" && authenticate(shown),
          on: listenTo(link),
        });
        if (state === "stops") void served.stop();
        if (state === "drains") platform.setTimer(() => void served.stop(), 50);
        if (net.state === "flaps") platform.setTimer(() => link.cut("it was dropped"), 100);
      }
      return link.near;
    },
    { auth, ...options },
    { shared: true, backoff },
  );
  return {
    platform,
    clock,
    page,
    place,
    net,
    opened,
    links,
    crashes,
    /** The server goes away, and with it the link. */
    leave(state: Network = "down") {
      net.state = state;
      for (const link of links) link.cut("the WebSocket closed with code 1006");
    },
    async stop() {
      const stopping = Promise.all([page.stop(), server.stop()]);
      await clock.advance(60_000);
      await stopping;
      return { timers: clock.timers };
    },
  };
}

/** How long each attempt came after the one before. */
const pauses = (at: readonly number[]) => at.slice(1).map((ms, n) => ms - (at[n] as number));

export const suite = defineSuite("realms outage", ({ test, expect }) => {
  /** A supervisor of some rooms there, and one actor here, with the limit that supervisors have by themselves. */
  const appOf = (place: ReturnType<typeof world>["place"], maxRestarts?: number, count = 1) =>
    supervisor({
      children: (child) => {
        const roomThere = () => child(remote<typeof Room>("room", place), []);
        const more = Array.from({ length: count - 1 }, (_, n) => [`room ${n}`, roomThere()]);
        return {
          ...(Object.fromEntries(more) as Record<never, never>),
          room: roomThere(),
          local: child(Local, []),
        };
      },
      ...(maxRestarts === undefined ? {} : { maxRestarts }),
    });

  async function started(
    { page, place, clock }: ReturnType<typeof world>,
    maxRestarts?: number,
    count?: number,
  ) {
    const starting = page.start(appOf(place, maxRestarts, count));
    await clock.settle();
    return (await starting).child;
  }

  for (const [goneMs, count, seed] of [
    [50, 1, 1],
    [2_000, 1, 2],
    [2_000, 5, 3],
    [60_000, 3, 4],
    [3_600_000, 2, 5],
  ] as const)
    test(`RLM-22: a server that is gone for ${goneMs} ms uses up no restart of ${count} there`, async () => {
      const made = world({ seed });
      const { net, clock, leave, crashes, stop } = made;
      const { room } = await started(made, undefined, count);
      await clock.advance(10_000);
      leave();
      await clock.advance(goneMs);
      expect(linkOf(room).status).toBe("connecting");
      net.state = "up";
      // Within one wait.
      await clock.advance(6_000);
      expect([await settled(clock, room.call.say()), crashes]).toEqual([1, []]);
      expect(await stop()).toEqual({ timers: 0 });
    });

  test("RLM-22: what a supervisor allows is there for bugs, also while a server comes and goes", async () => {
    const made = world();
    const { net, clock, leave, crashes, stop } = made;
    const { room, local } = await started(made);
    for (let n = 0; n < 20; n++) {
      leave("flaps");
      await clock.advance(1_000);
    }
    net.state = "up";
    // The one restart that it allows by itself.
    const failing = rejection(local.call.fail());
    await clock.advance(5_500);
    await failing;
    const said = [room.call.say(), local.call.get()];
    await clock.settle();
    expect([...(await Promise.all(said)), crashes]).toEqual([1, "here", []]);
    await stop();
  });

  for (const state of ["down", "is silent"] as const)
    test(`RLM-22: while a server ${state} its supervisor goes on with its other children`, async () => {
      const made = world();
      const { net, clock, leave, crashes, stop } = made;
      const { local, room } = await started(made, undefined, 3);
      leave(state);
      await clock.advance(state === "down" ? 20_000 : 3_000);
      const failing = rejection(local.call.fail());
      await clock.settle();
      await failing;
      const here = local.call.get();
      await clock.settle();
      expect(await here).toBe("here");
      net.state = "up";
      await clock.advance(16_000);
      expect([await settled(clock, room.call.say()), crashes]).toEqual([1, []]);
      expect(await stop()).toEqual({ timers: 0 });
    });

  test("RLM-22: children that are restarted together wait for each other, also while a server is silent", async () => {
    for (const strategy of ["oneForAll", "restForOne"] as const) {
      const made = world();
      const { page, place, net, clock, leave, crashes, stop } = made;
      const App = supervisor({
        strategy,
        maxRestarts: 3,
        children: (child) => ({
          local: child(Local, []),
          room: child(remote<typeof Room>("room", place), []),
        }),
      });
      const starting = page.start(App);
      await clock.settle();
      const { local, room } = (await starting).child;
      leave("is silent");
      await clock.advance(3_000);
      const failing = rejection(local.call.fail());
      await clock.advance(100);
      await failing;
      net.state = "up";
      await clock.advance(30_000);
      const said = [room.call.say(), local.call.get()];
      await clock.settle();
      expect([...(await Promise.all(said)), crashes]).toEqual([1, "here", []]);
      expect(await stop()).toEqual({ timers: 0 });
    }
  });

  test("while a server is gone a call is refused at once, or waits within its timeout", async () => {
    const made = world();
    const { net, clock, leave, stop } = made;
    const { room } = await started(made);
    leave();
    await clock.advance(200);
    expect(room.status).toBe("restarting");
    expect(await rejection(room.call.say())).toMatchObject({
      code: "actor-exit",
      reason: "noproc",
    });
    const waits = room.with({ whenDown: "wait", timeoutMs: 30_000 }).call.say();
    const late = rejection(room.with({ whenDown: "wait", timeoutMs: 1_000 }).call.say());
    await clock.advance(2_000);
    expect((await late).code).toBe("call-timeout");
    net.state = "up";
    await clock.advance(6_000);
    expect(await waits).toBe(1);
    await stop();
  });

  for (const state of ["stops", "drains", "throws", "rejects", "hangs"] as const)
    test(`RLM-22: a server that ${state} while it is reached uses up no restart`, async () => {
      const made = world();
      const { net, clock, leave, opened, crashes, stop } = made;
      const { room } = await started(made, 0, 4);
      await clock.advance(20_000);
      opened.length = 0;
      leave(state);
      await clock.advance(60_000);
      const least = state === "hangs" ? 4 : 8;
      expect([opened.length >= least, crashes, linkOf(room).status]).toEqual([
        true,
        [],
        "connecting",
      ]);
      net.state = "up";
      await clock.advance(16_000);
      expect([await settled(clock, room.call.say()), crashes]).toEqual([1, []]);
      expect(await stop()).toEqual({ timers: 0 });
    });

  test("what it says then is that it ended, and not that it refused", async () => {
    for (const [state, words] of [
      ["stops", "the other side ended: stopped"],
      ["refuses", "the other side refused: not authenticated"],
    ] as const) {
      const { page, place, net, clock, stop } = world();
      net.state = state;
      const failing = rejection(page.start(remote<typeof Room>("room", place)));
      await clock.settle();
      expect(String((await failing).cause)).toContain(words);
      await stop();
    }
  });

  for (const state of [
    "down",
    "drops",
    "is silent",
    "refuses",
    "flaps",
    "stops",
    "drains",
    "throws",
    "rejects",
    "hangs",
  ] as const)
    test(`RLM-22: a server that ${state} is not asked without a pause, by however many actors`, async () => {
      const made = world();
      const { clock, opened, leave, stop } = made;
      await started(made, Infinity, 4);
      await clock.advance(5_000);
      opened.length = 0;
      leave(state);
      await clock.advance(120_000);
      // 250 ms at least; and 5,000 at most, and what an attempt takes.
      const longest = state === "is silent" || state === "hangs" ? 15_000 : 5_100;
      for (const ms of pauses(opened)) expect(ms >= 250 && ms <= longest).toBe(true);
      expect(opened.length > 7 && opened.length < 80).toBe(true);
      await stop();
    });

  test("one that refuses is a failure: its restarts count", async () => {
    const made = world();
    const { clock, leave, crashes, stop } = made;
    await started(made);
    leave("refuses");
    await clock.advance(10_000);
    expect(crashes.length).toBe(1);
    const { code, cause } = crashes[0] as SupervisorGaveUp;
    expect([code, String(cause)]).toEqual([
      "gave-up",
      expect.stringContaining("not authenticated"),
    ]);
    await stop();
  });

  for (const maxRestarts of [3, 5, 10])
    test(`one that refuses for ever is told of where ${maxRestarts} restarts are allowed`, async () => {
      for (let seed = 1; seed <= 20; seed++) {
        const made = world({ seed });
        const { clock, leave, opened, crashes, stop } = made;
        await started(made, maxRestarts, 2);
        await clock.advance(20_000);
        // After any outage.
        leave();
        await clock.advance(20_000);
        leave("refuses");
        opened.length = 0;
        await clock.advance(11_000);
        expect([crashes.length, opened.length]).toEqual([1, maxRestarts + 1]);
        await stop();
      }
    });

  test("one that refuses what it once understood is a failure too", async () => {
    const made = world();
    const { clock, links, crashes, stop } = made;
    await started(made, 0);
    await clock.advance(10_000);
    links[0]?.near.send({ t: "nonsense" });
    await clock.advance(10_000);
    expect(crashes).toMatchObject([
      { cause: { message: expect.stringContaining("the other side refused") } },
    ]);
    await stop();
  });

  test("an attempt that is refused counts once, however many actors waited for it", async () => {
    for (const [count, maxRestarts] of [
      [1, 1],
      [4, 1],
      [10, 1],
    ] as const) {
      const made = world();
      const { net, clock, leave, opened, crashes, stop } = made;
      const { room } = await started(made, maxRestarts, count);
      await clock.advance(20_000);
      leave();
      await clock.advance(3_000);
      opened.length = 0;
      net.state = "refuses";
      while (opened.length === 0) await clock.advance(10);
      net.state = "up";
      await clock.advance(30_000);
      expect([room.status, crashes, opened.length]).toEqual(["live", [], 2]);
      expect(await stop()).toEqual({ timers: 0 });
    }
  });

  test("a limit of one child counts it apart from that of its supervisor", async () => {
    const made = world();
    const { page, place, clock, leave, crashes, stop } = made;
    const roomThere = remote<typeof Room>("room", place);
    const App = supervisor({
      maxRestarts: 100,
      periodMs: 60_000,
      children: (child) => ({
        room: child(roomThere, []),
        strict: child(roomThere, [], { restartLimit: { maxRestarts: 2, periodMs: 60_000 } }),
      }),
    });
    const starting = page.start(App);
    await clock.settle();
    await starting;
    leave("refuses");
    await clock.advance(20_000);
    expect(crashes).toMatchObject([{ code: "gave-up", child: "strict" }]);
    await stop();
  });

  /** A supervisor in others, `depth` deep, with a room there and an actor here, each of which allows that many restarts. */
  async function nested(made: ReturnType<typeof world>, depth: number, maxRestarts: number) {
    const { page, place, clock } = made;
    let starts = 0;
    const Counted = genServer({ id: "counted", init: () => ++starts });
    const Inner = supervisor({
      maxRestarts: 0,
      children: (child) => ({
        counted: child(Counted, []),
        room: child(remote<typeof Room>("room", place), []),
        local: child(Local, []),
      }),
    });
    const around = (inner: typeof Inner) =>
      supervisor({
        maxRestarts,
        children: (child) => ({ inner: child(inner, []), other: child(Local, []) }),
      });
    const Outer = around(Inner);
    if (depth === 1) {
      const starting = page.start(Outer);
      await clock.settle();
      const app = await starting;
      return { app, outer: app.child, starts: () => starts };
    }
    const Outermost = supervisor({
      maxRestarts,
      children: (child) => ({ outer: child(Outer, []) }),
    });
    const starting = page.start(Outermost);
    await clock.settle();
    const app = await starting;
    return { app, outer: app.child.outer.child, starts: () => starts };
  }

  for (const depth of [1, 2])
    for (const state of ["down", "drops", "up"] as const)
      test(`RLM-22: a bug in a supervisor ${depth} deep costs one restart while a server ${state === "up" ? "comes back" : state}`, async () => {
        const made = world();
        const { net, clock, leave, opened, crashes, stop } = made;
        const { outer, starts } = await nested(made, depth, 1);
        await clock.advance(20_000);
        leave(state);
        // In the pause before the next attempt.
        await clock.advance(state === "up" ? 10 : 3_000);
        const before = starts();
        opened.length = 0;
        const failing = rejection(outer.inner.child.local.call.fail());
        await clock.advance(1);
        await failing;
        expect(starts() - before).toBe(1);
        await clock.advance(60_000);
        expect([crashes, outer.other.status]).toEqual([[], "live"]);
        for (const ms of pauses(opened)) expect(ms >= 250 && ms <= 5_100).toBe(true);
        net.state = "up";
        await clock.advance(6_000);
        const said = [outer.inner.child.room.call.say(), outer.inner.child.local.call.get()];
        await clock.settle();
        expect([...(await Promise.all(said)), crashes]).toEqual([1, "here", []]);
        expect(await stop()).toEqual({ timers: 0 });
      });

  test("RLM-22: a supervisor two deep that starts again goes by the outage of what is in it", async () => {
    const made = world();
    const { page, place, net, clock, leave, crashes, stop } = made;
    const Inner = supervisor({
      children: (child) => ({ room: child(remote<typeof Room>("room", place), []) }),
    });
    const Middle = supervisor({
      maxRestarts: 0,
      children: (child) => ({ inner: child(Inner, []), local: child(Local, []) }),
    });
    const App = supervisor({
      maxRestarts: 1,
      children: (child) => ({ middle: child(Middle, []), other: child(Local, []) }),
    });
    const starting = page.start(App);
    await clock.settle();
    const { middle, other } = (await starting).child;
    await clock.advance(20_000);
    leave();
    await clock.advance(3_000);
    const failing = rejection(middle.child.local.call.fail());
    await clock.advance(60_000);
    await failing;
    expect([crashes, middle.status, other.status]).toEqual([[], "restarting", "live"]);
    net.state = "up";
    await clock.advance(6_000);
    const said = middle.child.inner.child.room.call.say();
    await clock.settle();
    expect([await said, crashes]).toEqual([1, []]);
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("RLM-22: a supervisor goes on while one in it waits for a server that is silent", async () => {
    const made = world();
    const { clock, leave, crashes, stop } = made;
    const { outer } = await nested(made, 1, 2);
    await clock.advance(20_000);
    leave();
    await clock.advance(3_000);
    const failing = rejection(outer.inner.child.local.call.fail());
    await clock.advance(1);
    await failing;
    leave("is silent");
    await clock.advance(6_000);
    const other = rejection(outer.other.call.fail());
    await clock.settle();
    await other;
    const here = outer.other.call.get();
    await clock.settle();
    expect([await here, crashes]).toEqual(["here", []]);
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("RLM-22: a start by hand tries at once, also in the pause before an attempt", async () => {
    for (const which of ["room", "inner"] as const) {
      const made = world();
      const { page, place, net, clock, leave, opened, stop } = made;
      const roomThere = remote<typeof Room>("room", place);
      const Inner = supervisor({ children: (child) => ({ room: child(roomThere, []) }) });
      const App = supervisor({
        children: (child) => ({ room: child(roomThere, []), inner: child(Inner, []) }),
      });
      const starting = page.start(App);
      await clock.settle();
      const app = await starting;
      await clock.advance(20_000);
      leave();
      await clock.advance(20_000);
      opened.length = 0;
      while (opened.length === 0) await clock.advance(10);
      net.state = "up";
      const ended = terminateChild(app, which);
      await clock.settle();
      await ended;
      opened.length = 0;
      const again = restartChild(app, which);
      await clock.settle();
      await again;
      expect([app.child[which].status, opened.length]).toEqual(["live", 1]);
      expect(await stop()).toEqual({ timers: 0 });
    }
  });

  test("so is a server that sends what is not understood", async () => {
    const made = world();
    const { clock, links, crashes, stop } = made;
    await started(made, 0);
    await clock.advance(10_000);
    links[0]?.far.send({ t: "nonsense" });
    await clock.advance(10_000);
    expect(crashes.length).toBe(1);
    await stop();
  });

  test("a token that expires while a server is gone is asked for anew", async () => {
    let token = 1;
    const made = world({
      auth: () => Promise.resolve(token),
      authenticate: (auth) => auth === token,
    });
    const { net, clock, leave, crashes, stop } = made;
    const { room } = await started(made, 0);
    leave();
    await clock.advance(3_000);
    token = 2;
    net.state = "up";
    await clock.advance(6_000);
    expect([await settled(clock, room.call.say()), crashes]).toEqual([1, []]);
    expect(await stop()).toEqual({ timers: 0 });
  });

  for (const [what, give] of Object.entries({
    throws(): unknown {
      throw new Error("a bug in auth");
    },
    "gives what cannot be sent": () => ({ token: () => 1 }),
    "promises what cannot be sent": () => Promise.resolve({ token: () => 1 }),
  }))
    test(`an auth that ${what} is a failure`, async () => {
      let asked = 0;
      const made = world({ auth: () => (++asked === 1 ? "the token" : give()) });
      const { clock, leave, opened, crashes, stop } = made;
      await started(made, 2, 3);
      await clock.advance(20_000);
      opened.length = 0;
      leave("up");
      await clock.advance(5_000);
      expect([opened.length, crashes]).toMatchObject([
        3,
        [{ cause: { message: expect.stringContaining("its auth was not given") } }],
      ]);
      expect(await stop()).toEqual({ timers: 0 });
    });

  test("one that rejects is a state, of which is told once until it gives one", async () => {
    let isGiven = true;
    const made = world({
      auth: () => (isGiven ? Promise.resolve("a token") : Promise.reject(new Error("no network"))),
    });
    const { clock, leave, crashes, stop } = made;
    const { room } = await started(made, 0, 3);
    for (let outage = 1; outage <= 2; outage++) {
      await clock.advance(20_000);
      isGiven = false;
      leave("up");
      await clock.advance(30_000);
      expect(crashes).toEqual([]);
      expect(clock.reported.map((error) => (error as Error).message)).toEqual(
        Array(outage).fill("Cannot reach near end: its auth was not given: no network"),
      );
      isGiven = true;
      await clock.advance(6_000);
      expect(room.status).toBe("live");
    }
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("one that never settles is named, and not the server", async () => {
    const { page, place, clock, stop } = world({ auth: () => new Promise(() => {}) });
    const failing = rejection(page.start(remote<typeof Room>("room", place)));
    await clock.advance(10_000);
    expect(((await failing).cause as Error).message).toBe(
      "Cannot reach near end: it did not say hello within 10000 ms (helloTimeoutMs); " +
        "its auth gave a promise that has not settled",
    );
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("and where hello may take for ever the waits are short again too", async () => {
    const made = world({ options: { helloTimeoutMs: Infinity } });
    const { net, clock, opened, leave, platform, stop } = made;
    await started(made);
    leave();
    await clock.advance(60_000);
    net.state = "up";
    await clock.advance(120_000);
    opened.length = 0;
    const lostAt = platform.now();
    leave("up");
    await clock.advance(600);
    expect(opened.map((at) => at - lostAt <= 501)).toEqual([true]);
    await stop();
  });

  test("after a long time the waits are short again, and never none", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const made = world({ seed });
      const { clock, opened, leave, platform, stop } = made;
      await started(made);
      for (let n = 0; n < 3; n++) {
        await clock.advance(16_000);
        opened.length = 0;
        const lostAt = platform.now();
        leave("up");
        await clock.advance(600);
        expect(opened.length).toBe(1);
        const [at = 0] = opened;
        expect(at - lostAt >= 250 && at - lostAt <= 501).toBe(true);
      }
      await stop();
    }
  });

  test("waits are as long as a place says, and as a child says if that is longer", async () => {
    for (const [restartDelayMs, least] of [
      [0, 1_000],
      [3_000, 3_000],
    ] as const) {
      const made = world({ backoff: { minBackoffMs: 1_000, maxBackoffMs: 1_000 } });
      const { page, place, clock, opened, leave, platform, stop } = made;
      const App = supervisor({
        children: (child) => ({
          room: child(remote<typeof Room>("room", place), [], { restartDelayMs }),
        }),
      });
      const starting = page.start(App);
      await clock.settle();
      await starting;
      opened.length = 0;
      const lostAt = platform.now();
      leave("up");
      await clock.advance(10_000);
      expect(opened.map((at) => at - lostAt)).toEqual([least]);
      await stop();
    }
  });

  test("a link that this side closed is opened anew at once", async () => {
    const { page, place, clock, opened, stop } = world();
    for (let n = 0; n < 3; n++) {
      const starting = page.start(remote<typeof Room>("room", place));
      await clock.settle();
      await (await starting).stop();
      await clock.advance(2_000);
    }
    expect(opened.length).toBe(3);
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("a start says at once that nobody is there, and so does the supervisor's", async () => {
    for (const state of ["down", "drops", "refuses"] as const) {
      const { page, place, clock, net, opened, stop } = world();
      net.state = state;
      const failing = rejection(page.start(remote<typeof Room>("room", place)));
      const app = rejection(page.start(appOf(place)));
      await clock.settle();
      expect(((await failing).cause as { code?: unknown } | undefined)?.code).toBe("link-lost");
      expect((await app).code).toBe("start-failed");
      expect(opened.length).toBe(1);
      await stop();
    }
  });

  for (const state of ["down", "is silent"] as const)
    test(`while a server ${state} a supervisor and a system stop at once, and a child in its time`, async () => {
      for (const who of ["supervisor", "system", "child"]) {
        const made = world();
        const { page, place, net, clock, leave, stop } = made;
        const starting = page.start(appOf(place));
        await clock.settle();
        const app = await starting;
        leave(state);
        await clock.advance(state === "down" ? 10_000 : 3_000);
        if (who === "child") {
          const ended = terminateChild(app, "room");
          await clock.settle();
          // One that starts is given its shutdownMs.
          if (state === "is silent") await clock.advance(5_000);
          await ended;
          expect(app.child.room.status).toBe("down");
          // It is not tried any more, until somebody asks for it.
          await clock.advance(60_000);
          expect([app.child.room.status, clock.timers]).toEqual(["down", 0]);
          net.state = "up";
          const again = restartChild(app, "room");
          await clock.settle();
          await again;
          const said = app.child.room.call.say();
          await clock.settle();
          expect(await said).toBe(1);
        } else {
          const stopping = who === "system" ? page.stop() : app.stop();
          await clock.settle();
          await stopping;
          // A connection that nobody needs stays for a second.
          if (who === "supervisor") await clock.advance(1_000);
          expect(clock.timers).toBe(0);
        }
        expect(await stop()).toEqual({ timers: 0 });
      }
    });

  test("a worker whose file is broken is a failure, and its restarts count", async () => {
    const { platform, clock } = virtualPlatform();
    const crashes: unknown[] = [];
    const page = createSystemOn(platform, { onCrash: (error) => crashes.push(error) });
    let opened = 0;
    let last: MemoryRealmLink | undefined;
    const place = placeOf("worker", () => {
      last = memoryRealmLink({ platform });
      if (opened++ > 0) last.crash("the worker threw while it loaded");
      else
        serveOn(
          () => createSystemOn(platform),
          () => listenTo(last as MemoryRealmLink),
        )([Room]);
      return last.near;
    });
    const starting = page.start(appOf(place));
    await clock.settle();
    await starting;
    last?.crash();
    await clock.settle();
    expect([opened, crashes.length]).toEqual([2, 1]);
    expect((crashes[0] as SupervisorGaveUp).code).toBe("gave-up");
    await page.stop();
  });

  test("waits that are none are refused", () => {
    const { WebSocket } = fakeWebSockets();
    const url = "wss://shop.example/realm";
    for (const [options, words] of [
      [{ minBackoffMs: 0 }, /minBackoffMs is 0: it must be more than 0/],
      [{ minBackoffMs: 10, maxBackoffMs: 9 }, /maxBackoffMs is 9: it must be at least/],
      [{ maxBackoffMs: -1 }, /maxBackoffMs/],
    ] as const) {
      const error = thrown(() => webSocketRealm(url, { WebSocket, ...options }));
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toMatch(words);
    }
  });
});
