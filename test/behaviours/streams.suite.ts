// Streams of servers and machines: opening, the pace, what gives way, and the end from every side.
// Owns ST-1 to ST-6, on virtual time.

import {
  changeCode,
  createSystemOn,
  genServer,
  named,
  progress,
  type SystemEvent,
  stateMachine,
  streams,
  supervisor,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { latch, Puppet, rejection, thrown } from "../kernel/probes.js";

const bug = new Error("a bug");

/** What a source has done so far, as it writes down itself. */
interface Seen {
  yielded: number;
  signal?: AbortSignal;
  ended: string[];
}
const seen = (): Seen => ({ yielded: 0, ended: [] });

const Source = genServer({
  id: "source",
  init: (_self, state: { base: number; live?: unknown } = { base: 0 }) => state,
  call: {
    async hold(_self, gate: Promise<void>) {
      await gate;
    },
    add: (self, by: number) => {
      self.state.base += by;
      return self.state.base;
    },
    read: async (self, other: { stream: { nothing(): AsyncIterable<number> } }) => {
      for await (const _ of other.stream.nothing()) return "a value";
      return self.state.base;
    },
  },
  cast: {
    crash() {
      throw bug;
    },
  },
  stream: {
    async *count(self, upTo: number, log: Seen = seen()) {
      log.signal = self.signal;
      try {
        for (let n = 0; n < upTo; n++) {
          log.yielded++;
          yield self.state.base + n;
        }
        log.ended.push("end");
      } finally {
        log.ended.push("finally");
      }
    },
    async *steps(self, upTo: number, log: Seen = seen()) {
      for (let n = 1; n <= upTo; n++) {
        log.yielded++;
        yield progress(n);
      }
      if (self.state.base > 0) yield "done";
    },
    async *mixed(_self, ...values: (number | string)[]) {
      for (const value of values) yield typeof value === "number" ? progress(value) : value;
    },
    async *gated(self, gates: PromiseLike<unknown>[], log: Seen = seen()) {
      log.signal = self.signal;
      try {
        for (const gate of gates) {
          log.yielded++;
          yield await gate;
        }
      } finally {
        log.ended.push("finally");
      }
    },
    async *fails(_self, after: number) {
      for (let n = 0; n < after; n++) yield n;
      throw bug;
    },
    async *nothing(): AsyncGenerator<number> {},
    async *stateless() {
      yield 1;
    },
    async *resource(self, log: Seen) {
      self.use(log, () => log.ended.push("disposed"));
      yield self.caller?.id;
      await new Promise((resolve) => self.signal.addEventListener("abort", resolve));
      throw self.signal.reason;
    },
    none: () => 5 as unknown as AsyncIterable<number>,
  },
  streams,
});

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of stream) all.push(value);
  return all;
}

