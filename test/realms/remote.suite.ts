// Remote actors: called, cast to, linked, monitored and supervised as local ones are.
// Over a link in memory on virtual time; the real links are test/realms/link-conformance.ts.

import {
  type ActorRef,
  changeCode,
  type child,
  genServer,
  type HandleOf,
  type Info,
  restartChild,
  supervisor,
  sys,
  terminateChild,
} from "../../src/index.js";
import { remote } from "../../src/realms/places/remote.js";
import { defineSuite } from "../harness/suite.js";
import { latch, rejection, settled } from "../kernel/probes.js";
import { Keeper } from "./keeper.js";
import { pairOf } from "./pair.js";

const Counter = genServer({
  id: "counter",
  init: (_self, start: number = 0) => ({ count: start }),
  call: {
    get: (self) => self.state.count,
    add: (self, by: number) => {
      self.state.count += by;
      return self.state.count;
    },
    refuse: (self) => self.reject(new RangeError("no")),
    never: (self) => self.replyLater<number>(),
    crash: () => {
      throw new Error("asked for");
    },
  },
  cast: {
    inc: (self, by: number = 1) => {
      self.state.count += by;
    },
    crash: () => {
      throw new Error("asked for");
    },
  },
  view: (state) => state.count,
});

/** Keeps what it hears, in order. */
const Listener = genServer({
  id: "listener",
  init: () => ({ heard: [] as unknown[] }),
  call: { heard: (self) => [...self.state.heard] },
  cast: {
    note: (self, what: string) => {
      self.state.heard.push(what);
    },
  },
  info: (self, message) => {
    if (message.type === "message") self.state.heard.push(message.message);
  },
});

/** Keeps what it is told. */
const Watcher = genServer({
  id: "watcher",
  init: (_self, heard: Info[]) => ({ heard }),
  call: {
    watch: (self, ref: ActorRef) => self.monitor(ref),
    link: (self, ref: ActorRef) => {
      self.trapExit();
      self.link(ref);
    },
    exit: (self, ref: ActorRef, reason: string) => self.exit(ref, reason),
  },
  info: (self, message) => {
    self.state.heard.push(message);
  },
});

