// Signals that are sent as arguments: how long they are told of, and that nothing of them stays.
// Over a link in memory on virtual time. Owns RLM-18.

import { genServer, type StandardSchema, streams } from "../../src/index.js";
import { remote } from "../../src/realms/places/remote.js";
import { jsonCodec } from "../../src/realms/values/json-codec.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { rejection } from "../kernel/probes.js";
import { Keeper } from "./keeper.js";
import { pairOf } from "./pair.js";

const any: StandardSchema = {
  "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) },
};

interface Counted {
  readonly controller: AbortController;
  listeners(): number;
}

/** A signal that counts who listens to it. */
function counted(): Counted {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener: add, removeEventListener: remove } = signal;
  signal.addEventListener = (...args: unknown[]) => {
    listeners++;
    (add as (...args: unknown[]) => void).apply(signal, args);
  };
  signal.removeEventListener = (...args: unknown[]) => {
    listeners--;
    (remove as (...args: unknown[]) => void).apply(signal, args);
  };
  return { controller, listeners: () => listeners };
}

const heard: string[] = [];
const listen = (name: string, signal: AbortSignal): void =>
  signal.addEventListener("abort", () => void heard.push(`${name} ${String(signal.reason)}`));

const Worker = genServer({
  id: "worker",
  init: (_self, signal?: AbortSignal) => {
    if (signal !== undefined) listen("init", signal);
    return null;
  },
  call: {
    take: (_self, signal: AbortSignal, _one?: unknown, _two?: unknown) => signal.aborted,
    never: (self, signal: AbortSignal) => {
      listen("call", signal);
      return self.replyLater<void>();
    },
    async later(self, signal: AbortSignal) {
      await new Promise<void>((resolve) => self.platform.setTimer(resolve, 100));
      listen("later", signal);
      return self.replyLater<void>();
    },
    async until(_self, signal: AbortSignal) {
      listen("until", signal);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
    refuse: (self, _signal: AbortSignal) => self.reject(new RangeError("no")),
    end: (self) => self.stop(),
  },
  cast: {
    take: (_self, _signal: AbortSignal): void => {},
    async wait(_self, signal: AbortSignal) {
      listen("cast", signal);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  },
  streams,
  stream: {
    async *values(_self, signal: AbortSignal) {
      listen("stream", signal);
      yield 1;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      yield 2;
    },
  },
  accepts: {
    take: [any, any, any],
    never: [any],
    later: [any],
    until: [any],
    refuse: [any],
    end: [],
    wait: [any],
    values: [any],
  },
});

export const suite = defineSuite("signals as arguments", ({ test, expect }) => {
  for (const [link, options] of [
    ["a trusted link", {}],
    ["a link of text", { codec: jsonCodec, link: { clone: false } }],
  ] as const) {
    test(`RLM-18: 10,000 calls and casts with a signal each leave nothing behind over ${link}`, async () => {
      const { page, place, clock, stop, workers } = pairOf([Worker], options);
      const worker = page.launch(remote<typeof Worker>("worker", place));
      await clock.settle();
      const sent: ReturnType<typeof counted>[] = [];
      const next = (): AbortSignal => {
        const one = counted();
        sent.push(one);
        return one.controller.signal;
      };
      // Ten at a time: a turn of some hosts takes milliseconds.
      for (let n = 0; n < 250; n++) {
        const calls: Promise<unknown>[] = [];
        for (let k = 0; k < 10; k++) {
          const twice = next();
          calls.push(
            worker.call.take(next()),
            worker.call.take(twice, { twice }, [twice]),
            rejection(worker.call.refuse(next())),
          );
          worker.cast.take(next());
        }
        await clock.settle();
        await Promise.all(calls);
      }
      expect(sent).toHaveLength(10_000);
      expect(sent.filter(({ listeners }) => listeners() > 0)).toHaveLength(0);
      expect(workers).toHaveLength(1);
      expect(worker.status).toBe("live");
      expect(await stop()).toEqual({ timers: 0 });
    });
  }

  test("RLM-18: nor does a peer that is not trusted lose its link by them", async () => {
    const there = testSystem();
    const shared = { worker: await there.system.start(Worker) };
    const { page, place, clock, stop, workers } = pairOf([], {
      link: { trusted: false },
      shared: true,
      serve: { system: there.system, shared },
    });
    const worker = page.launch(remote<typeof Worker>("worker", place));
    await clock.settle();
    for (let n = 0; n < 300; n++) {
      const calls = Array.from({ length: 10 }, () => {
        worker.cast.take(new AbortController().signal);
        return worker.call.take(new AbortController().signal);
      });
      await clock.settle();
      await there.clock.settle();
      await clock.settle();
      expect(new Set(await Promise.all(calls))).toEqual(new Set([false]));
    }
    expect(workers).toHaveLength(1);
    expect(worker.status).toBe("live");
    await stop();
    await there.system.stop();
  });

  test("RLM-18: a signal aborts there as long as its call waits, its cast is handled, its stream is read", async () => {
    const { page, place, clock, stop } = pairOf([Worker]);
    const worker = page.launch(remote<typeof Worker>("worker", place));
    const streamer = page.launch(remote<typeof Worker>("worker", place));
    await clock.settle();
    heard.length = 0;
    const [call, cast, stream] = [counted(), counted(), counted()];
    const never = rejection(worker.call.never(call.controller.signal));
    worker.cast.wait(cast.controller.signal);
    const values = streamer.stream.values(stream.controller.signal)[Symbol.asyncIterator]();
    const first = values.next();
    await clock.settle();
    expect(await first).toMatchObject({ value: 1 });
    for (const { listeners } of [call, cast, stream]) expect(listeners()).toBe(1);
    call.controller.abort("one");
    cast.controller.abort("two");
    stream.controller.abort("three");
    await clock.settle();
    expect(heard).toEqual(["call one", "cast two", "stream three"]);
    const rest = [values.next(), values.next()];
    await clock.settle();
    expect(await Promise.all(rest)).toMatchObject([{ value: 2 }, { done: true }]);
    await clock.settle();
    for (const { listeners } of [call, cast, stream]) expect(listeners()).toBe(0);
    await stop();
    await never;
  });

  test("RLM-18: one that came with a call which replies later aborts when its caller gives up", async () => {
    const { page, place, clock, stop } = pairOf([Worker]);
    const worker = page.launch(remote<typeof Worker>("worker", place));
    await clock.settle();
    heard.length = 0;
    const [late, own] = [counted(), counted()];
    const { signal } = own.controller;
    const calls = [
      rejection(worker.with({ timeoutMs: 50 }).call.never(late.controller.signal)),
      rejection(worker.with({ signal }).call.never(signal)),
    ];
    await clock.settle();
    own.controller.abort("own");
    await clock.advance(60);
    await Promise.all(calls);
    const why = "AbortError: The caller waits no more";
    expect(heard).toEqual([`call ${why}`, `call ${why}`]);
    expect([late.listeners(), own.listeners()]).toEqual([0, 0]);
    // Given up before it promised that.
    const slow = counted();
    const call = rejection(worker.with({ timeoutMs: 50 }).call.later(slow.controller.signal));
    await clock.advance(60);
    await call;
    expect([heard.length, slow.listeners()]).toEqual([2, 1]);
    await clock.advance(60);
    expect([heard[2], slow.listeners()]).toEqual([`later ${why}`, 0]);
    await stop();
  });

  test("RLM-18: one in what cannot be encoded, or cannot be sent, is let go of", async () => {
    const sent: ReturnType<typeof counted>[] = [];
    const next = (): AbortSignal => {
      const one = counted();
      sent.push(one);
      return one.controller.signal;
    };
    const faults: unknown[] = [];
    const text = { codec: jsonCodec, link: { clone: false, maxFrameBytes: 20_000 } };
    for (const options of [{}, text]) {
      const { page, place, clock, stop } = pairOf([Worker], {
        ...options,
        page: { onCrash: (error) => faults.push(error) },
      });
      const worker = page.launch(remote<typeof Worker>("worker", place));
      await clock.settle();
      const bad = () => {};
      const start = page.launch(remote<typeof Worker>("worker", place), [next(), bad] as never);
      const calls = [
        rejection(start.ready),
        rejection(worker.call.take(next(), bad)),
        rejection(worker.call.take(next(), [next()], { bad })),
      ];
      worker.cast.take([next(), bad] as never);
      worker.send({ signal: next(), bad });
      if ("codec" in options) {
        const text = "x".repeat(30_000);
        const long = page.launch(remote<typeof Worker>("worker", place), [next(), text] as never);
        calls.push(
          rejection(long.ready),
          rejection(worker.call.take(next(), text)),
          rejection(
            worker.stream
              .values([next(), text] as never)
              [Symbol.asyncIterator]()
              .next(),
          ),
        );
        worker.cast.take([next(), text] as never);
        worker.send({ signal: next(), text });
      }
      await clock.settle();
      await Promise.all(calls);
      expect(sent.map(({ listeners }) => listeners())).toEqual(sent.map(() => 0));
      // What was sent before and after goes its way.
      const last = worker.call.take(next());
      await clock.settle();
      expect(await last).toBe(false);
      await stop();
    }
    expect(sent).toHaveLength(6 + 1 + 6 + 5 + 1);
  });

  test("RLM-18: one in a start that is refused is let go of", async () => {
    const { page, place, clock, stop } = pairOf([Worker]);
    const one = counted();
    const missing = remote<typeof Worker>("missing", place);
    const failed = rejection(page.start(missing, one.controller.signal));
    await clock.settle();
    expect(String((await failed).cause)).toMatch(/NotServed/);
    expect(one.listeners()).toBe(0);
    await stop();
  });

  for (const trusted of [true, false]) {
    test(`RLM-18: one in a start of what is shared already is let go of (trusted: ${trusted})`, async () => {
      const there = testSystem();
      const shared = { worker: await there.system.start(Worker) };
      const { page, place, clock, stop } = pairOf([], {
        link: { trusted },
        shared: true,
        serve: { system: there.system, shared },
      });
      const one = counted();
      const worker = page.launch(remote<typeof Worker>("worker", place), one.controller.signal);
      const two = counted();
      const missing = remote<typeof Worker>("missing", place);
      const failed = rejection(page.start(missing, two.controller.signal));
      await clock.settle();
      await failed;
      expect([worker.status, one.listeners(), two.listeners()]).toEqual(["live", 0, 0]);
      await stop();
      await there.system.stop();
    });
  }

  for (const [link, options] of [
    ["a trusted link", {}],
    ["a link of text", { codec: jsonCodec, link: { clone: false } }],
  ] as const) {
    test(`RLM-18: one that an actor gives is told of for as long as that lives, over ${link}`, async () => {
      const signals = Array.from({ length: 3 }, counted);
      const [replied, streamed, viewed] = signals as [Counted, Counted, Counted];
      const Giver = genServer({
        id: "giver",
        init: () => ({ n: 0 }),
        call: {
          get: () => ({ signal: replied.controller.signal }),
          own: (self) => self.signal,
        },
        cast: { change: (self) => void self.state.n++ },
        streams,
        stream: {
          async *values() {
            for (let n = 0; n < 50; n++) yield streamed.controller.signal;
          },
        },
        view: (state) => ({ ...state, signal: viewed.controller.signal }),
      });
      const { page, place, clock, stop } = pairOf([Giver], options);
      const giver = page.launch(remote<typeof Giver>("giver", place));
      await clock.settle();
      heard.length = 0;
      const given: AbortSignal[][] = [[], [], []];
      giver.subscribe(() => given[2]?.push(giver.getSnapshot()?.signal as AbortSignal));
      const reading = (async () => {
        for await (const signal of giver.stream.values()) given[1]?.push(signal);
      })();
      for (let n = 0; n < 50; n++) {
        const call = giver.call.get();
        giver.cast.change();
        await clock.settle();
        given[0]?.push((await call).signal);
      }
      await reading;
      const own = giver.call.own();
      await clock.settle();
      listen("own", await own);
      expect(given.map((list) => list.length >= 50)).toEqual([true, true, true]);
      for (const { listeners } of signals) expect(listeners()).toBeGreaterThan(0);
      given.forEach((list, index) => {
        listen(`given ${index}`, list[0] as AbortSignal);
      });
      replied.controller.abort("enough");
      await clock.settle();
      expect(heard).toEqual(["given 0 enough"]);
      // One that has aborted is given as such.
      const again = giver.call.get();
      await clock.settle();
      const { signal } = await again;
      expect([signal.aborted, signal.reason]).toEqual([true, "enough"]);
      void giver.stop();
      await clock.settle();
      expect(signals.map(({ listeners }) => listeners())).toEqual([0, 0, 0]);
      streamed.controller.abort("too late");
      await clock.settle();
      expect(heard).toEqual(["given 0 enough", expect.stringContaining("own ProcessEnded")]);
      await stop();
    });
  }

  test("RLM-18: one in what comes too late, or in the reason of an end, is let go of", async () => {
    const [reply, value, reason, error] = Array.from({ length: 4 }, counted);
    const Giver = genServer({
      id: "giver",
      init: () => null,
      call: {
        get: () => reply?.controller.signal,
        fail: (self) =>
          self.reject(Object.assign(new Error("no"), { signal: error?.controller.signal })),
      },
      cast: { end: (self) => self.stop({ shutdown: { signal: reason?.controller.signal } }) },
      streams,
      stream: {
        async *values() {
          for (;;) yield value?.controller.signal;
        },
      },
    });
    const { page, place, clock, stop } = pairOf([Giver], { link: { delayMs: 5 } });
    const giver = page.launch(remote<typeof Giver>("giver", place));
    await clock.advance(50);
    const calls = [
      rejection(giver.with({ timeoutMs: 7 }).call.get()),
      rejection(giver.with({ timeoutMs: 7 }).call.fail()),
    ];
    const reader = giver.stream.values()[Symbol.asyncIterator]();
    const first = reader.next();
    await clock.advance(7);
    expect([reply?.listeners(), error?.listeners()]).toEqual([1, 1]);
    void reader.return?.();
    await clock.advance(50);
    await Promise.all([...calls, first.catch(() => {})]);
    const held = [reply, error, value].map((one) => one?.listeners());
    expect(held).toEqual([0, 0, 0]);
    giver.cast.end();
    await clock.advance(50);
    expect([giver.status, reason?.listeners()]).toEqual(["down", 0]);
    await stop();
  });

  test("RLM-18: one that an actor gave lets go of a link that ends, and aborts here", async () => {
    const one = counted();
    const there = testSystem();
    const Giver = genServer({
      id: "giver",
      init: () => null,
      call: { get: () => one.controller.signal },
      accepts: { get: [] },
    });
    const shared = { giver: await there.system.start(Giver) };
    const { page, place, clock, stop, workers } = pairOf([], {
      shared: true,
      serve: { system: there.system, shared },
      page: { onCrash: () => {} },
    });
    const giver = page.launch(remote<typeof Giver>("giver", place));
    await clock.settle();
    heard.length = 0;
    const call = giver.call.get();
    await clock.settle();
    await there.clock.settle();
    await clock.settle();
    listen("given", await call);
    expect(one.listeners()).toBe(1);
    workers[0]?.link.cut("cut");
    await clock.settle();
    expect(one.listeners()).toBe(0);
    expect(heard).toEqual([expect.stringContaining("given LinkLost")]);
    await stop();
    await there.system.stop();
  });

  test("RLM-18: it outlives a caller that gave up, until nothing runs for that any more", async () => {
    const { page, place, clock, stop } = pairOf([Worker]);
    const worker = page.launch(remote<typeof Worker>("worker", place));
    await clock.settle();
    heard.length = 0;
    const { controller, listeners } = counted();
    const late = rejection(worker.with({ timeoutMs: 50 }).call.until(controller.signal));
    await clock.advance(60);
    expect((await late).name).toBe("CallTimeout");
    expect(listeners()).toBe(1);
    controller.abort("now");
    await clock.settle();
    expect([heard, worker.status]).toEqual([["until now"], "live"]);
    // Given up before it was handled: nothing ran, and nothing stays.
    const busy = rejection(worker.call.until(counted().controller.signal));
    const queued = counted();
    const gone = rejection(worker.with({ timeoutMs: 50 }).call.take(queued.controller.signal));
    await clock.advance(60);
    await gone;
    expect(queued.listeners()).toBe(0);
    await stop();
    await busy;
  });

  test("RLM-18: one that came with what nobody takes is let go of at once", async () => {
    const { page, place, clock, stop } = pairOf([Worker], {
      page: { onCrash: () => {} },
      worker: { onCrash: () => {} },
      link: { delayMs: 5 },
    });
    const worker = page.launch(remote<typeof Worker>("worker", place));
    await clock.advance(100);
    const unknown = worker as unknown as {
      readonly call: { missing(signal: AbortSignal): Promise<void> };
      readonly cast: { missing(signal: AbortSignal): boolean };
    };
    const sent = Array.from({ length: 5 }, counted);
    const [one, two, three, four, five] = sent.map(({ controller }) => controller.signal);
    const missing = rejection(unknown.call.missing(one as AbortSignal));
    unknown.cast.missing(two as AbortSignal);
    await clock.advance(100);
    expect((await missing).name).toBe("NoMethod");
    // They are on their way when it ends.
    const ending = worker.call.end();
    await clock.advance(7);
    expect(worker.status).toBe("live");
    const late = rejection(worker.call.take(three as AbortSignal));
    worker.cast.take(four as AbortSignal);
    worker.send(five);
    await clock.advance(100);
    await ending;
    expect((await late).name).toBe("ActorExit");
    expect(sent.map(({ listeners }) => listeners())).toEqual([0, 0, 0, 0, 0]);
    await stop();
  });

  test("RLM-18: nor is one let go of that came with a cast to an actor that is suspended", async () => {
    const { page, place, clock, stop } = pairOf([Worker, Keeper]);
    const worker = page.launch(remote<typeof Worker>("worker", place));
    const keeper = page.launch(remote<typeof Keeper>("keeper", place));
    await clock.settle();
    heard.length = 0;
    const suspended = keeper.call.suspend(worker);
    await clock.settle();
    await suspended;
    const { controller, listeners } = counted();
    worker.cast.wait(controller.signal);
    await clock.settle();
    expect(listeners()).toBe(1);
    const resumed = keeper.call.resume(worker);
    await clock.settle();
    await resumed;
    controller.abort("after all");
    await clock.settle();
    expect([heard, listeners()]).toEqual([["cast after all"], 0]);
    await stop();
  });

  test("RLM-18: one signal in several calls is let go of with the last of them", async () => {
    const { page, place, clock, stop } = pairOf([Worker], { link: { delayMs: 5 } });
    const worker = page.launch(remote<typeof Worker>("worker", place));
    await clock.advance(50);
    heard.length = 0;
    const { controller, listeners } = counted();
    const { signal } = controller;
    const never = rejection(worker.call.never(signal));
    await clock.advance(20);
    // The reply of the first crosses the second, which has the same signal.
    const first = worker.call.take(signal);
    await clock.advance(7);
    const second = worker.call.take(signal);
    await clock.advance(20);
    expect([await first, await second, listeners()]).toEqual([false, false, 1]);
    controller.abort("last");
    await clock.advance(20);
    expect([heard, listeners()]).toEqual([["call last"], 0]);
    await stop();
    await never;
  });

  test("RLM-18: what an actor was started with is told of for as long as it lives", async () => {
    const { page, place, clock, stop } = pairOf([Worker], { page: { onCrash: () => {} } });
    const [one, other] = [counted(), counted()];
    const worker = page.launch(remote<typeof Worker>("worker", place), one.controller.signal);
    const brief = page.launch(remote<typeof Worker>("worker", place), other.controller.signal);
    await clock.settle();
    heard.length = 0;
    void brief.stop();
    await clock.settle();
    expect([one.listeners(), other.listeners()]).toEqual([1, 0]);
    one.controller.abort("enough");
    await clock.settle();
    expect([heard, worker.status]).toEqual([["init enough"], "live"]);
    await stop();
  });

  test("RLM-18: a link that ends lets go of all of them, and aborts those there", async () => {
    const { page, place, clock, stop, workers } = pairOf([Worker], {
      page: { onCrash: () => {} },
    });
    const worker = page.launch(remote<typeof Worker>("worker", place));
    await clock.settle();
    heard.length = 0;
    const { controller, listeners } = counted();
    const never = rejection(worker.call.never(controller.signal));
    await clock.settle();
    workers[0]?.link.cut("cut");
    await clock.advance(20);
    await never;
    expect(listeners()).toBe(0);
    expect(heard).toEqual([expect.stringContaining("call LinkLost")]);
    await stop();
  });
});
