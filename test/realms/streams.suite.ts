// Streams of remote actors: the pace, what gives way, the end from either side, and hostile frames.
// Over a link in memory on virtual time. What streams promise is test/behaviours/streams.suite.ts.

import { genServer, type HandleOf, progress, streams, supervisor } from "../../src/index.js";
import { remote } from "../../src/realms/places/remote.js";
import { logFrames } from "../../src/realms/session/frame-log.js";
import { jsonCodec } from "../../src/realms/values/json-codec.js";
import { transfer } from "../../src/realms/values/transfer.js";
import type { Link } from "../../src/realms/wire/link.js";
import { WIRE_VERSION } from "../../src/realms/wire/wire.js";
import { defineSuite } from "../harness/suite.js";
import { latch, rejection } from "../kernel/probes.js";
import { pairOf } from "./pair.js";

/** What the generators of a test have done: both realms of a test live in one. */
const seen = {
  yielded: 0,
  ended: [] as string[],
  step: (_step: string): void => {},
  gate: latch<void>(),
};
let signal: AbortSignal | undefined;
function reset(): void {
  seen.yielded = 0;
  seen.ended = [];
  seen.step = () => {};
  seen.gate = latch();
  signal = undefined;
}

const Source = genServer({
  id: "source",
  init: (_self, base: number = 0) => ({ base }),
  call: {
    add: (self, by: number) => {
      self.state.base += by;
      return self.state.base;
    },
    hold: () => seen.gate.promise,
    crash: () => {
      throw new RangeError("asked for");
    },
  },
  stream: {
    async *count(self, upTo: number) {
      signal = self.signal;
      try {
        for (let n = 0; n < upTo; n++) {
          seen.yielded++;
          yield self.state.base + n;
        }
      } finally {
        seen.ended.push("finally");
      }
    },
    async *steps(_self, upTo: number) {
      for (let n = 1; n <= upTo; n++) {
        seen.yielded++;
        yield progress(n);
      }
      yield "done";
    },
    async *waits(self) {
      signal = self.signal;
      try {
        yield 1;
        await seen.gate.promise;
        yield 2;
      } finally {
        seen.ended.push("finally");
      }
    },
    async *works(_self, name: string) {
      seen.step(`${name} begins`);
      yield name;
      seen.step(`${name} goes on`);
    },
    async *fails() {
      yield 1;
      throw new RangeError("too far");
    },
    async *live() {
      try {
        yield 1;
        yield () => {};
      } finally {
        seen.ended.push("finally");
      }
    },
    async *buffers() {
      const buffer = new ArrayBuffer(64);
      yield transfer(buffer);
      seen.ended.push(`${buffer.byteLength} bytes are left`);
    },
    async *who(self) {
      yield self.caller?.id;
    },
  },
  streams,
  // Names no behaviour of this side: only that it is one, and no other.
  view: (state) => state.base,
});

/** Passes on what it reads of another's stream: that of a third realm, or its own. */
const Relay = genServer({
  id: "relay",
  init: (_self, source: HandleOf<typeof Source>) => ({ source }),
  call: {
    async first(self, count: number) {
      const got: unknown[] = [];
      for await (const value of self.bind(self.state.source).stream.count(1_000)) {
        if (got.push(value) === count) break;
      }
      return got;
    },
    source: (self) => self.state.source,
  },
});

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of stream) all.push(value);
  return all;
}

/** A page with the source at a place, started. */
async function started(options: Parameters<typeof pairOf>[1] = {}) {
  reset();
  const pair = pairOf([Source], options);
  const starting = pair.page.start(remote<typeof Source>("source", pair.place), 10);
  await pair.clock.advance(options.link?.delayMs === undefined ? 0 : options.link.delayMs * 4);
  const source = await starting;
  /** What a promise gives once all has happened that can. */
  const soon = async <T>(promise: Promise<T>): Promise<T> => {
    promise.catch(() => {});
    await pair.clock.settle();
    return await promise;
  };
  const [worker] = pair.workers as [(typeof pair.workers)[number]];
  /** The processes of generators that are open there. */
  const generators = (): readonly unknown[] =>
    worker.served.system.processes().flatMap(({ children }) => children[0]?.children ?? []);
  return { ...pair, source, soon, worker, generators };
}