export const suite = defineSuite("remote", ({ describe, test, expect }) => {
  test("a face that is printed calls nobody", async () => {
    const { page, place, clock, stop } = pairOf([Counter]);
    const counter = page.launch(remote<typeof Counter>("counter", place));
    await clock.settle();
    expect(JSON.stringify(counter.call)).toBe("{}");
    await clock.settle();
    expect(clock.reported).toEqual([]);
    await stop();
  });

  describe("calls", () => {
    test("RLM-1: a call and a cast reach the actor, in order, and the reply comes back", async () => {
      const { page, place, clock, stop } = pairOf([Counter]);
      const starting = page.start(remote<typeof Counter>("counter", place), 3);
      await clock.settle();
      const counter = await starting;
      expect(counter.cast.inc(2)).toBe(true);
      const reply = counter.call.get();
      await clock.settle();
      expect(await reply).toBe(5);
      expect(counter.status).toBe("live");
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("RLM-1: messages of one turn go together, a flood in parts, and all in order", async () => {
      const { page, place, clock, workers, stop } = pairOf([Counter]);
      const starting = page.start(remote<typeof Counter>("counter", place));
      await clock.settle();
      const counter = await starting;
      const before = workers[0]?.link.toFar.sent ?? 0;
      const replies: Promise<number>[] = [];
      for (let i = 0; i < 1_000; i++) replies.push(counter.call.add(1));
      await clock.settle();
      expect(await Promise.all(replies)).toEqual([...Array(1_000).keys()].map((i) => i + 1));
      // The first at once, then 256 at a time.
      expect((workers[0]?.link.toFar.sent ?? 0) - before).toBe(1 + Math.ceil(999 / 256));
      await stop();
    });

    test("two thousand messages to a realm of our own leave in one turn, without a grant", async () => {
      const { page, place, clock, workers, stop } = pairOf([Counter]);
      const counter = page.launch(remote<typeof Counter>("counter", place));
      await clock.settle();
      const before = workers[0]?.link.toFar.sent ?? 0;
      for (let i = 0; i < 2_000; i++) counter.cast.inc();
      await Promise.resolve();
      expect((workers[0]?.link.toFar.sent ?? 0) - before).toBe(1 + Math.ceil(1_999 / 256));
      const reply = counter.call.get();
      await clock.settle();
      expect(await reply).toBe(2_000);
      await stop();
    });

    test("RLM-1: what is sent to an idle actor has left when the call returns", async () => {
      const { page, place, clock, workers, stop } = pairOf([Counter]);
      const counter = page.launch(remote<typeof Counter>("counter", place));
      await clock.settle();
      const sent = () => workers[0]?.link.toFar.sent ?? 0;
      const before = sent();
      counter.cast.inc();
      expect(sent()).toBe(before + 1);
      await clock.settle();
      const reply = counter.call.get();
      expect(sent()).toBe(before + 2);
      await clock.settle();
      expect(await reply).toBe(1);
      await stop();
    });

    test("RLM-1: nothing overtakes what waits before it, whatever kind it is of", async () => {
      const { page, place, clock, stop } = pairOf([Listener]);
      const listener = page.launch(remote<typeof Listener>("listener", place));
      await clock.settle();
      listener.cast.note("cast");
      listener.send("send");
      listener.cast.note("behind send");
      const offered = listener.offer.note("offer");
      const heard = listener.call.heard();
      const seen: unknown[] = [];
      const untrace = sys.trace(listener, ({ type, value }) => {
        if (type === "in") seen.push(value);
      });
      listener.cast.note("traced");
      await clock.settle();
      await offered;
      listener.cast.note("traced, idle");
      await clock.settle();
      untrace();
      listener.cast.note("last");
      const all = listener.call.heard();
      await clock.settle();
      expect(await heard).toEqual(["cast", "send", "behind send", "offer"]);
      expect((await all).slice(4)).toEqual(["traced", "traced, idle", "last"]);
      expect(seen.slice(-2)).toEqual([["traced"], ["traced, idle"]]);
      await stop();
    });

    test("what cannot be sent rejects its own call at once, and those beside it are answered", async () => {
      const { page, place, clock, stop } = pairOf([Counter]);
      const counter = page.launch(remote<typeof Counter>("counter", place));
      await clock.settle();
      const one = counter.call.add(1);
      const refused = rejection(counter.call.add((() => {}) as unknown as number));
      const two = counter.call.add(1);
      await clock.settle();
      expect((await refused).name).toBe("TypeError");
      expect([await one, await two]).toEqual([1, 2]);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("RLM-2: what is called before hello waits within its timeout", async () => {
      const { page, place, clock, stop } = pairOf([Counter], { link: { delayMs: 100 } });
      const counter = page.launch(remote<typeof Counter>("counter", place), 3);
      expect(counter.status).toBe("starting");
      const patient = counter.call.get();
      const hasty = rejection(counter.with({ timeoutMs: 50 }).call.get());
      await clock.advance(1_000);
      expect(await patient).toBe(3);
      expect((await hasty).message).toContain("within 50 ms");
      await stop();
    });

    test("an expected failure rejects the caller, and the actor lives on", async () => {
      const { page, place, clock, stop } = pairOf([Counter]);
      const counter = page.launch(remote<typeof Counter>("counter", place), 3);
      const refused = rejection(counter.call.refuse());
      await clock.settle();
      expect((await refused).message).toBe("no");
      expect(counter.status).toBe("live");
      await stop();
    });

    test("a crash there is a crash here, with its reason, and every call settles", async () => {
      const crashes: unknown[] = [];
      const { page, place, clock, stop } = pairOf([Counter], {
        page: { onCrash: (error) => crashes.push(error) },
      });
      const counter = page.launch(remote<typeof Counter>("counter", place), 3);
      const waiting = rejection(counter.call.never());
      const crash = rejection(counter.call.crash());
      await clock.settle();
      expect((await crash).message).toContain("asked for");
      expect((await waiting).message).toContain("asked for");
      expect(counter.status).toBe("down");
      expect(crashes).toHaveLength(1);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("a call of what is a cast there says that it is one", async () => {
      const { page, place, clock, stop } = pairOf([Counter]);
      const counter = page.launch(remote<typeof Counter>("counter", place));
      const wrong = counter as unknown as { readonly call: { inc(): Promise<void> } };
      const refused = rejection(wrong.call.inc());
      await clock.settle();
      expect(await refused).toMatchObject({
        code: "no-method",
        message: expect.stringMatching(
          /^Cannot call counter#\d+\.inc: it has no such handler; it has .*, the cast inc$/,
        ),
      });
      await stop();
    });

    test("RLM-4: an aborted call is cancelled there", async () => {
      const aborted = latch<string>();
      const Slow = genServer({
        id: "slow",
        init: () => null,
        call: {
          work: async (self) => {
            const { signal } = self.from;
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
            aborted.resolve("aborted");
          },
        },
      });
      const { page, place, clock, stop } = pairOf([Slow]);
      const slow = page.launch(remote<typeof Slow>("slow", place));
      const controller = new AbortController();
      const call = rejection(slow.with({ signal: controller.signal }).call.work());
      await clock.settle();
      controller.abort(new Error("enough"));
      await clock.settle();
      expect((await call).message).toBe("enough");
      expect(await aborted.promise).toBe("aborted");
      await clock.advance(1_000);
      // It obeyed within its grace: the realm lives.
      expect(slow.status).toBe("live");
      await stop();
    });
  });

  describe("failure", () => {
    test("RLM-3: what a lost link rejects has the LinkLost as its cause: which place, and why", async () => {
      const crashes: unknown[] = [];
      const { page, place, clock, stop, workers } = pairOf([Counter], {
        page: { onCrash: (error) => crashes.push(error) },
        link: { delayMs: 5 },
      });
      const Owner = genServer({
        id: "owner",
        init: (self) => self.spawn(remote<typeof Counter>("counter", place)),
        call: { never: (self) => self.replyLater<number>() },
      });
      const App = supervisor({
        id: "app",
        maxRestarts: 0,
        children: (child) => ({ counter: child(remote<typeof Counter>("counter", place), []) }),
      });
      const counter = page.launch(remote<typeof Counter>("counter", place));
      const owner = page.launch(Owner);
      page.launch(App);
      await clock.advance(100);
      const lost = {
        code: "actor-exit",
        reason: "noconnection",
        cause: { code: "link-lost", why: "cut" },
      };
      const calls = [rejection(counter.call.never()), rejection(owner.call.never())];
      // More than it has credit for: the last of them never left.
      const many = Array.from({ length: 4_000 }, () => rejection(counter.call.never()));
      const stopping = rejection(counter.with({ timeoutMs: 60 }).call.never());
      await clock.advance(20);
      workers[0]?.link.cut("cut");
      await clock.advance(20);
      for (const error of await Promise.all([...calls, ...many, stopping])) {
        expect(error).toMatchObject(lost);
      }
      // Nothing of what comes later ran, whatever the link was lost for.
      const late = await rejection(counter.call.get());
      expect([late.reason, late.cause]).toEqual(["noproc", undefined]);
      expect(crashes).toHaveLength(3);
      expect(crashes).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ ...lost, cause: expect.objectContaining(lost.cause) }),
          expect.objectContaining({
            code: "gave-up",
            reason: "noconnection",
            cause: expect.objectContaining(lost.cause),
          }),
        ]),
      );
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("GS-7: a link that is lost while its actor is being stopped is no crash", async () => {
      const Stuck = genServer({
        id: "stuck",
        init: () => 0,
        terminate: () => new Promise<void>(() => {}),
      });
      for (const whole of [false, true]) {
        const crashes: unknown[] = [];
        const { page, place, clock, stop, workers } = pairOf([Stuck], {
          page: { onCrash: (error) => crashes.push(error) },
        });
        const stuck = page.launch(remote<typeof Stuck>("stuck", place));
        await clock.settle();
        let isOver = false;
        void (whole ? page.stop() : stuck.stop()).then(() => {
          isOver = true;
        });
        await clock.settle();
        expect(isOver).toBe(false);
        workers[0]?.link.cut("cut");
        await clock.settle();
        expect([isOver, crashes]).toEqual([true, []]);
        expect(await stop()).toEqual({ timers: 0 });
      }
    });

    test("RLM-3: a lost link ends every proxy with noconnection, once for each monitor", async () => {
      const heard: Info[] = [];
      const { page, place, clock, stop, workers } = pairOf([Counter], {
        page: { onCrash: () => {} },
      });
      const counter = page.launch(remote<typeof Counter>("counter", place));
      const watcher = page.launch(Watcher, heard);
      await clock.settle();
      await watcher.call.watch(counter);
      await watcher.call.link(counter);
      const call = rejection(counter.call.never());
      await clock.settle();
      workers[0]?.link.crash("the worker crashed");
      await clock.settle();
      expect((await call).message).toContain("noconnection");
      expect(heard.map(({ type }) => type).sort()).toEqual(["down", "exit"]);
      expect(heard.map((info) => "reason" in info && info.reason)).toEqual([
        "noconnection",
        "noconnection",
      ]);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("RLM-3: a supervisor starts a lost actor anew in a new realm, and its handle follows", async () => {
      const { page, place, clock, stop, workers } = pairOf([Counter]);
      const App = supervisor({
        strategy: "oneForOne",
        children: (add: typeof child) => ({
          counter: add(remote<typeof Counter>("counter", place), [7]),
        }),
      });
      const starting = page.start(App);
      await clock.settle();
      const app = await starting;
      app.child.counter.cast.inc();
      await clock.settle();
      workers[0]?.link.crash();
      await clock.settle();
      const reply = app.child.counter.call.get();
      await clock.settle();
      expect(await reply).toBe(7);
      expect(workers).toHaveLength(2);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("stopping it stops the actor there, and waits for its terminate", async () => {
      const order: string[] = [];
      const Careful = genServer({
        id: "careful",
        init: () => null,
        terminate: async (_self, reason) => {
          order.push(`terminate ${String(reason)}`);
        },
      });
      const { page, place, clock, stop } = pairOf([Careful]);
      const careful = page.launch(remote<typeof Careful>("careful", place));
      await clock.settle();
      const stopped = careful.stop().then(() => order.push("stopped"));
      await clock.settle();
      await stopped;
      expect(order).toEqual(["terminate normal", "stopped"]);
      expect(await stop()).toEqual({ timers: 0 });
    });
  });

  describe("refs", () => {
    const Echo = genServer({
      id: "echo",
      init: () => ({ sum: 0 }),
      call: {
        ask: (_self, counter: HandleOf<typeof Counter>) => counter.call.get(),
        same: (_self, ref: ActorRef) => ref,
        make: (self) => self.spawn(Counter, 11),
        watch: (self, ref: ActorRef) => {
          self.monitor(ref);
        },
        downs: (self) => self.state.sum,
      },
      info: (self, message) => {
        if (message.type === "down") self.state.sum++;
      },
    });

    test("RLM-6: a ref in an argument can be called from there, and comes home as itself", async () => {
      const { page, place, clock, stop } = pairOf([Echo]);
      const echo = page.launch(remote<typeof Echo>("echo", place));
      const counter = await page.start(Counter, 42);
      const asked = echo.call.ask(counter);
      const same = echo.call.same(counter);
      await clock.settle();
      expect(await asked).toBe(42);
      expect(await same).toBe(counter);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("a ref that comes from there can be called, and is one ref", async () => {
      const { page, place, clock, stop } = pairOf([Echo]);
      const echo = page.launch(remote<typeof Echo>("echo", place));
      const making = echo.call.make();
      await clock.settle();
      const made = await making;
      const got = made.call.get();
      const same = echo.call.same(made);
      await clock.settle();
      expect(await got).toBe(11);
      expect(await same).toBe(made);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("RLM-11: a monitor there of an actor here fires once, after its last message", async () => {
      const { page, place, clock, stop } = pairOf([Echo]);
      const echo = page.launch(remote<typeof Echo>("echo", place));
      const counter = await page.start(Counter, 42);
      void echo.call.watch(counter);
      await clock.settle();
      await counter.stop();
      await clock.settle();
      const downs = echo.call.downs();
      await clock.settle();
      expect(await downs).toBe(1);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("RLM-11: what is held up by a proxy that is suspended is heard before the end all the same", async () => {
      type Ear = HandleOf<typeof Listener>;
      const Speaker = genServer({
        id: "speaker",
        init: () => null,
        call: {
          sayAndStop: (self, ear: Ear) => {
            for (const word of ["one", "two"]) ear.cast.note(word);
            self.stop("mine");
          },
        },
      });
      const App = supervisor({
        id: "app",
        children: (add: typeof child) => ({ speaker: add(Speaker, [], { restart: "temporary" }) }),
      });
      for (const [end, isChild] of [
        ["resume", false],
        ["kill", false],
        ["resume", true],
      ] as const) {
        const options = { page: { onCrash: () => {} } };
        const { page, place, clock, stop } = pairOf([App, Speaker, Keeper], options);
        const heard: Info[] = [];
        const app = page.launch(remote<typeof App>("app", place));
        await clock.settle();
        const speaker = isChild
          ? app.child.speaker
          : page.launch(remote<typeof Speaker>("speaker", place));
        const keeper = page.launch(remote<typeof Keeper>("keeper", place));
        const ear = page.launch(Listener);
        const watcher = page.launch(Watcher, heard);
        await clock.settle();
        void watcher.call.watch(speaker);
        void keeper.call.suspend(ear);
        await clock.settle();
        const last = speaker.call.sayAndStop(ear);
        await clock.settle();
        await last;
        const words = await ear.call.heard();
        // It has begun to end (H-1), and nobody is told of the end.
        expect([words, heard, speaker.status]).toEqual([[], [], "down"]);
        if (end === "resume") void keeper.call.resume(ear);
        else ear.kill();
        await clock.settle();
        expect(heard).toMatchObject([{ type: "down", reason: "mine" }]);
        expect(speaker.status).toBe("down");
        if (end === "resume") expect(await ear.call.heard()).toEqual(["one", "two"]);
        expect(await stop()).toEqual({ timers: 0 });
      }
    });
  });

  test("SYS-5: the state of a remote actor is asked for there: here it is refused, and nothing is harmed", async () => {
    const Asker = genServer({
      id: "asker",
      init: () => null,
      call: { state: (_self, ref: ActorRef) => sys.getState(ref) },
    });
    const { page, place, clock, stop } = pairOf([Counter, Asker]);
    const counter = page.launch(remote<typeof Counter>("counter", place), 3);
    const asker = page.launch(remote<typeof Asker>("asker", place));
    await clock.settle();
    const questions = {
      "sys.getState": () => sys.getState(counter),
      "sys.replaceState": () => sys.replaceState(counter, () => ({ count: 1 })),
      "sys.getStatus": () => sys.getStatus(counter),
      changeCode: () => changeCode(counter, Counter),
    };
    for (const [name, ask] of Object.entries(questions)) {
      const refusal = rejection(ask());
      await clock.settle();
      const error = await refusal;
      expect(error).toMatchObject({ name: "UnsupportedError", capability: name });
      expect(error.message).toBe(
        `Cannot use ${name} on ${counter.id}, which runs in another realm: use it there, in an actor of ` +
          "that realm, or make what you need to know a call or the view",
      );
    }
    const there = asker.call.state(counter);
    const got = counter.call.get();
    await clock.settle();
    expect([await there, await got]).toEqual([{ count: 3 }, 3]);
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("SYS-7: a trace sees all that goes to a remote actor, and a ref to that stays its own", async () => {
    const Asker = genServer({
      id: "asker",
      init: () => null,
      call: { ask: (_self, ref: HandleOf<typeof Counter>) => ref.id },
    });
    const { page, place, clock, stop } = pairOf([Counter, Asker]);
    const counter = page.launch(remote<typeof Counter>("counter", place), 3);
    const asker = page.launch(remote<typeof Asker>("asker", place));
    await clock.settle();
    const direct = asker.call.ask(counter);
    const seen: string[] = [];
    const untrace = sys.trace(counter, ({ type, name }) => seen.push(`${type} ${name}`));
    counter.cast.inc();
    const got = counter.call.get();
    const traced = asker.call.ask(counter);
    await clock.settle();
    untrace();
    expect(await got).toBe(4);
    expect(await traced).toBe(await direct);
    expect(seen).toEqual(["in inc", "out inc", "in get", "out get"]);
    expect(await stop()).toEqual({ timers: 0 });
  });

  describe("children of a supervisor there", () => {
    const Tree = supervisor({
      id: "tree",
      maxRestarts: 0,
      children: (add: typeof child) => ({ kid: add(Counter, [3]), other: add(Counter, [4]) }),
    });
    type Kid = HandleOf<typeof Counter>;
    test("RLM-2: can be called, read and watched before it has started: that waits for it", async () => {
      const { page, place, clock, stop } = pairOf([Tree], { link: { delayMs: 20 } });
      const tree = page.launch(remote<typeof Tree>("tree", place));
      const { kid } = tree.child as { kid: Kid };
      expect([tree.status, kid.status, kid.id]).toEqual(["starting", "starting", "kid"]);
      expect(kid.getSnapshot()).toBe(undefined);
      expect(tree.child.kid).toBe(kid);
      const seen: unknown[] = [];
      const unsubscribe = kid.subscribe(() => seen.push([kid.status, kid.getSnapshot()]));
      const got = kid.call.add(1);
      const offered = kid.offer.inc();
      const late = rejection(kid.with({ timeoutMs: 10 }).call.get());
      const nobody = rejection((tree.child as unknown as { nobody: Kid }).nobody.call.get());
      expect(kid.cast.inc()).toBe(false);
      await clock.advance(300);
      expect((await late).code).toBe("call-timeout");
      expect((await nobody).reason).toBe("noproc");
      expect([await got, await offered]).toEqual([4, undefined]);
      expect(kid.status).toBe("live");
      expect(seen.at(-1)).toEqual(["live", 5]);
      unsubscribe();
      const count = seen.length;
      expect(kid.cast.inc(5)).toBe(true);
      await clock.advance(300);
      expect(seen).toHaveLength(count);
      expect(tree.child.kid.getSnapshot()).toBe(10);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("H-1: are there when it has given up, and nobody: as those of one here", async () => {
      const { page, place, clock, stop } = pairOf([Tree], { page: { onCrash: () => {} } });
      const here = page.launch(Tree);
      const tree = page.launch(remote<typeof Tree>("tree", place));
      await clock.settle();
      for (const app of [here, tree]) {
        const { kid } = app.child;
        expect(await settled(clock, kid.call.get())).toBe(3);
        await settled(clock, rejection(kid.call.crash()));
        expect([app.status, kid.status, app.child.kid.status]).toEqual(["down", "down", "down"]);
        for (const handle of [kid, app.child.kid]) {
          const { reason, message } = await settled(clock, rejection(handle.call.get()));
          expect(reason).toBe("noproc");
          expect(message).toContain("no such process is alive");
          expect(handle.cast.inc()).toBe(false);
        }
      }
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("H-1: of one that failed to start are nobody, and what waited for them rejects", async () => {
      const { page, place, clock, stop } = pairOf([], { page: { onCrash: () => {} } });
      const tree = page.launch(remote<typeof Tree>("tree", place));
      const { kid } = tree.child;
      const got = rejection(kid.call.get());
      await clock.settle();
      expect((await got).reason).toBe("noproc");
      expect([kid.status, tree.child.kid.status]).toEqual(["down", "down"]);
      expect(await stop()).toEqual({ timers: 0 });
    });

    const Deep = supervisor({
      id: "deep",
      maxRestarts: 0,
      children: (add: typeof child) => ({ inner: add(Tree, []), near: add(Counter, [5]) }),
    });
    /** Deep under a supervisor of the page, beside one that runs in the page whole. */
    const deepPair = (options: { delayMs: number }) => {
      const pair = pairOf([Deep], { link: options, page: { onCrash: () => {} } });
      const App = supervisor({
        maxRestarts: 9,
        children: (add: typeof child) => ({
          there: add(remote<typeof Deep>("deep", pair.place), []),
          here: add(Deep, []),
        }),
      });
      return { ...pair, app: pair.page.launch(App) };
    };

    test("SUP-9: handles of children, and of theirs, stay good while workers come and go", async () => {
      const { app, clock, workers, stop } = deepPair({ delayMs: 20 });
      const { there } = app.child;
      const { inner, near } = there.child;
      const { kid } = inner.child;
      const first = Promise.all([kid.call.get(), near.call.get()]);
      await clock.advance(300);
      expect(await first).toEqual([3, 5]);
      const statuses: string[] = ["live"];
      kid.subscribe(() => {
        // What it shows changes too.
        if (kid.status !== statuses.at(-1)) statuses.push(kid.status);
      });
      for (let times = 1; times <= 3; times++) {
        workers.at(-1)?.link.crash();
        await clock.advance(25);
        expect([there.status, inner.status, kid.status, near.status]).toEqual(
          Array(4).fill("restarting"),
        );
        expect([there.child.inner, inner.child.kid]).toEqual([inner, kid]);
        expect(Object.keys(there.child)).toEqual(["inner", "near"]);
        const refused = rejection(kid.call.get());
        const waits = kid.with({ whenDown: "wait" }).call.get();
        await clock.advance(300);
        expect((await refused).reason).toBe("noproc");
        expect(await waits).toBe(3);
        expect(statuses).toHaveLength(2 * times + 1);
        expect(statuses.slice(-2)).toEqual(["restarting", "live"]);
        expect([there.child.near, there.child.inner, inner.child.kid]).toEqual([near, inner, kid]);
        const both = [kid, near].map((handle) => handle.call.add(1));
        await clock.advance(300);
        expect(await Promise.all(both)).toEqual([4, 6]);
      }
      expect(workers).toHaveLength(4);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("SUP-9: when a supervisor there gives up they are filled again, as those of one here", async () => {
      const { app, clock, stop } = deepPair({ delayMs: 0 });
      await clock.settle();
      for (const { child: deep } of [app.child.here, app.child.there]) {
        const { inner, near } = deep;
        const { kid } = inner.child;
        await settled(clock, rejection(kid.call.crash()));
        expect(await settled(clock, kid.with({ whenDown: "wait" }).call.get())).toBe(3);
        expect(await settled(clock, near.call.get())).toBe(5);
        expect([deep.inner, inner.child.kid]).toEqual([inner, kid]);
      }
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("H-1: are down for good with a supervisor that is not brought back", async () => {
      const { app, clock, stop } = deepPair({ delayMs: 0 });
      await clock.settle();
      for (const name of ["here", "there"] as const) {
        const { inner, near } = app.child[name].child;
        const { kid } = inner.child;
        const ended = terminateChild(app, name);
        await settled(clock, ended);
        expect([inner.status, kid.status, near.status]).toEqual(["down", "down", "down"]);
        const waits = rejection(kid.with({ whenDown: "wait" }).call.get());
        expect((await settled(clock, waits)).reason).toBe("noproc");
        await settled(clock, restartChild(app, name));
        expect(await settled(clock, kid.call.get())).toBe(3);
        expect([inner.status, near.status]).toEqual(["live", "live"]);
      }
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("a child that the next incarnation has not is down", async () => {
      let starts = 0;
      const Shrinking = supervisor({
        id: "shrinking",
        maxRestarts: 0,
        children: (add: typeof child) =>
          starts++ === 0
            ? { kid: add(Counter, [1]), last: add(Counter, [2]) }
            : { kid: add(Counter, [1]) },
      });
      const { page, place, clock, workers, stop } = pairOf([Shrinking], { link: { delayMs: 20 } });
      const App = supervisor({
        children: (add: typeof child) => ({
          it: add(remote("shrinking", place) as typeof Shrinking, []),
        }),
      });
      const { it } = page.launch(App).child;
      await clock.advance(300);
      const { kid, last } = it.child as { kid: Kid; last: Kid };
      workers.at(-1)?.link.crash();
      await clock.advance(25);
      expect([kid.status, last.status]).toEqual(["restarting", "restarting"]);
      const waits = rejection(last.with({ whenDown: "wait" }).call.get());
      await clock.advance(300);
      expect((await waits).reason).toBe("noproc");
      expect([kid.status, last.status, Object.keys(it.child)]).toEqual(["live", "down", ["kid"]]);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("a ref whose giver said nothing of children has none, and none are made up", async () => {
      const Giver = genServer({
        id: "giver",
        init: () => null,
        call: { give: (_self, ref: ActorRef) => ref },
      });
      const { page, place, elsewhere, clock, stop } = pairOf([Tree, Giver]);
      const tree = page.launch(remote<typeof Tree>("tree", place));
      const giver = page.launch(remote<typeof Giver>("giver", elsewhere));
      await clock.settle();
      expect(Object.keys(tree.child)).toEqual(["kid", "other"]);
      const known = giver.call.give(tree);
      await clock.settle();
      expect(Object.keys((await known) as unknown as object)).not.toContain("child");
      for (const name of ["then", "toJSON"]) {
        expect((page.launch(remote<typeof Tree>("tree", place)).child as never)[name]).toBe(
          undefined,
        );
      }
      expect(await stop()).toEqual({ timers: 0 });
    });
  });

  describe("what waits for room", () => {
    /** Can be made to take nothing more for so long, or for ever. */
    const Slow = genServer({
      id: "slow",
      init: () => ({ heard: [] as unknown[] }),
      call: {
        watch: (self, ref: ActorRef) => self.monitor(ref),
        heard: (self) => [...self.state.heard],
      },
      cast: {
        wait: (self, ms: number) =>
          new Promise<void>((resolve) => void self.platform.setTimer(resolve, ms)),
        hang: () => new Promise<void>(() => {}),
        note: (self, what: unknown) => void self.state.heard.push(what),
      },
      info: (self, message) =>
        void self.state.heard.push(message.type === "message" ? message.message : message.type),
    });
    const Far = genServer({
      id: "far",
      init: () => ({ heard: [] as string[] }),
      call: {
        watch: (self, ref: ActorRef) => self.monitor(ref),
        heard: (self) => [...self.state.heard],
      },
      info: (self, message) => void self.state.heard.push(message.type),
    });
    type SlowHandle = HandleOf<typeof Slow>;
    /** Says so many things, in each way there is. */
    const Speaker = genServer({
      id: "speaker",
      init: () => null,
      call: {
        cast(_self, slow: SlowHandle, count: number) {
          for (let n = 0; n < count; n++) slow.cast.note(n);
        },
        async castLater(_self, slow: SlowHandle, count: number) {
          await Promise.resolve();
          for (let n = 0; n < count; n++) slow.cast.note(n);
        },
        send(_self, slow: SlowHandle, count: number) {
          for (let n = 0; n < count; n++) slow.send(n);
        },
        offer(_self, slow: SlowHandle, count: number) {
          for (let n = 0; n < count; n++) void slow.offer.note(n);
        },
        call(_self, slow: SlowHandle, count: number) {
          for (let n = 0; n < count; n++) slow.call.heard().catch(() => {});
        },
      },
    });
    const COUNT = 3_000;

    async function stage() {
      const pair = pairOf([Slow, Far], { page: { onCrash: () => {} } });
      const { page, place, clock } = pair;
      const slow = page.launch(remote<typeof Slow>("slow", place));
      const far = page.launch(remote<typeof Far>("far", place));
      await clock.settle();
      const settled = async <T>(asked: Promise<T>): Promise<T> => {
        await clock.settle();
        return asked;
      };
      const downs = async () => (await settled(far.call.heard())).length;
      return { ...pair, slow, far, one: page.launch(Speaker), settled, downs };
    }

    for (const how of ["cast", "castLater", "send", "offer", "call"] as const) {
      test(`RLM-11: holds up no end, and comes before it (${how})`, async () => {
        const { slow, far, one, clock, settled, downs, stop } = await stage();
        await settled(slow.call.watch(one));
        await settled(far.call.watch(one));
        slow.cast.wait(3_000);
        await settled(one.call[how](slow, COUNT));
        await settled(one.stop());
        expect(await downs()).toBe(1);
        await clock.advance(4_000);
        const heard = await settled(slow.call.heard());
        const said = how === "call" ? [] : Array.from({ length: COUNT }, (_, n) => n);
        expect(heard).toEqual([...said, "down"]);
        expect(await stop()).toEqual({ timers: 0 });
      });
    }

    test("RLM-11: for an actor that never takes it holds up nobody's end, nor the return of a child", async () => {
      const { page, slow, far, clock, settled, downs, stop } = await stage();
      const App = supervisor({
        children: (add: typeof child) => ({ counter: add(Counter, [3]) }),
      });
      const { counter } = page.launch(App).child;
      await clock.settle();
      slow.cast.hang();
      for (let n = 0; n < COUNT; n++) slow.cast.note(n);
      await settled(far.call.watch(counter));
      await settled(rejection(counter.call.crash()));
      expect(await downs()).toBe(1);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("an actor is sent no more than its credit again, once an end was told", async () => {
      const { slow, far, one, clock, settled, workers, stop } = await stage();
      await settled(far.call.watch(one));
      slow.cast.wait(3_000);
      for (let n = 0; n < COUNT; n++) slow.cast.note(n);
      await settled(one.stop());
      const packets = () => workers[0]?.link.toFar.sent;
      const sent = packets();
      for (let n = 0; n < COUNT; n++) slow.cast.note(n);
      await clock.settle();
      expect(packets()).toBe(sent);
      await clock.advance(4_000);
      expect(await settled(slow.call.heard())).toHaveLength(2 * COUNT);
      expect(await stop()).toEqual({ timers: 0 });
    });
  });

  describe("ends", () => {
    test("H-1: a handle that a third realm was given waits for the next incarnation too", async () => {
      const Asker = genServer({
        id: "asker",
        init: () => null,
        call: {
          crashAndGet: async (_self, counter: HandleOf<typeof Counter>) => {
            const { code } = await rejection(counter.call.crash());
            return [code, counter.status, await counter.with({ whenDown: "wait" }).call.get()];
          },
        },
      });
      const onCrash = (): void => {};
      const { page, place, elsewhere, clock, stop } = pairOf([Counter, Asker], {
        link: { delayMs: 1 },
        page: { onCrash },
        worker: { onCrash },
      });
      const App = supervisor({
        children: (add: typeof child) => ({
          counter: add(remote<typeof Counter>("counter", place), [3]),
        }),
      });
      const { counter } = page.launch(App).child;
      const asker = page.launch(remote<typeof Asker>("asker", elsewhere));
      await clock.advance(20);
      counter.cast.inc();
      const asked = asker.call.crashAndGet(counter);
      await clock.advance(50);
      expect(await asked).toEqual(["actor-exit", "restarting", 3]);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("observers are told once that an end has begun, and once that it is over", async () => {
      const { page, place, clock, stop } = pairOf([Counter], { page: { onCrash: () => {} } });
      const counter = page.launch(remote<typeof Counter>("counter", place));
      await clock.settle();
      const seen: string[] = [];
      page.observe(({ type }) => seen.push(type));
      const crash = rejection(counter.call.crash());
      await clock.settle();
      await crash;
      expect(seen).toEqual(["ending", "stopped"]);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("what waits for room here is gone with the actor that had none", async () => {
      const Busy = genServer({
        id: "busy",
        init: () => null,
        cast: {
          crashAfter: async ({ platform }, ms: number) => {
            await new Promise<void>((resolve) => platform.setTimer(resolve, ms));
            throw new Error("asked for");
          },
          note: () => {},
        },
      });
      for (const stopped of [false, true]) {
        const { page, place, clock, stop } = pairOf([Busy], { page: { onCrash: () => {} } });
        const App = supervisor({
          children: (add: typeof child) => ({
            busy: add(remote<typeof Busy>("busy", place), [], {
              shutdownMs: Number.POSITIVE_INFINITY,
              restart: "temporary",
            }),
          }),
        });
        const app = page.launch(App);
        await clock.settle();
        const { busy } = app.child;
        busy.cast.crashAfter(1_000);
        for (let n = 0; n < 5_000; n++) busy.cast.note();
        await clock.settle();
        const ending = stopped ? app.stop() : null;
        await clock.advance(500);
        expect(busy.status).toBe(stopped ? "down" : "live");
        await clock.advance(1_000);
        await ending;
        expect([busy.status, app.status]).toEqual(["down", stopped ? "down" : "live"]);
        expect(await stop()).toEqual({ timers: 0 });
      }
    });
  });

  test("a view of a remote actor follows its state while somebody looks", async () => {
    const { page, place, clock, stop } = pairOf([Counter]);
    const counter = page.launch(remote<typeof Counter>("counter", place), 3);
    const seen: unknown[] = [];
    await clock.settle();
    counter.subscribe(() => seen.push(counter.getSnapshot()));
    await clock.settle();
    counter.cast.inc();
    await clock.settle();
    expect(counter.getSnapshot()).toBe(4);
    expect(seen).toEqual([3, 4]);
    expect(await stop()).toEqual({ timers: 0 });
  });
});