export const suite = defineSuite("streams", ({ describe, test, expect }) => {
  test("ST-1: it gives what the generator yields, in order, and ends with it", async () => {
    const { system, clock } = testSystem();
    const source = await system.start(Source, { base: 10 });
    expect(await collect(source.stream.count(40))).toEqual(
      [...Array(40).keys()].map((n) => n + 10),
    );
    expect(await collect(source.stream.nothing())).toEqual([]);
    await clock.settle();
    expect(system.processes()[0]?.children).toEqual([]);
    await system.stop();
  });

  test("ST-1: it is opened by the first read, in a turn of the mailbox, with the state of then", async () => {
    const { system, clock } = testSystem();
    const source = await system.start(Source, { base: 1 });
    const log = seen();
    const stream = source.stream.count(3, log);
    await clock.settle();
    expect(log.yielded).toBe(0);
    const gate = latch();
    const held = source.call.hold(gate.promise);
    const first = stream.next();
    const added = source.call.add(100);
    await clock.settle();
    expect(log.yielded).toBe(0);
    gate.resolve();
    await held;
    expect(await added).toBe(101);
    expect(await first).toEqual({ done: false, value: 1 });
    expect(await collect(stream)).toEqual([2, 3]);
    expect(await collect(source.stream.count(1))).toEqual([101]);
    await system.stop();
  });

  test("ST-1: while it runs the mailbox goes on", async () => {
    const { system } = testSystem();
    const source = await system.start(Source);
    const gate = latch<number>();
    const stream = source.stream.gated([gate.promise]);
    const first = stream.next();
    expect(await source.call.add(1)).toBe(1);
    gate.resolve(7);
    expect(await first).toEqual({ done: false, value: 7 });
    await system.stop();
  });

  test("ST-1: a state that cannot be cloned refuses only who looks at it, with the remedy", async () => {
    const { system } = testSystem();
    const source = await system.start(Source, { base: 1, live: () => {} });
    expect(await collect(source.stream.stateless())).toEqual([1]);
    const refused = await rejection(collect(source.stream.count(1)));
    expect(refused).toBeInstanceOf(TypeError);
    expect(refused.message).toContain("Cannot give a stream of source#2 the state");
    expect(refused.message).toContain("hand over what it needs as arguments");
    await system.stop();
  });

  test("ST-2: it is at most 16 values ahead of its reader", async () => {
    const { system, clock } = testSystem();
    const source = await system.start(Source);
    const log = seen();
    const stream = source.stream.count(1_000, log);
    await stream.next();
    await clock.settle();
    expect(log.yielded).toBe(17);
    await stream.next();
    await clock.settle();
    expect(log.yielded).toBe(18);
    await stream.return();
    await system.stop();
  });

  test("ST-2: several reads at once get the values in order, and then the end", async () => {
    const { system } = testSystem();
    const source = await system.start(Source);
    const stream = source.stream.count(2);
    const reads = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);
    expect(reads.map(({ value }) => value)).toEqual([0, 1, undefined, undefined]);
    expect(reads.map(({ done }) => done)).toEqual([false, false, true, true]);
    await system.stop();
  });

  test("ST-2: a generator that never waits leaves the host its turns", async () => {
    const { platform, clock } = virtualPlatform();
    let turns = 0;
    const macrotask = (run: () => void): void => {
      turns++;
      platform.macrotask(run);
    };
    const system = createSystemOn({ ...platform, macrotask });
    const source = await system.start(Source);
    const log = seen();
    void source.stream.steps(25_600, log).next();
    await clock.settle();
    expect(log.yielded).toBe(25_600);
    expect(turns).toBeGreaterThanOrEqual(100);
    await system.stop();
  });

  test("ST-3: progress gives way to later progress while nobody reads, and never makes it wait", async () => {
    const { system, clock } = testSystem();
    const source = await system.start(Source, { base: 1 });
    const log = seen();
    const stream = source.stream.steps(500, log);
    expect((await stream.next()).value).toBe(1);
    await clock.settle();
    expect(log.yielded).toBe(500);
    expect(await collect(stream)).toEqual([500, "done"]);
    await system.stop();
  });

  test("ST-3: no plain value is dropped, and nothing overtakes", async () => {
    const { system, clock } = testSystem();
    const source = await system.start(Source);
    const stream = source.stream.mixed(1, 2, "a", 3, 4, "b", "c", 5, 6);
    const first = await stream.next();
    await clock.settle();
    expect([first.value, ...(await collect(stream))]).toEqual([1, 2, "a", 4, "b", "c", 6]);
    await system.stop();
  });

  test("ST-3: a reader that keeps up gets all progress", async () => {
    const { system } = testSystem();
    const source = await system.start(Source);
    expect(await collect(source.stream.mixed("a", 1, "b", 2))).toEqual(["a", 1, "b", 2]);
    await system.stop();
  });

  test("ST-4: whoever leaves the loop closes the generator: its signal aborts, its finally runs", async () => {
    const { system, clock } = testSystem();
    const source = await system.start(Source);
    const log = seen();
    for await (const value of source.stream.count(1_000, log)) if (value === 2) break;
    expect(log.signal?.aborted).toBe(true);
    await clock.settle();
    expect(log.ended).toEqual(["finally"]);
    expect(system.processes()[0]?.children).toEqual([]);
    expect(await source.call.add(1)).toBe(1);
    await system.stop();
  });

  test("ST-4: leaving does not wait for a generator that hangs, and it ends in its time", async () => {
    const { system, clock } = testSystem();
    const source = await system.start(Source);
    const log = seen();
    const stream = source.stream.gated([new Promise(() => {})], log);
    const pending = stream.next();
    await clock.settle();
    expect(await stream.return()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(system.processes()[0]?.children.length).toBe(1);
    await clock.advance(5_000);
    expect(system.processes()[0]?.children.length).toBe(0);
    expect(source.status).toBe("live");
    await system.stop();
  });

  test("ST-4: an abort of the reader's signal rejects with its reason and closes the generator", async () => {
    const { system, clock } = testSystem();
    const source = await system.start(Source);
    const log = seen();
    const controller = new AbortController();
    const stream = source.with({ signal: controller.signal }).stream.count(1_000, log);
    await stream.next();
    await clock.settle();
    controller.abort(bug);
    expect(await rejection(stream.next())).toBe(bug);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await clock.settle();
    expect(log.ended).toEqual(["finally"]);
    const late = source.with({ signal: controller.signal }).stream.count(1);
    expect(await rejection(late.next())).toBe(bug);
    await system.stop();
  });

  test("ST-4: one that was left before it was opened never begins", async () => {
    const { system, clock } = testSystem();
    const source = await system.start(Source);
    const log = seen();
    const gate = latch();
    const held = source.call.hold(gate.promise);
    const stream = source.stream.count(3, log);
    const first = stream.next();
    await stream.return();
    gate.resolve();
    await held;
    await clock.settle();
    expect(await first).toEqual({ done: true, value: undefined });
    expect(log.yielded).toBe(0);
    await source.stream.count(3, log).return();
    expect(log.yielded).toBe(0);
    await system.stop();
  });

  test("ST-4: the end of the actor that reads is the end of its reading", async () => {
    const { system, clock } = testSystem();
    const source = await system.start(Source);
    const puppet = await system.start(Puppet);
    const log = seen();
    puppet.cast.run(() => {
      void source.stream.count(1_000, log).next();
    });
    await clock.settle();
    expect(log.signal?.aborted).toBe(false);
    puppet.kill();
    await clock.settle();
    expect(log.signal?.aborted).toBe(true);
    expect(log.ended).toEqual(["finally"]);
    await system.stop();
  });

  test("ST-4: what it uses is given back, and it knows who reads", async () => {
    const { system, clock } = testSystem();
    const source = await system.start(Source);
    const puppet = await system.start(Puppet);
    const log = seen();
    const got: unknown[] = [];
    puppet.cast.run(async () => {
      for await (const value of source.stream.resource(log)) {
        got.push(value);
        break;
      }
    });
    await clock.settle();
    expect(got).toEqual([puppet.id]);
    expect(log.ended).toEqual(["disposed"]);
    await system.stop();
  });

  test("ST-5: what it throws rejects its reader behind the values before it, and nobody else", async () => {
    const { system, clock } = testSystem();
    const source = await system.start(Source);
    const stream = source.stream.fails(2);
    await stream.next();
    await clock.settle();
    expect((await stream.next()).value).toBe(1);
    expect(await rejection(stream.next())).toBe(bug);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(source.status).toBe("live");
    const none = await rejection(collect(source.stream.none()));
    expect(none).toBeInstanceOf(TypeError);
    expect(none.message).toContain("must give an async iterable");
    expect(await source.call.add(1)).toBe(1);
    await system.stop();
  });

  describe("the end of the server ends its streams:", () => {
    const ends = {
      kill: (source: { kill(): void }) => source.kill(),
      stop: (source: { stop(): Promise<void> }) => void source.stop(),
      crash: (source: { cast: { crash(): boolean } }) => source.cast.crash(),
    };
    const reasons: Record<string, unknown> = { kill: "killed", stop: "normal" };
    for (const [name, end] of Object.entries(ends)) {
      test(`ST-6: by ${name} the reader rejects with ActorExit, and finally runs`, async () => {
        const { system, clock } = testSystem({ onCrash: () => {} });
        const source = await system.start(Source);
        const log = seen();
        const stream = source.stream.gated([Promise.resolve(1), new Promise(() => {})], log);
        expect((await stream.next()).value).toBe(1);
        const failed = rejection(stream.next());
        await clock.settle();
        end(source);
        const error = await failed;
        expect(error.code).toBe("actor-exit");
        expect(error.process).toBe("source#2");
        expect(error.handler).toBe("gated");
        if (name in reasons) expect(error.reason).toBe(reasons[name]);
        else expect(error.cause).toBe(bug);
        expect(log.signal?.aborted).toBe(true);
        await clock.advance(5_000);
        expect(source.status).toBe("down");
        await system.stop();
      });
    }

    test("ST-6: a restart waits for the finally of its generators", async () => {
      const { system, clock } = testSystem();
      const App = supervisor({ children: (child) => ({ source: child(Source, []) }) });
      const { source } = (await system.start(App)).child;
      const log = seen();
      const stream = source.stream.count(1_000, log);
      await stream.next();
      source.cast.crash();
      await clock.settle();
      expect(log.ended).toEqual(["finally"]);
      const rest = await rejection(collect(stream));
      expect(rest.cause).toBe(bug);
      expect((await collect(source.stream.count(2))).length).toBe(2);
      await system.stop();
    });
  });

  describe("opening is a call:", () => {
    test("ST-1: its timeout is that of calls, and the stream itself has none", async () => {
      const { system, clock } = testSystem();
      const source = await system.start(Source);
      const gate = latch();
      const held = source.call.hold(gate.promise);
      const log = seen();
      const failed = rejection(source.with({ timeoutMs: 50 }).stream.count(1, log).next());
      await clock.advance(50);
      expect((await failed).code).toBe("call-timeout");
      gate.resolve();
      await held;
      await clock.settle();
      expect(log.yielded).toBe(0);
      const late = latch<number>();
      const stream = source.with({ timeoutMs: 50 }).stream.gated([late.promise]);
      const value = stream.next();
      await clock.advance(60_000);
      late.resolve(1);
      expect(await value).toEqual({ done: false, value: 1 });
      await system.stop();
    });

    test("ST-1: it rejects with noproc where nobody is, and waits with whenDown", async () => {
      const { system, clock } = testSystem();
      const source = await system.start(Source);
      await source.stop();
      expect((await rejection(source.stream.count(1).next())).reason).toBe("noproc");
      const Named = named("the-source", Source);
      const App = supervisor({
        children: (child) => ({ source: child(Named, [], { restartDelayMs: 100 }) }),
      });
      const handle = (await system.start(App)).child.source;
      handle.kill();
      await clock.settle();
      const waiting = collect(handle.with({ whenDown: "wait" }).stream.count(2));
      await clock.advance(100);
      expect(await waiting).toEqual([0, 1]);
      await system.stop();
    });

    test("ST-1: it counts in a bounded mailbox", async () => {
      const { system, clock } = testSystem();
      const Bounded = genServer({
        id: "bounded",
        init: () => 0,
        call: { hold: (_self, gate: Promise<void>) => gate },
        stream: {
          async *one(self) {
            yield self.state;
          },
        },
        streams,
        mailbox: { max: 1 },
      });
      const bounded = await system.start(Bounded);
      const gate = latch();
      const held = bounded.call.hold(gate.promise);
      await clock.settle();
      const first = collect(bounded.stream.one());
      expect((await rejection(bounded.stream.one().next())).code).toBe("mailbox-full");
      gate.resolve();
      await held;
      expect(await first).toEqual([0]);
      await system.stop();
    });

    test("ST-1: its arguments are checked before anything is sent", async () => {
      const { system } = testSystem();
      const number = {
        "~standard": {
          version: 1 as const,
          vendor: "test",
          validate: (value: unknown) =>
            typeof value === "number"
              ? { value: value + 1 }
              : { issues: [{ message: "no number" }] },
        },
      };
      const Checked = genServer({
        id: "checked",
        init: () => 0,
        stream: {
          async *upTo(_self, n: number) {
            yield n;
          },
        },
        streams,
        accepts: { upTo: [number] },
      });
      const checked = await system.start(Checked);
      expect(await collect(checked.stream.upTo(1))).toEqual([2]);
      const refused = await rejection(collect(checked.stream.upTo("x" as never)));
      expect(refused).toBeInstanceOf(TypeError);
      expect(refused.message).toContain("no number");
      await system.stop();
    });

    test("a circle is found: a handler that reads its own server's stream", async () => {
      const { system } = testSystem();
      const source = await system.start(Source);
      const cycle = await rejection(source.call.read(source as never));
      expect((cycle.cause as { code: string }).code).toBe("call-cycle");
      await system.stop();
    });
  });

  test("a definition that has handlers and nothing to run them is refused, and so are names", () => {
    const init = (): number => 0;
    const stream = { async *one() {} };
    expect(thrown(() => genServer({ id: "a", init, stream } as never)).message).toContain(
      ".streams is not a function",
    );
    // biome-ignore lint/suspicious/noThenProperty: that is what is refused
    const bad = { ...stream, then: stream.one };
    expect(
      thrown(() => genServer({ id: "a", init, stream: bad, streams } as never)).message,
    ).toContain('stream of a has a handler named "then"');
    expect(
      thrown(() => genServer({ id: "a", init, stream, streams, accepts: { two: [] } } as never))
        .message,
    ).toContain("there is no such handler");
  });

  test("a state machine has streams too, on its state and data, and opening one is no event", async () => {
    const { system, clock } = testSystem();
    const Lamp = stateMachine({
      id: "lamp",
      init: () => ({ state: "off", data: { changes: 0 } }),
      states: {
        off: {
          cast: {
            toggle(self) {
              self.data.changes++;
              self.nextState("on", { eventTimeoutMs: 100 });
            },
          },
        },
        on: { eventTimeout: (self) => self.nextState("off") },
      },
      always: { call: { where: (self) => self.state } },
      stream: {
        async *look(self, times: number) {
          for (let n = 0; n < times; n++) yield `${self.state} ${self.data.changes}`;
        },
      },
      streams,
    });
    const lamp = await system.start(Lamp);
    expect(await collect(lamp.stream.look(1))).toEqual(["off 0"]);
    lamp.cast.toggle();
    expect(await collect(lamp.stream.look(2))).toEqual(["on 1", "on 1"]);
    await clock.advance(100);
    expect(await lamp.call.where()).toBe("off");
    await system.stop();
  });

  test("new code for a live server brings its streams; one that it lacks is refused", async () => {
    const { system } = testSystem();
    const make = (by: number) =>
      genServer({
        id: "changing",
        init: () => 1,
        stream: {
          async *value(self) {
            yield self.state * by;
          },
        },
        streams,
      });
    const old = await system.start(make(1));
    const renewed = await changeCode(old, make(10));
    expect(await collect(renewed.stream.value())).toEqual([10]);
    expect(await collect(old.stream.value())).toEqual([10]);
    await changeCode(old, genServer({ id: "changing", init: () => 1 }));
    expect((await rejection(collect(old.stream.value()))).message).toContain(
      "its code was changed",
    );
    const Other = genServer({
      id: "changing",
      init: () => 1,
      stream: { async *other() {} },
      streams,
    });
    await changeCode(old, Other);
    expect((await rejection(collect(old.stream.value()))).message).toContain("no such stream");
    expect(old.status).toBe("live");
    await system.stop();
  });

  test("what fails after its reader has left is told to observers, and to nobody else", async () => {
    const { system, clock } = testSystem();
    const late: unknown[] = [];
    system.observe((event: SystemEvent) => {
      if (event.type === "lateError") late.push(event.error);
    });
    const Untidy = genServer({
      id: "untidy",
      init: () => 0,
      stream: {
        async *one() {
          try {
            yield 1;
          } finally {
            // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
            throw bug;
          }
        },
      },
      streams,
    });
    const untidy = await system.start(Untidy);
    for await (const _ of untidy.stream.one()) break;
    await clock.settle();
    expect(late).toEqual([bug]);
    expect(untidy.status).toBe("live");
    await system.stop();
  });
});
