// Streams of tasks: so many at a time, back-pressure, order, and the end.
// Owns T-6, on virtual time.

import { asyncStream } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { type Latch, latch, Puppet, rejection, thrown } from "../kernel/probes.js";

/** A source that says what is read of it, and whether it was closed. */
function source(count: number, kind: "sync" | "async") {
  const seen = { read: 0, closed: false };
  const items = {
    next: () =>
      seen.read < count ? { value: ++seen.read, done: false } : { value: 0, done: true },
    return: (value?: unknown) => {
      seen.closed = true;
      return { value, done: true };
    },
  };
  const later = {
    next: async () => items.next(),
    return: async (value?: unknown) => items.return(value),
  };
  const iterable =
    kind === "sync" ? { [Symbol.iterator]: () => items } : { [Symbol.asyncIterator]: () => later };
  return { seen, iterable: iterable as unknown as Iterable<number> };
}

async function collect<T>(stream: AsyncIterable<T>, into: T[] = []): Promise<T[]> {
  for await (const value of stream) into.push(value);
  return into;
}

export const suite = defineSuite("task stream", ({ describe, test, expect }) => {
  const bug = new Error("a bug");
  const never = () => new Promise<never>(() => {});

  for (const kind of ["sync", "async"] as const) {
    describe(`of a source that is ${kind}`, () => {
      test("T-6: it gives the results in the order of the items, so many at a time", async () => {
        const { system, clock } = testSystem();
        const gates: Latch<void>[] = [];
        let running = 0;
        let most = 0;
        const { iterable, seen } = source(6, kind);
        const all = collect(
          asyncStream(
            system,
            iterable,
            async (n) => {
              most = Math.max(most, ++running);
              const gate = latch();
              gates.push(gate);
              await gate.promise;
              running--;
              return n * 10;
            },
            { maxConcurrency: 3 },
          ),
        );
        await clock.settle();
        expect([running, seen.read]).toEqual([3, 3]);
        // The last of the three first: the order is that of the items.
        while (gates.length > 0) {
          gates.pop()?.resolve();
          await clock.settle();
        }
        expect(await all).toEqual([10, 20, 30, 40, 50, 60]);
        expect(most).toBe(3);
        expect(seen.closed).toBe(false);
        await system.stop();
      });

      test("T-6: nothing is read before there is room: a slow consumer slows the source", async () => {
        const { system, clock } = testSystem();
        const { iterable, seen } = source(100, kind);
        const stream = asyncStream(system, iterable, (n) => n, { maxConcurrency: 2 });
        await clock.settle();
        expect(seen.read).toBe(0);
        expect(await stream.next()).toEqual({ done: false, value: 1 });
        await clock.settle();
        expect(seen.read).toBe(3);
        await clock.advance(1_000);
        expect(seen.read).toBe(3);
        await stream.next();
        await clock.settle();
        expect(seen.read).toBe(4);
        await stream.return();
        expect(seen.closed).toBe(true);
        expect(system.processes()).toEqual([]);
        await system.stop();
      });

      test("T-6: whoever leaves the loop cancels what runs and closes the source", async () => {
        const { system, clock } = testSystem();
        const { iterable, seen } = source(100, kind);
        const signals: AbortSignal[] = [];
        for await (const value of asyncStream(system, iterable, (n, signal) => {
          signals.push(signal);
          return n === 1 ? n : never();
        })) {
          expect(value).toBe(1);
          break;
        }
        expect(signals.slice(1).every(({ aborted }) => aborted)).toBe(true);
        expect(signals.length).toBeGreaterThan(1);
        expect(seen.closed).toBe(true);
        await clock.settle();
        expect(system.processes()).toEqual([]);
        await system.stop();
      });
    });
  }

  test("T-6: unordered gives them as they come", async () => {
    const { system, clock } = testSystem();
    const gates = [latch<string>(), latch<string>(), latch<string>()];
    const got: string[] = [];
    const all = collect(
      asyncStream(system, gates, (gate) => gate.promise, { ordered: false }),
      got,
    );
    for (const at of [2, 0, 1]) {
      await clock.settle();
      gates[at]?.resolve(`${at}`);
    }
    expect(await all).toEqual(["2", "0", "1"]);
    await system.stop();
  });

  test("T-6: a task that fails ends the stream in its turn, and the rest is cancelled", async () => {
    const { system, clock } = testSystem();
    const { iterable, seen } = source(100, "sync");
    const got: number[] = [];
    const gate = latch();
    const failed = rejection(
      collect(
        asyncStream(
          system,
          iterable,
          async (n) => {
            if (n === 1) await gate.promise;
            if (n === 2) throw bug;
            return n;
          },
          { maxConcurrency: 4 },
        ),
        got,
      ),
    );
    await clock.settle();
    gate.resolve();
    expect(await failed).toBe(bug);
    expect(got).toEqual([1]);
    expect(seen.closed).toBe(true);
    await clock.settle();
    expect(system.processes()).toEqual([]);
    expect(clock.reported).toEqual([]);
    await system.stop();
  });

  test("T-6: an item that takes too long ends the stream, or with kill is a result like others", async () => {
    const { system, clock } = testSystem();
    const load = (n: number) => (n === 2 ? never() : n);
    const ended = rejection(collect(asyncStream(system, [1, 2, 3], load, { timeoutMs: 50 })));
    await clock.advance(50);
    expect(await ended).toMatchObject({ code: "actor-exit", reason: "timeout" });
    const killed = collect(
      asyncStream(system, [1, 2, 3], load, { timeoutMs: 50, onTimeout: "kill" }),
    );
    await clock.advance(50);
    expect(await killed).toMatchObject([
      { status: "fulfilled", value: 1 },
      { status: "rejected", reason: { reason: "timeout" } },
      { status: "fulfilled", value: 3 },
    ]);
    const failed = collect(
      asyncStream(system, [1], () => Promise.reject(bug), { onTimeout: "kill" }),
    );
    expect(await rejection(failed)).toBe(bug);
    await system.stop();
    expect(clock.timers).toBe(0);
  });

  test("T-6: what the source throws comes after what was read before, and nobody closes it then", async () => {
    const { system } = testSystem();
    for (const failing of [
      (function* () {
        yield 1;
        yield 2;
        throw bug;
      })(),
      (async function* () {
        yield 1;
        yield 2;
        throw bug;
      })(),
    ]) {
      const got: number[] = [];
      const stream = asyncStream(system, failing as Iterable<number>, (n) => n * 2);
      expect(await rejection(collect(stream, got))).toBe(bug);
      expect(got).toEqual([2, 4]);
    }
    await system.stop();
  });

  test("T-6: the end of the owner ends the stream, even while the source gives nothing", async () => {
    const { system, clock } = testSystem();
    const owner = await system.start(Puppet);
    const silent = { [Symbol.asyncIterator]: () => ({ next: never }) };
    let stream: AsyncGenerator<unknown> | undefined;
    await owner.call.run((self) => {
      stream = asyncStream(self, silent as unknown as AsyncIterable<number>, (n) => n);
    });
    const next = rejection((stream as AsyncGenerator<unknown>).next());
    await clock.settle();
    owner.kill();
    expect(await next).toMatchObject({ code: "actor-exit", reason: "killed" });
    await system.stop();
    const late = asyncStream.bind(null, system, [1], (n) => n);
    expect(await rejection(collect(late()))).toMatchObject({ code: expect.any(String) });
  });

  test("T-6: thousands of items at once keep nothing behind, and the stack stays flat", async () => {
    const { system } = testSystem();
    const many = Array.from({ length: 20_000 }, (_, n) => n);
    let sum = 0;
    for await (const n of asyncStream(system, many, (n) => n, {
      maxConcurrency: Number.POSITIVE_INFINITY,
    })) {
      sum += n;
    }
    expect(sum).toBe((20_000 * 19_999) / 2);
    expect(system.processes()).toEqual([]);
    await system.stop();
  });

  test("what cannot be a stream is refused at once", async () => {
    const { system } = testSystem();
    const bad = (options: object) => thrown(() => asyncStream(system, [1], (n) => n, options));
    expect(thrown(() => asyncStream(system, 1 as never, (n) => n)).message).toBe(
      "source is 1: it must be an iterable or an async iterable, such as an array",
    );
    expect(thrown(() => asyncStream(system, [1], 2 as never))).toBeInstanceOf(TypeError);
    expect(bad({ maxConcurrency: 0 }).message).toBe(
      "maxConcurrency is 0: it must be a whole number, 1 or more",
    );
    expect(bad({ timeoutMs: -1 })).toBeInstanceOf(RangeError);
    expect(bad({ onTimeout: "skip" }).message).toBe(
      'onTimeout is "skip": it must be one of "exit", "kill"',
    );
    await system.stop();
  });
});
