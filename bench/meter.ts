// Meters: how one sample of a scenario is taken. A meter does a number of operations and gives what
// they came to in all: nanoseconds, or bytes.
//
// Owns the four ways of measuring, and the proof that the work was done: every handler of every subject
// hits the one latch, so an engine cannot drop work whose result nobody reads, and a message that is
// lost leaves the sample waiting instead of making it fast.
// `timed` is a tight loop, because tinybench's two looks at the clock an operation cost more than most of
// what is measured here; `latency` is tinybench, for what takes microseconds and more.

import { Bench } from "tinybench";

/** Does `count` operations and gives what they came to in all, in the unit of its scenario. */
export type Meter = (count: number) => number | Promise<number>;

/** A subject: its scenarios by name, each made ready by a function that gives its meter, if it has one. */
export type Subject = Readonly<
  Record<string, () => Meter | undefined | Promise<Meter | undefined>>
>;

/** Does `count` operations, and is done when all of them are. */
export type Work = (count: number) => unknown;

/** Casts are sent in bursts of this size; the sender waits until the last of a burst was handled. */
export const BURST = 1_000;
/** Actors of a ring, and listeners of a fan-out. */
export const RING = 100;
export const LISTENERS = 1_000;
/** Messages that stand in front of the one which a selective receive wants. */
export const DEPTH = 1_000;

let left = 0;
let open: () => void = () => {};

/** Resolves after so many hits. */
export function latch(hits: number): Promise<void> {
  left = hits;
  return new Promise((resolve) => {
    open = resolve;
  });
}

/** What every handler does as its work. */
export function hit(): void {
  if (--left === 0) open();
}

/** Sends `count` messages in bursts, and waits for each burst to be handled. */
export async function inBursts(count: number, send: () => void, burst: number = BURST) {
  for (let done = 0; done < count; done += burst) {
    const size = Math.min(burst, count - done);
    const handled = latch(size);
    for (let i = 0; i < size; i++) send();
    await handled;
  }
}

/** Adds up replies and throws unless they come to what they must. */
export function check(what: string, got: unknown, wanted: unknown): void {
  if (got !== wanted) throw new Error(`${what} gave ${String(got)} instead of ${String(wanted)}`);
}

/** Nanoseconds of the work, in one tight loop. */
export function timed(work: Work): Meter {
  return async (count) => {
    const from = performance.now();
    await work(count);
    return (performance.now() - from) * 1e6;
  };
}

/** Nanoseconds of the median operation, each timed by tinybench: for slow ones. */
export function latency(operation: () => Promise<unknown>): Meter {
  return async (count) => {
    const bench = new Bench({ iterations: count, time: 0, warmup: false });
    bench.add("operation", async () => await operation());
    const [task] = await bench.run();
    const result = task?.result;
    if (result?.state === "errored") throw result.error;
    if (result?.state !== "completed") throw new Error(`tinybench ended ${result?.state}`);
    return result.latency.p50 * 1e6 * count;
  };
}

const host = globalThis as { gc?: () => void; process?: { memoryUsage(): { heapUsed: number } } };

/** Bytes of the heap once everything that nobody holds is gone. */
export async function heap(): Promise<number> {
  if (host.gc === undefined || host.process === undefined) throw new Error("needs --expose-gc");
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    host.gc();
  }
  return host.process.memoryUsage().heapUsed;
}

/**
 * Bytes that stay while what `make` gives is held. `forget` ends it all before the next sample; the list
 * that holds it is made before, and not counted.
 */
export function held(
  make: (index: number) => unknown,
  forget: (all: readonly unknown[]) => unknown,
): Meter {
  return async (count) => {
    const all: unknown[] = new Array(count).fill(null);
    const before = await heap();
    for (let index = 0; index < count; index++) {
      const made = make(index);
      all[index] = made instanceof Promise ? await made : made;
    }
    const bytes = (await heap()) - before;
    await forget(all);
    return bytes;
  };
}

/** Bytes that the work takes from the heap, collected afterwards or not. */
export function allocated(work: Work): Meter {
  return async (count) => {
    // Compiled code stands in the same heap, and comes while the first samples run.
    for (let round = 0; round < 4; round++) await work(count);
    const before = await heap();
    await work(count);
    return (host.process?.memoryUsage().heapUsed ?? 0) - before;
  };
}
