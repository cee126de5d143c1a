// Faults: whatever a link or a realm does wrong, every call settles, each monitor tells once, and
// nothing is left. Over a link in memory, on virtual time; what two realms owe each other without faults
// is semantics.suite.ts, hostile peers are hostile.suite.ts.

import {
  type ActorRef,
  type child,
  formatReason,
  genServer,
  type Info,
  supervisor,
} from "../../src/index.js";
import { remote } from "../../src/realms/places/remote.js";
import { logFrames } from "../../src/realms/session/frame-log.js";
import { linkOf } from "../../src/realms/session/link-of.js";
import { defineSuite } from "../harness/suite.js";
import { latch, rejection, settled } from "../kernel/probes.js";
import { Keeper } from "./keeper.js";
import { pairOf } from "./pair.js";
import { HELLO, rawClient, rawPlace, WELCOME } from "./raw-peer.js";

/** What another actor makes. */
const Made = genServer({ id: "made", init: () => 11, call: { get: (self) => self.state } });

const Counter = genServer({
  id: "counter",
  init: (_self, start: number = 0) => ({ count: start }),
  call: {
    get: (self) => self.state.count,
    add: (self, by: number) => {
      self.state.count += by;
      return self.state.count;
    },
    never: (self) => self.replyLater<number>(),
    big: (_self, length: number) => "x".repeat(length),
    make: (self) => self.spawn(Made),
    keep: (_self, _ref: ActorRef) => true,
    crashWith: (self, reason: string) => self.stop(reason),
    /** Ends with an error of its own when its caller gives up. */
    breaksOff: async (self) => {
      const { signal } = self.from;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new RangeError("broken off");
    },
    /** Does not obey. */
    stubborn: (self) =>
      new Promise<void>((resolve) => void self.platform.setTimer(resolve, 60_000)),
  },
  cast: {
    inc: (self, by: number = 1) => {
      self.state.count += by;
    },
    wait: (self, ms: number) =>
      new Promise<void>((resolve) => void self.platform.setTimer(resolve, ms)),
  },
  info: (self, message) => {
    if (message.type === "message") self.state.count++;
  },
});

/** Keeps what it is told. */
const Watcher = genServer({
  id: "watcher",
  init: (_self, heard: Info[]) => ({ heard }),
  call: { watch: (self, ref: ActorRef) => self.monitor(ref) },
  info: (self, message) => {
    self.state.heard.push(message);
  },
});

const quiet = { page: { onCrash: () => {} }, worker: { onCrash: () => {} } };
const inWords = (info: Info): string =>
  "reason" in info ? `${info.type} ${formatReason(info.reason)}` : info.type;