/** Speaks for the page by hand, to say what no page would. */
async function byHand(values: number) {
  reset();
  const { clock, workers, place } = pairOf([Source]);
  const link = (await place.open()) as Link;
  const heard: Record<string, unknown>[] = [];
  link.onFrame = (packet) => {
    const list = Array.isArray(packet) && typeof packet[0] !== "string" ? packet : [packet];
    for (const frame of list) {
      heard.push(Array.isArray(frame) ? { t: frame[0], id: frame[1], ok: frame[2] } : frame);
    }
  };
  let isClosed = false;
  link.onClose = () => {
    isClosed = true;
  };
  const say = async (frame: object): Promise<void> => {
    link.send(frame);
    await clock.settle();
  };
  await say({
    t: "hello",
    min: WIRE_VERSION,
    max: WIRE_VERSION,
    realm: "hand",
    incarnation: "hand-1",
    codecs: ["clone"],
    maxFrame: Number.POSITIVE_INFINITY,
    credit: 100,
  });
  await say({ t: "start", id: 1, behaviour: "source", args: [] });
  const started = heard.find(({ t, id }) => t === "reply" && id === 1)?.ok as { id: number };
  const open = (id: number, m = "count", credit: unknown = 16): Promise<void> =>
    say({ t: "stream-open", id, to: started.id, m, args: [values], credit });
  const of = (t: string) => heard.filter((frame) => frame.t === t);
  return { clock, workers, say, open, of, isClosed: () => isClosed };
}