export const suite = defineSuite("realm faults", ({ describe, test, expect }) => {
  /** A page with a counter there, live, and someone who watches it. */
  async function lively(options: Parameters<typeof pairOf>[1] = {}) {
    const pair = pairOf([Counter], { ...quiet, ...options });
    const counter = pair.page.launch(remote<typeof Counter>("counter", pair.place));
    const heard: Info[] = [];
    const watcher = pair.page.launch(Watcher, heard);
    await pair.clock.settle();
    await watcher.call.watch(counter);
    const [worker] = pair.workers as [(typeof pair.workers)[number]];
    return { ...pair, counter, heard, worker };
  }
  const NOTHING_LEFT = { timers: 0 };

  describe("the realm", () => {
    test("killed in mid-call: the call rejects with noconnection, the monitor tells once", async () => {
      const { counter, heard, worker, clock, stop } = await lively();
      const call = rejection(counter.call.never());
      await clock.settle();
      worker.link.crash("the worker crashed");
      await clock.settle();
      expect((await call).reason).toBe("noconnection");
      expect(heard.map(inWords)).toEqual(["down noconnection"]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("throws while it loads: the start rejects with why", async () => {
      const { page, place, clock, peers, stop } = rawPlace();
      const starting = rejection(page.start(remote<typeof Counter>("counter", place)));
      await clock.settle();
      peers[0]?.link.crash("the worker threw while it loaded", new Error("no such import"));
      await clock.settle();
      const { message, cause } = (await starting) as { message: string; cause: Error };
      expect(message).toContain("the worker threw while it loaded");
      expect(cause).toMatchObject({ code: "link-lost", cause: { message: "no such import" } });
      expect(await stop()).toBe(0);
    });

    test("RLM-2: never says hello: the start rejects in time, and says what to look at", async () => {
      const { page, place, clock, peers, stop } = rawPlace();
      const starting = rejection(page.start(remote<typeof Counter>("counter", place)));
      await clock.advance(9_999);
      expect(peers[0]?.isClosed()).toBe(false);
      await clock.advance(1);
      const { message, cause } = (await starting) as { message: string; cause: Error };
      expect(message).toContain("did not say hello within 10000 ms");
      expect(message).toContain("does it call serve([…])?");
      expect(cause).toMatchObject({ code: "realm-silent", helloTimeoutMs: 10_000 });
      expect(peers[0]?.link.terminations).toBe(1);
      expect(await stop()).toBe(0);
    });

    test("never opens: the start rejects in time, and what opens later is closed", async () => {
      const opening = latch<never>();
      const { page, place, clock, stop } = pairOf([Counter], quiet);
      const late = { ...place, open: () => opening.promise };
      const starting = rejection(page.start(remote<typeof Counter>("counter", late)));
      await clock.advance(10_000);
      expect((await starting).message).toContain("did not say hello within 10000 ms");
      const link = await place.open();
      let isClosed = false;
      opening.resolve({ ...link, terminate: undefined, close: () => (isClosed = true) } as never);
      await clock.settle();
      expect(isClosed).toBe(true);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("RLM-6: restarts under the same name: old refs are noproc, new ones live", async () => {
      const { page, place, clock, workers, stop } = pairOf([Counter], quiet);
      const App = supervisor({
        strategy: "oneForOne",
        children: (add: typeof child) => ({
          counter: add(remote<typeof Counter>("counter", place), []),
        }),
      });
      const app = page.launch(App);
      await clock.settle();
      const making = app.child.counter.call.make();
      await clock.settle();
      const old = await making;
      workers[0]?.link.crash();
      await clock.settle();
      expect(workers).toHaveLength(2);
      const gone = rejection(old.call.get());
      const kept = app.child.counter.call.keep(old);
      await clock.settle();
      expect((await gone).reason).toBe("noproc");
      expect(await kept).toBe(true);
      expect(old.status).toBe("down");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("is closed with 1,000 calls pending: each rejects, none hangs", async () => {
      const { counter, worker, clock, heard, stop } = await lively();
      const calls = Array.from({ length: 1_000 }, () => rejection(counter.call.never()));
      await clock.settle();
      worker.link.cut("the link was closed");
      await clock.settle();
      const reasons = (await Promise.all(calls)).map((error) => error.reason);
      expect(reasons).toHaveLength(1_000);
      expect(new Set(reasons)).toEqual(new Set(["noconnection"]));
      expect(heard).toHaveLength(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("stops in order: it is told, and what it had started ends", async () => {
      const { counter, worker, heard, clock, stop } = await lively();
      void worker.served.stop();
      await clock.settle();
      expect(counter.status).toBe("down");
      expect(heard).toHaveLength(1);
      expect(worker.served.system.processes()).toEqual([]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("RLM-9: is cut off: everything the page had started there ends", async () => {
      const { worker, clock, stop } = await lively();
      const ended = worker.served.system.processes();
      expect(ended.flatMap(({ children }) => children)).toHaveLength(1);
      worker.link.cut();
      await clock.settle();
      expect(worker.served.system.processes()).toEqual([]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });
  });

  describe("a start", () => {
    const Slow = genServer({
      id: "slow",
      init: async (self) => {
        const { platform, signal } = self;
        await new Promise<void>((resolve) => {
          const timer = platform.setTimer(resolve, 60_000);
          signal.addEventListener("abort", () => {
            platform.clearTimer(timer);
            resolve();
          });
        });
        return null;
      },
    });

    test("that is killed here is killed there", async () => {
      const { page, place, clock, workers, stop } = pairOf([Slow, Counter], quiet);
      const counter = page.launch(remote<typeof Counter>("counter", place));
      const slow = page.launch(remote<typeof Slow>("slow", place));
      await clock.settle();
      const peers = () => workers[0]?.served.system.processes()[0]?.children.length;
      expect(peers()).toBe(2);
      slow.kill();
      await clock.advance(1_000);
      expect(peers()).toBe(1);
      // It was obeyed within the grace: the realm lives.
      expect(counter.status).toBe("live");
      expect(workers).toHaveLength(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("that crosses its own cancellation leaves no actor behind", async () => {
      const { page, place, clock, workers, stop } = pairOf([Counter], {
        ...quiet,
        link: { delayMs: 100 },
      });
      const counter = page.launch(remote<typeof Counter>("counter", place));
      // Hello and welcome, start: it has started there, and nobody here knows.
      await clock.advance(350);
      counter.kill();
      await clock.advance(900);
      expect(workers[0]?.served.system.processes().flatMap(({ children }) => children)).toEqual([]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("whose actor ends in the same packet is a failed start, or an end", async () => {
      const { page, place, clock, peers, stop } = rawPlace();
      const counter = page.launch(remote<typeof Counter>("counter", place));
      await clock.settle();
      await peers[0]?.send(WELCOME);
      const [{ id } = { id: 0 }] = peers[0]?.of("start") ?? [];
      await peers[0]?.send([
        { t: "reply", id, ok: { id: 1 } },
        { t: "down", of: 1, reason: "gone", final: true },
      ]);
      await clock.settle();
      expect(counter.status).toBe("down");
      expect(await stop()).toBe(0);
    });

    test("whose actor begins to end in the same packet fails when that is gone, and is not killed", async () => {
      const { page, place, clock, peers, stop } = rawPlace();
      const starting = rejection(page.start(remote<typeof Counter>("counter", place)));
      await clock.settle();
      await peers[0]?.send(WELCOME);
      const [{ id } = { id: 0 }] = peers[0]?.of("start") ?? [];
      await peers[0]?.send([
        { t: "reply", id, ok: { id: 1 } },
        { t: "fall", of: 1, reason: "gone", final: true },
      ]);
      await clock.advance(1_000);
      expect(await Promise.race([starting, "waits"])).toBe("waits");
      await peers[0]?.send({ t: "down", of: 1, reason: "gone", final: true });
      await clock.settle();
      expect(await starting).toMatchObject({ name: "StartFailed", reason: "gone" });
      expect(peers[0]?.of("stop")).toEqual([]);
      expect(await stop()).toBe(0);
    });

    test("whose actor begins to end and never does so is killed by who has no more time", async () => {
      const { page, place, clock, peers, stop } = rawPlace();
      const counter = page.launch(remote<typeof Counter>("counter", place));
      await clock.settle();
      await peers[0]?.send(WELCOME);
      const [{ id } = { id: 0 }] = peers[0]?.of("start") ?? [];
      await peers[0]?.send({ t: "reply", id, ok: { id: 1 } });
      expect(counter.status).toBe("live");
      await peers[0]?.send({ t: "fall", of: 1, reason: "mine", final: true });
      await peers[0]?.send({ t: "fall", of: 1, reason: "another", final: true });
      await peers[0]?.send({ t: "fall", of: 2, reason: "of nobody", final: true });
      expect(counter.status).toBe("down");
      const stopping = counter.stop("normal", { timeoutMs: 1_000 });
      await clock.advance(900);
      expect(peers[0]?.of("stop")).toEqual([]);
      await clock.advance(200);
      expect(peers[0]?.of("stop")).toMatchObject([{ to: 1, reason: "killed", how: "kill" }]);
      await peers[0]?.send({ t: "down", of: 1, reason: "killed", final: true });
      await clock.settle();
      await stopping;
      expect(await stop()).toBe(0);
    });

    test("whose children stood there before is not told for the last of them", async () => {
      const { page, place, clock, peers, stop } = rawPlace();
      const Tree = supervisor({ id: "tree", children: (add) => ({ kid: add(Counter, []) }) });
      const App = supervisor({
        children: (add) => ({ tree: add(remote<typeof Tree>("tree", place), []) }),
      });
      const { tree } = page.launch(App).child;
      const { kid } = tree.child;
      await clock.settle();
      const [peer] = peers;
      await peer?.send(WELCOME);
      const answer = (n: number, ok: object): Promise<void> | undefined =>
        peer?.send({ t: "reply", id: peer.of("start")[n]?.id, ok });
      await answer(0, { id: 1, kin: [["kid", 2, "counter"]] });
      expect([tree.status, kid.status]).toEqual(["live", "live"]);
      await peer?.send({ t: "down", of: 1, reason: "gone", final: true });
      await clock.settle();
      expect([tree.status, kid.status]).toEqual(["restarting", "restarting"]);
      await answer(1, { id: 3, kin: [["kid", 4, "counter"]] });
      expect([tree.status, kid.status]).toEqual(["live", "live"]);
      await peer?.send(
        { t: "fall", of: 2, reason: "gone", final: true },
        { t: "down", of: 2, reason: "gone", final: true },
      );
      await clock.settle();
      expect([tree.child.kid, kid.status]).toEqual([kid, "live"]);
      kid.cast.inc();
      await clock.settle();
      expect(peer?.of("cast")).toMatchObject([{ to: 4, m: "inc" }]);
      expect(await stop()).toBe(0);
    });

    const kin = (...of: unknown[]) => ({ id: 1, kin: of });
    for (const ok of [
      null,
      7,
      { id: {} },
      { id: 1, kin: 7 },
      kin(7),
      kin([1, 2, "it"]),
      kin(["kid", {}, "it"]),
      kin(["itself", 1, "it"]),
      kin(["kid", 2, "it", [["itself", 1, "it"]]]),
    ]) {
      test(`that is answered with ${JSON.stringify(ok)} does not hang`, async () => {
        const { page, place, clock, peers, stop } = rawPlace();
        const starting = page.start(remote<typeof Counter>("counter", place)).then(
          () => "started",
          () => "failed",
        );
        await clock.settle();
        await peers[0]?.send(WELCOME);
        const [{ id } = { id: 0 }] = peers[0]?.of("start") ?? [];
        await peers[0]?.send({ t: "reply", id, ok });
        await clock.settle();
        expect(await Promise.race([starting, clock.settle().then(() => "hangs")])).not.toBe(
          "hangs",
        );
        expect(await stop()).toBe(0);
      });
    }
  });

  describe("packets", () => {
    for (const fault of ["lose", "duplicate", "reorder", "truncate", "corrupt"] as const) {
      for (const way of ["toFar", "toNear"] as const) {
        test(`${fault} (${way}): every call settles by its timeout, the monitor tells once`, async () => {
          const { counter, heard, worker, clock, stop } = await lively();
          worker.link[way][fault] = 0.3;
          let settled = 0;
          for (let n = 0; n < 100; n++) {
            const call = n % 3 === 0 ? counter.call.add(1) : counter.call.get();
            const count = (): void => void settled++;
            call.then(count, count);
            counter.cast.inc();
            if (n % 10 === 0) await clock.settle();
          }
          await clock.advance(5_000);
          expect(settled).toBe(100);
          worker.link[way][fault] = 0;
          counter.kill();
          await clock.advance(6_000);
          expect(heard).toHaveLength(1);
          expect(await stop()).toEqual(NOTHING_LEFT);
        });
      }
    }

    for (const fault of ["duplicate", "reorder"] as const) {
      test(`RLM-13: ${fault}: a link whose requests come twice or late is closed`, async () => {
        const { counter, worker, clock, stop } = await lively();
        worker.link.toFar[fault] = 0.5;
        for (let n = 0; n < 50; n++) {
          counter.call.get().catch(() => {});
          await clock.advance(1);
        }
        await clock.advance(100);
        expect(worker.link.isOpen).toBe(false);
        expect(counter.status).toBe("down");
        expect(await stop()).toEqual(NOTHING_LEFT);
      });
    }

    test("RLM-13: random bytes: the link is closed, and both sides know", async () => {
      const { counter, worker, heard, clock, stop } = await lively();
      worker.link.toFar.corrupt = 1;
      const call = rejection(counter.call.get());
      await clock.settle();
      expect((await call).reason).toBe("noconnection");
      expect(heard.map(inWords)).toEqual(["down noconnection"]);
      expect(worker.served.system.processes()).toEqual([]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("what follows a goodbye in the same packet is not handled", async () => {
      const { send, system, stop } = await rawClient([Counter], { link: { trusted: true } });
      await send(HELLO);
      await send([
        { t: "bye", reason: "enough" },
        { t: "start", id: 1, behaviour: "counter", args: [] },
      ]);
      expect(system.processes()).toEqual([]);
      expect(await stop()).toBe(0);
    });
  });

  describe("versions", () => {
    test("a realm of another version is refused, and both are told why", async () => {
      const { send, of, isClosed, stop, ...raw } = await rawClient([Counter]);
      await send({ ...HELLO, min: 7, max: 9 });
      expect(of("welcome")).toEqual([]);
      expect(String(of("bye")[0]?.reason)).toContain("versions 7 to 9");
      expect(raw.link.isOpen).toBe(false);
      expect(isClosed()).toBe(true);
      expect(await stop()).toBe(0);
    });

    test("a start at a realm of another version says so", async () => {
      const { page, place, clock, peers, stop } = rawPlace();
      const starting = rejection(page.start(remote<typeof Counter>("counter", place)));
      await clock.settle();
      await peers[0]?.send({
        t: "bye",
        reason: "it speaks versions 1 to 1, where 7 to 9 are spoken",
      });
      expect((await starting).message).toContain("where 7 to 9 are spoken");
      expect(await stop()).toBe(0);
    });

    test("a newer realm that still speaks ours is welcome, in ours", async () => {
      const { send, of, stop } = await rawClient([Counter]);
      await send({ ...HELLO, min: 1, max: 9 });
      expect(of("welcome")[0]).toMatchObject({ v: 1 });
      await stop();
    });

    for (const [what, fields] of Object.entries({
      "no versions": { min: undefined, max: undefined },
      "a version of no number": { max: "1" },
      "no incarnation": { incarnation: undefined },
      "no credit": { credit: 0 },
      "endless credit": { credit: Number.POSITIVE_INFINITY },
      "packets too short for an error": { maxFrame: 1 },
      "another codec": { codecs: ["cbor"] },
      "no codecs": { codecs: undefined },
    })) {
      test(`a hello with ${what} is refused`, async () => {
        const { send, of, stop } = await rawClient([Counter]);
        await send({ ...HELLO, ...fields });
        expect(of("welcome")).toEqual([]);
        expect(of("bye")).toHaveLength(1);
        expect(await stop()).toBe(0);
      });
    }
  });

  describe("silence", () => {
    const patient = { place: { busyAfterMs: 500, unresponsiveMs: 5_000 } };

    test("RLM-5: a realm that is busy is shown as busy, and nothing happens to it", async () => {
      const { counter, worker, clock, stop } = await lively();
      worker.link.toFar.stalled = true;
      const call = counter.with({ timeoutMs: 60_000 }).call.get();
      await clock.advance(30_000);
      expect(worker.link.terminations).toBe(0);
      worker.link.toFar.stalled = false;
      await clock.settle();
      expect(await call).toBe(0);
      expect(counter.status).toBe("live");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a tab that was frozen for a moment resumes", async () => {
      const { counter, worker, clock, heard, stop } = await lively(patient);
      worker.link.toFar.stalled = worker.link.toNear.stalled = true;
      const call = counter.with({ timeoutMs: 60_000 }).call.get();
      await clock.advance(4_500);
      worker.link.toFar.stalled = worker.link.toNear.stalled = false;
      await clock.advance(1_000);
      expect(await call).toBe(0);
      expect(heard).toEqual([]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a tab that stays frozen, or in bfcache, is lost after unresponsiveMs", async () => {
      const { counter, worker, clock, heard, stop } = await lively(patient);
      worker.link.toFar.stalled = worker.link.toNear.stalled = true;
      const call = rejection(counter.with({ timeoutMs: 60_000 }).call.get());
      await clock.advance(5_000);
      expect(counter.status).toBe("live");
      await clock.advance(600);
      expect((await call).reason).toBe("noconnection");
      expect(heard.map(inWords)).toEqual(["down noconnection"]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a realm that waits for something slow answers, and is not lost", async () => {
      const { counter, worker, clock, stop } = await lively({
        place: { busyAfterMs: 500, unresponsiveMs: 500 },
      });
      const call = rejection(counter.with({ timeoutMs: 20_000 }).call.never());
      await clock.advance(19_000);
      expect(counter.status).toBe("live");
      expect(worker.link.isOpen).toBe(true);
      await clock.advance(2_000);
      expect((await call).code).toBe("call-timeout");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a tab that is closed over a link that does not tell is lost all the same", async () => {
      const { counter, worker, clock, heard, stop } = await lively({
        link: { detectsClose: false },
      });
      worker.link.cut();
      await clock.advance(20_000);
      expect(counter.status).toBe("down");
      expect(heard.map(inWords)).toEqual(["down noconnection"]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a peer that vanished from the serving side is forgotten, with all it had started", async () => {
      const { worker, clock, page } = await lively({ link: { detectsClose: false } });
      expect(worker.served.system.processes()).toHaveLength(1);
      worker.link.cut();
      await clock.advance(20_000);
      expect(worker.served.system.processes()).toEqual([]);
      await worker.served.stop();
      await page.stop();
    });

    test("an idle link that does not tell of its end is asked every few seconds, by either of the two", async () => {
      const { page, counter, worker, clock, stop } = await lively({
        link: { detectsClose: false },
      });
      await clock.advance(1_000);
      const frames: string[] = [];
      logFrames(page, ({ direction, frame }) => frames.push(`${direction} ${frame.t}`));
      await clock.advance(60_000);
      const asked = (direction: string): number =>
        frames.filter((line) => line === `${direction} ping`).length;
      expect(asked("out") + asked("in")).toBeGreaterThan(60_000 / 2_500 - 3);
      expect(asked("out") + asked("in")).toBeLessThan(60_000 / 2_000 + 3);
      // Whoever calls is told of a busy or lost peer as soon as ever.
      worker.link.toFar.stalled = worker.link.toNear.stalled = true;
      const call = rejection(counter.with({ timeoutMs: 60_000 }).call.get());
      const link = linkOf(counter);
      expect(link.status).toBe("open");
      await clock.advance(1_000);
      expect(link.status).toBe("busy");
      await clock.advance(15_000);
      expect((await call).reason).toBe("noconnection");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("who was lost for silence is told, so that it knows when it wakes", async () => {
      const { worker, clock, stop } = await lively({
        ...patient,
        link: { detectsClose: false },
        place: { busyAfterMs: 500, unresponsiveMs: 2_000 },
      });
      worker.link.toFar.stalled = worker.link.toNear.stalled = true;
      await clock.advance(3_000);
      expect(worker.link.terminations).toBe(1);
      await stop();
    });

    test("the end of an actor is not waited for for ever", async () => {
      const { counter, worker, clock, stop } = await lively(patient);
      worker.link.toFar.stalled = true;
      let isStopped = false;
      void counter.stop().then(() => {
        isStopped = true;
      });
      await clock.advance(6_000);
      expect(isStopped).toBe(true);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });
  });

  describe("cancelled calls", () => {
    test("one whose handler fails for it leaves the realm alone", async () => {
      const { page, place, clock, workers, stop } = pairOf([Counter], quiet);
      const counter = page.launch(remote<typeof Counter>("counter", place));
      const other = page.launch(remote<typeof Counter>("counter", place));
      await clock.settle();
      const call = rejection(counter.with({ timeoutMs: 100 }).call.breaksOff());
      await clock.advance(2_000);
      expect((await call).code).toBe("call-timeout");
      expect(workers).toHaveLength(1);
      expect(other.status).toBe("live");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("RLM-4: one whose handler does not stop costs its realm, after the grace", async () => {
      const { counter, heard, worker, clock } = await lively();
      const call = rejection(counter.with({ timeoutMs: 100 }).call.stubborn());
      await clock.advance(599);
      expect(worker.link.terminations).toBe(0);
      await clock.advance(11);
      expect((await call).code).toBe("call-timeout");
      expect(worker.link.terminations).toBe(1);
      expect(heard.map(inWords)).toEqual(["down noconnection"]);
    });
  });

  describe("what cannot be sent", () => {
    test("a refused cast costs no credit", async () => {
      const { counter, clock, worker, stop } = await lively();
      const { near } = worker.link;
      const { send } = near;
      near.send = () => {
        throw new DOMException("no", "DataCloneError");
      };
      for (let n = 0; n < 2_000; n++) counter.cast.inc();
      await clock.settle();
      near.send = send;
      const call = counter.call.get();
      await clock.advance(100);
      expect(await call).toBe(0);
      expect(clock.reported.length).toBeGreaterThan(0);
      await stop();
    });

    test("replies of one turn that cannot be sent reject each of their callers", async () => {
      const { counter, clock, worker, stop } = await lively();
      const { far } = worker.link;
      const send = far.send.bind(far);
      far.send = (packet, transfer) => {
        if (JSON.stringify(packet).includes("xxxx")) throw new DOMException("no", "DataCloneError");
        send(packet, transfer);
      };
      const calls = [1, 2, 3, 4].map(() => rejection(counter.call.big(100)));
      await clock.advance(10);
      const errors = await Promise.race([Promise.all(calls), clock.settle().then(() => [])]);
      expect(errors.map(({ name }) => name)).toEqual(Array(4).fill("DataCloneError"));
      await stop();
    });

    test("an end whose reason cannot be sent is told all the same", async () => {
      const Odd = genServer({
        id: "odd",
        init: () => null,
        call: { end: (self) => self.stop({ shutdown: () => {} }) },
      });
      const { page, place, clock, stop } = pairOf([Odd, Counter], quiet);
      const odd = page.launch(remote<typeof Odd>("odd", place));
      await clock.settle();
      odd.call.end().catch(() => {});
      await clock.settle();
      expect(odd.status).toBe("down");
      // The news of other ends go on.
      const counter = page.launch(remote<typeof Counter>("counter", place));
      await clock.settle();
      counter.kill();
      await clock.settle();
      expect(counter.status).toBe("down");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });
  });

  describe("RLM-7: what only the host knows that it cannot be sent", () => {
    /** Looks like any object, and no host clones it: what libraries of state give away. */
    const proxied = (): object => new Proxy({ n: 1 }, {});
    /** A buffer that was moved away. */
    const detached = (): ArrayBuffer => {
      const buffer = new ArrayBuffer(8);
      structuredClone(buffer, { transfer: [buffer] });
      return buffer;
    };
    class Refused extends Error {
      override readonly name = "Refused";
      readonly data: unknown;
      constructor(data: unknown) {
        super("refused");
        this.data = data;
      }
    }
    const Odd = genServer({
      id: "odd",
      init: () => ({ shown: { n: 0 } as object }),
      view: (state) => state.shown,
      call: {
        get: () => 7,
        give: (_self, what: "proxied" | "detached") =>
          what === "proxied" ? proxied() : detached(),
        refuse: (self, what: "proxied" | "detached") =>
          self.reject(new Refused(what === "proxied" ? proxied() : detached())),
        end: (self) => self.stop({ shutdown: proxied() }),
        show: (self, n: number) => {
          self.state = { shown: n === 0 ? proxied() : { n } };
        },
        hold: (_self, signal: AbortSignal) =>
          new Promise((resolve) => {
            signal.addEventListener("abort", () => resolve(String(signal.reason)));
          }),
      },
    });
    async function odds() {
      const pair = pairOf([Odd], { ...quiet, place: { errors: [Refused] } });
      const odd = pair.page.launch(remote<typeof Odd>("odd", pair.place));
      const neighbour = pair.page.launch(remote<typeof Odd>("odd", pair.place));
      await pair.clock.settle();
      return { ...pair, odd, neighbour };
    }
    for (const what of ["proxied", "detached"] as const) {
      test(`a reply, and a field of an error, that are ${what} cost their own call alone`, async () => {
        const { odd, neighbour, clock, stop } = await odds();
        await settled(clock, rejection(odd.call.give(what)));
        const error = await settled(clock, rejection(odd.call.refuse(what)));
        expect(error).toBeInstanceOf(Refused);
        expect(error.message).toBe("refused");
        expect(typeof (error as unknown as Refused).data).toBe("string");
        expect(await settled(clock, odd.call.get())).toBe(7);
        expect(await settled(clock, neighbour.call.get())).toBe(7);
        expect(await stop()).toEqual(NOTHING_LEFT);
      });
    }

    test("a reason is told in words, and stays a shutdown", async () => {
      const { odd, neighbour, clock, page, stop } = await odds();
      const heard: Info[] = [];
      const Watcher = genServer({
        id: "watcher",
        init: (self) => self.monitor(odd),
        info: (_self, message) => void heard.push(message),
      });
      page.launch(Watcher);
      await clock.settle();
      odd.call.end().catch(() => {});
      await clock.settle();
      expect(heard.length).toBe(1);
      expect((heard[0] as Info & { type: "down" }).reason).toEqual({ shutdown: '{"n":1}' });
      expect(await settled(clock, neighbour.call.get())).toBe(7);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a snapshot leaves the one before, and the realm it is of is told", async () => {
      const { odd, neighbour, clock, stop } = await odds();
      odd.subscribe(() => {});
      odd.getSnapshot();
      await clock.settle();
      await settled(clock, odd.call.show(1));
      expect(odd.getSnapshot()).toEqual({ n: 1 });
      const before = clock.reported.length;
      await settled(clock, odd.call.show(0));
      expect(odd.getSnapshot()).toEqual({ n: 1 });
      expect(clock.reported.length).toBe(before + 1);
      await settled(clock, odd.call.show(2));
      expect(odd.getSnapshot()).toEqual({ n: 2 });
      expect(await settled(clock, neighbour.call.get())).toBe(7);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("the reason of an abort is told in words", async () => {
      const { odd, neighbour, clock, stop } = await odds();
      const control = new AbortController();
      const held = odd.call.hold(control.signal);
      await clock.settle();
      control.abort(proxied());
      expect(await settled(clock, held)).toMatch(/A value that cannot be sent was thrown: {"n":1}/);
      expect(await settled(clock, neighbour.call.get())).toBe(7);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("an error that is longer than a packet is told in words", async () => {
      const { counter, clock, worker, stop } = await lively();
      const { far } = worker.link;
      const send = far.send.bind(far);
      far.send = (packet, transfer) => {
        if (JSON.stringify(packet).length > 50_000) throw new RangeError("a packet is too long");
        send(packet, transfer);
      };
      counter.call.crashWith("x".repeat(60_000)).catch(() => {});
      await clock.settle();
      expect(counter.status).toBe("down");
      expect(worker.link.isOpen).toBe(true);
      await stop();
    });
  });

  describe("credit", () => {
    test("plain messages wait for room as calls do, and none is lost", async () => {
      const { counter, clock, worker, stop } = await lively();
      counter.cast.wait(100);
      for (let n = 0; n < 5_000; n++) counter.send(n);
      await clock.settle();
      expect(worker.link.isOpen).toBe(true);
      await clock.advance(200);
      const count = counter.call.get();
      await clock.settle();
      expect(await count).toBe(5_000);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("an actor that is suspended is sent no more than its credit", async () => {
      const { page, place, clock, stop } = pairOf([Counter, Keeper]);
      const counter = page.launch(remote<typeof Counter>("counter", place));
      const keeper = page.launch(remote<typeof Keeper>("keeper", place));
      await clock.settle();
      const suspended = keeper.call.suspend(counter);
      await clock.settle();
      await suspended;
      for (let n = 0; n < 5_000; n++) counter.cast.inc();
      const waiting = keeper.call.waiting(counter);
      await clock.settle();
      // The grants wait with what they are for.
      expect(await waiting).toBe(2_048 + 4);
      const resumed = keeper.call.resume(counter);
      const count = counter.call.get();
      await clock.settle();
      await resumed;
      expect(await count).toBe(5_000);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("without room nothing is sent", async () => {
      const { counter, clock, worker, stop } = await lively();
      counter.cast.wait(100);
      await clock.settle();
      for (let n = 0; n < 5_000; n++) counter.send(n);
      await clock.settle();
      const { children } = worker.served.system.processes()[0] ?? { children: [] };
      expect(children).toHaveLength(1);
      const sent = worker.link.toFar.sent;
      counter.send("one more");
      await clock.settle();
      expect(worker.link.toFar.sent).toBe(sent);
      await clock.advance(200);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });
  });

  test("two who reached one shared actor are both told of its end", async () => {
    const { send, of, system, clock, stop } = await rawClient([], {
      link: { trusted: true },
      sharing: async (all) => ({ counter: await all.start(Counter) }),
    });
    await send(HELLO);
    for (const id of [1, 2]) {
      await send({ t: "start", id, behaviour: "counter", args: [], shared: true });
    }
    const ids = of("reply").map(({ ok }) => (ok as { id: unknown }).id);
    expect(new Set(ids).size).toBe(2);
    await system.stop();
    await clock.settle();
    expect(of("down").map((frame) => frame.of)).toEqual(ids);
    expect(await stop()).toBe(0);
  });

  test("RLM-12: who lets go of a shared actor does not end it", async () => {
    const { page, place, clock, peers, stop } = rawPlace({ shared: true });
    const counter = page.launch(remote<typeof Counter>("counter", place));
    await clock.settle();
    const [peer] = peers;
    await peer?.send(WELCOME);
    await peer?.send({ t: "reply", id: peer.of("start")[0]?.id, ok: { id: 7 } });
    expect(counter.status).toBe("live");
    await Promise.all([counter.stop(), clock.settle()]);
    expect(peer?.of("stop")).toEqual([]);
    expect(peer?.of("demonitor")).toMatchObject([{ to: 7 }]);
    expect(await stop()).toBe(0);
  });
});