export const suite = defineSuite("remote streams", ({ describe, test, expect }) => {
  test("ST-1: a remote actor's stream gives its values, in order, and ends", async () => {
    const { source, soon, stop, generators } = await started();
    expect(await soon(collect(source.stream.count(100)))).toEqual(
      [...Array(100).keys()].map((n) => n + 10),
    );
    expect(seen.ended).toEqual(["finally"]);
    expect(generators()).toEqual([]);
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("ST-7: over a link of text they are the same: values, progress, errors", async () => {
    const { source, soon, stop } = await started({ link: { clone: false }, codec: jsonCodec });
    expect(await soon(collect(source.stream.count(40)))).toEqual(
      [...Array(40).keys()].map((n) => n + 10),
    );
    expect(await soon(collect(source.stream.who()))).toEqual([undefined]);
    expect((await soon(collect(source.stream.steps(50)))).slice(-2)).toEqual([50, "done"]);
    const failed = await soon(rejection(collect(source.stream.fails())));
    expect(failed).toBeInstanceOf(RangeError);
    const copied = await soon(rejection(collect(source.stream.buffers())));
    expect(copied.message).toContain("transfer");
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("ST-1: opened before hello, it waits; its snapshot is of its turn there", async () => {
    reset();
    const { page, place, clock, stop } = pairOf([Source], { link: { delayMs: 100 } });
    const source = page.launch(remote<typeof Source>("source", place), 1);
    const added = source.call.add(10);
    const all = collect(source.stream.count(2));
    const later = source.call.add(100);
    await clock.advance(2_000);
    expect(await added).toBe(11);
    expect(await later).toBe(111);
    expect(await all).toEqual([11, 12]);
    await stop();
  });

  test("ST-1: opening is a call: in a timeout it rejects, and nothing runs there", async () => {
    const { source, soon, clock, stop, generators, worker } = await started();
    const held = source.with({ timeoutMs: 60_000 }).call.hold();
    const stream = source.with({ timeoutMs: 50 }).stream.count(5);
    const failed = rejection(stream.next());
    await clock.advance(50);
    expect((await failed).code).toBe("call-timeout");
    seen.gate.resolve();
    await soon(held);
    expect(seen.yielded).toBe(0);
    expect(generators()).toEqual([]);
    await clock.advance(10_000);
    expect(worker.link.isOpen).toBe(true);
    await stop();
  });

  test("ST-1: who reads is known there, and a handler that is not declared is refused", async () => {
    const { source, soon, stop, page } = await started();
    const Reader = genServer({
      id: "reader",
      init: () => null,
      call: {
        read: async (self) => {
          for await (const id of self.bind(source).stream.who()) return id;
          return "nobody";
        },
      },
    });
    const reader = await soon(page.start(Reader));
    expect(await soon(reader.call.read())).toMatch(/^reader#/);
    const { nothing } = source.stream as unknown as Record<string, typeof source.stream.who>;
    expect((await soon(rejection((nothing as () => AsyncGenerator)().next()))).code).toBe(
      "no-method",
    );
    await stop();
  });

  test("ST-2: it is at most 16 values ahead, and credit comes in few frames", async () => {
    const { source, soon, clock, stop, worker } = await started();
    const stream = source.stream.count(1_000);
    await soon(stream.next());
    expect(seen.yielded).toBe(16);
    for (let n = 0; n < 6; n++) await soon(stream.next());
    expect(seen.yielded).toBe(16);
    await soon(stream.next());
    expect(seen.yielded).toBe(24);
    const { sent } = worker.link.toFar;
    for (let n = 0; n < 80; n++) await soon(stream.next());
    expect(worker.link.toFar.sent - sent).toBe(10);
    await soon(stream.return());
    await clock.settle();
    await stop();
  });

  test("ST-7: a value is on its way before its generator goes on, and so is the reply before it begins", async () => {
    const { source, soon, stop, worker } = await started();
    const sent: string[] = [];
    logFrames(worker.served.system, ({ direction, frame }) => {
      if (direction === "in") return;
      if (frame.t === "reply") sent.push(`reply ${frame.id}`);
      if (frame.t === "stream-next") sent.push(`value ${frame.value}`);
    });
    // What the generators do next would keep back what still waits for the end of the turn.
    const before: Record<string, string[]> = {};
    seen.step = (step) => {
      before[step] = [...sent];
    };
    const names = ["a", "b", "c", "d"];
    await soon(Promise.all(names.map((name) => collect(source.stream.works(name)))));
    expect(Object.keys(before).length).toBe(8);
    const [first] = sent;
    for (const [index, name] of names.entries()) {
      const id = Number(first?.slice("reply ".length)) + index;
      expect(before[`${name} begins`]).toContain(`reply ${id}`);
      expect(before[`${name} goes on`]).toContain(`value ${name}`);
    }
    await stop();
  });

  test("ST-7: progress gives way there while nobody reads here, and few of it crosses", async () => {
    const { source, soon, stop, worker } = await started();
    const stream = source.stream.steps(5_000);
    expect((await soon(stream.next())).value).toBe(1);
    expect(seen.yielded).toBe(5_000);
    expect(worker.link.toNear.sent).toBeLessThan(30);
    const rest = await soon(collect(stream));
    expect(rest.slice(-2)).toEqual([5_000, "done"]);
    expect(rest.length).toBeLessThanOrEqual(3);
    await stop();
  });

  test("ST-4: leaving the loop closes the generator there, and its realm lives on", async () => {
    const { source, soon, clock, stop, worker, generators } = await started();
    const left = (async () => {
      for await (const value of source.stream.count(1_000)) if (value === 20) return value;
      return null;
    })();
    expect(await soon(left)).toBe(20);
    expect(signal?.aborted).toBe(true);
    expect(seen.ended).toEqual(["finally"]);
    expect(generators()).toEqual([]);
    expect(await soon(source.call.add(1))).toBe(11);
    await clock.advance(60_000);
    expect(worker.link.isOpen).toBe(true);
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("ST-7: a generator that takes its time to close does not cost its realm", async () => {
    const { source, soon, clock, stop, worker } = await started();
    const stream = source.stream.waits();
    await soon(stream.next());
    const pending = stream.next();
    await clock.settle();
    await soon(stream.return());
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(signal?.aborted).toBe(true);
    await clock.advance(3_000);
    expect(seen.ended).toEqual([]);
    seen.gate.resolve();
    await clock.settle();
    expect(seen.ended).toEqual(["finally"]);
    expect(worker.link.isOpen).toBe(true);
    expect(source.status).toBe("live");
    await stop();
  });

  test("ST-7: a realm that does not even hear the stop is ended after the grace", async () => {
    const { source, soon, clock, stop, worker } = await started({ page: { onCrash: () => {} } });
    const stream = source.stream.count(1_000);
    await soon(stream.next());
    worker.link.toFar.stalled = true;
    await soon(stream.return());
    await clock.advance(499);
    expect(worker.link.terminations).toBe(0);
    await clock.advance(1);
    expect(worker.link.terminations).toBe(1);
    expect(source.status).toBe("down");
    await stop();
  });

  test("ST-4: an abort of the reader's signal reaches the generator", async () => {
    const { source, soon, stop } = await started();
    const controller = new AbortController();
    const stream = source.with({ signal: controller.signal }).stream.count(1_000);
    await soon(stream.next());
    const why = new Error("enough");
    controller.abort(why);
    expect(await soon(rejection(stream.next()))).toBe(why);
    expect(signal?.aborted).toBe(true);
    expect(seen.ended).toEqual(["finally"]);
    await stop();
  });

  test("ST-5: what the generator throws rejects the reader, with its class", async () => {
    const { source, soon, stop } = await started();
    const stream = source.stream.fails();
    expect((await soon(stream.next())).value).toBe(1);
    const error = await soon(rejection(stream.next()));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe("too far");
    expect(source.status).toBe("live");
    await stop();
  });

  test("ST-5: a value that cannot cross fails the stream, and the generator is closed", async () => {
    const { source, soon, clock, stop, generators } = await started();
    const stream = source.stream.live();
    expect((await soon(stream.next())).value).toBe(1);
    expect(await soon(rejection(stream.next()))).toBeInstanceOf(TypeError);
    await clock.settle();
    expect(seen.ended).toEqual(["finally"]);
    expect(generators()).toEqual([]);
    expect(source.status).toBe("live");
    await stop();
  });

  describe("the end of the actor or of its realm:", () => {
    test("ST-6: a crash there rejects the reader with ActorExit", async () => {
      const { source, soon, clock, stop } = await started({ page: { onCrash: () => {} } });
      const stream = source.stream.waits();
      await soon(stream.next());
      const failed = rejection(stream.next());
      void rejection(source.call.crash());
      await clock.settle();
      const error = await failed;
      expect(error.code).toBe("actor-exit");
      expect(error.message).toContain("asked for");
      expect(signal?.aborted).toBe(true);
      await stop();
    });

    for (const how of ["cut", "crash"] as const) {
      test(`ST-7: a link that is lost by ${how} rejects the reader with noconnection`, async () => {
        const { source, soon, clock, stop, worker } = await started({
          page: { onCrash: () => {} },
        });
        const stream = source.stream.waits();
        await soon(stream.next());
        const failed = rejection(stream.next());
        worker.link[how]();
        await clock.settle();
        const error = await failed;
        expect(error.code).toBe("actor-exit");
        expect(error.reason).toBe("noconnection");
        expect(error.handler).toBe("waits");
        if (how === "cut") expect(signal?.aborted).toBe(true);
        expect(await stream.next()).toEqual({ done: true, value: undefined });
        seen.gate.resolve();
        await stop();
      });
    }

    test("a supervised one comes back, and its handle opens streams of the new one", async () => {
      reset();
      const { page, place, clock, workers, stop } = pairOf([Source]);
      const App = supervisor({
        children: (child) => ({ source: child(remote<typeof Source>("source", place), [1]) }),
      });
      const starting = page.start(App);
      await clock.settle();
      const { source } = (await starting).child;
      const stream = source.stream.count(1_000);
      const first = stream.next();
      await clock.settle();
      expect((await first).value).toBe(1);
      workers[0]?.link.crash();
      await clock.settle();
      const again = collect(source.with({ whenDown: "wait" }).stream.count(3));
      await clock.settle();
      expect(await again).toEqual([1, 2, 3]);
      expect(workers).toHaveLength(2);
      await stop();
    });
  });

  describe("on a link that fails, nothing hangs and no value is missing or comes twice:", () => {
    for (const fault of ["lose", "duplicate", "reorder", "truncate", "corrupt"] as const) {
      test(`packets that it may ${fault}`, async () => {
        let failures = 0;
        for (let seed = 1; seed <= 20; seed++) {
          const { source, clock, stop, worker } = await started({
            seed,
            page: { onCrash: () => {} },
            worker: { onCrash: () => {} },
          });
          worker.link.toNear[fault] = worker.link.toFar[fault] = 0.03;
          const got: number[] = [];
          let outcome: string | null = null;
          void (async () => {
            for await (const value of source.stream.count(300)) got.push(value);
          })().then(
            () => {
              outcome = "all";
            },
            (error) => {
              outcome = error.reason;
              failures++;
            },
          );
          await clock.advance(60_000);
          expect(outcome).not.toBe(null);
          if (outcome === "all") expect(got).toHaveLength(300);
          else expect(outcome).toBe("noconnection");
          expect(got).toEqual([...got.keys()].map((n) => n + 10));
          worker.link.cut();
          await stop();
          if (seen.yielded > 0) expect(seen.ended).toEqual(["finally"]);
        }
        expect(failures).toBeGreaterThan(5);
      });
    }
  });

  test("a handle of a third realm streams through the one between", async () => {
    reset();
    const { page, place, clock, stop, workers } = pairOf([Source, Relay]);
    const starting = page.start(remote<typeof Source>("source", place), 5);
    await clock.settle();
    const source = await starting;
    const relaying = page.start(remote<typeof Relay>("relay", { ...place }), source);
    await clock.settle();
    const relay = await relaying;
    expect(workers).toHaveLength(2);
    const got = relay.call.first(40);
    await clock.settle();
    expect(await got).toEqual([...Array(40).keys()].map((n) => n + 5));
    expect(seen.ended).toEqual(["finally"]);
    await stop();
  });

  test("a buffer that is yielded with transfer is moved, and not copied", async () => {
    const { source, soon, stop } = await started();
    const stream = source.stream.buffers();
    const { value } = await soon(stream.next());
    expect((value as ArrayBuffer).byteLength).toBe(64);
    expect(seen.ended).toEqual(["0 bytes are left"]);
    await stop();
  });

  describe("hostile peers:", () => {
    test("flooding past credit: a generator sends no more than it was granted", async () => {
      const { open, of, say } = await byHand(1_000);
      await open(7);
      expect(of("stream-next")).toHaveLength(16);
      await say({ t: "stream-credit", id: 7, n: 4 });
      expect(of("stream-next")).toHaveLength(20);
    });

    for (const n of [0, -1, 0.5, Number.NaN, 1e9, "many", 17]) {
      test(`more credit than was taken (${String(n)}) ends the link`, async () => {
        const { open, say, isClosed } = await byHand(1_000);
        await open(7, "count", 16);
        await say({ t: "stream-credit", id: 7, n });
        expect(isClosed()).toBe(true);
      });
    }

    test("paths and names that are not declared reach nothing", async () => {
      const { open, of } = await byHand(1);
      for (const [at, m] of ["__proto__", "constructor", "add", "toString", "a.b"].entries()) {
        await open(10 + at, m);
      }
      expect(of("reply").filter((frame) => "error" in frame)).toHaveLength(5);
      expect(of("stream-next")).toEqual([]);
    });

    test("too many streams at once are refused, and those that are open go on", async () => {
      const { open, of, say } = await byHand(1_000);
      for (let id = 2; id < 1_030; id++) await open(id, "count", 1);
      expect(of("stream-next")).toHaveLength(1_024);
      const refused = of("reply").filter((frame) => "error" in frame);
      expect(refused).toHaveLength(4);
      expect(JSON.stringify(refused[0])).toMatch(
        /Cannot open a stream over .*: 1024 are open already.*"busy"/,
      );
      await say({ t: "stream-stop", id: 2 });
      await open(5_000, "count", 1);
      expect(of("stream-next")).toHaveLength(1_025);
    });

    test("a realm that sends more values than it was asked for is not spoken with any more", async () => {
      const { source, soon, clock, stop, worker } = await started({ page: { onCrash: () => {} } });
      const stream = source.stream.count(1_000);
      await soon(stream.next());
      const id = 2;
      for (let n = 0; n < 40; n++)
        worker.link.far.send({ t: "stream-next", id, n: 16 + n, value: n });
      await clock.settle();
      expect(source.status).toBe("down");
      await stop();
    });

    test("frames of streams that are not there are ignored", async () => {
      const { say, isClosed, of } = await byHand(1);
      await say({ t: "stream-credit", id: 99, n: 1 });
      await say({ t: "stream-next", id: 99, value: 1 });
      await say({ t: "stream-end", id: 99 });
      await say({ t: "stream-stop", id: 99 });
      expect(of("cancelled")).toHaveLength(1);
      expect(isClosed()).toBe(false);
    });
  });
});
