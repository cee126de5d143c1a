// asyncStream: a task for each item of a source, so many at a time, and their results as they come.
//
// Owns the back-pressure (nothing is read before there is room for it), the order of the results, and
// the end: whoever leaves the loop cancels what still runs and closes the source. The tasks themselves
// are task.ts. Source: Elixir's Task.async_stream.

import { checkCount, checkFunction, checkMs, oneOf } from "../kernel/errors.js";
import { printed } from "../kernel/exit-reason.js";
import { remove } from "../kernel/list.js";
import { isThenable, whenSettled } from "../kernel/operation.js";
import { type Process, watch } from "../kernel/process.js";
import { exitError } from "../kernel/told.js";
import { type Owner, processOf } from "./owner.js";
import { beginTask, type Running, type TaskFunction, type TaskOptions } from "./task.js";

/** How a stream of tasks may be told to differ. */
export interface StreamOptions {
  /** How many items are in hand at once, results that nobody has taken included. Default 8. */
  readonly maxConcurrency?: number | undefined;
  /** Gives the results in the order of the items (`true`, the default) or as they come. */
  readonly ordered?: boolean | undefined;
  /** How long each item may take, in milliseconds. Default `Infinity`. */
  readonly timeoutMs?: number | undefined;
  /**
   * What an item that takes too long does: it ends the stream (`exit`, the default), or is a result like
   * others, `{ status: "rejected" }` (`kill`).
   */
  readonly onTimeout?: "exit" | "kill" | undefined;
}

/** What a stream takes its items from. */
export type Source<Item> = Iterable<Item> | AsyncIterable<Item>;

/**
 * Runs `run` for each item of a source, each in a task of `owner`, and gives the results in the order of
 * the items. It reads an item only when there is room for it, so a slow consumer slows the source down.
 *
 * A task that fails ends the stream with its error, in its turn. Whoever leaves the loop, or meets that
 * error, cancels what still runs and closes the source. With `onTimeout: "kill"` each result says how
 * its task ended, as `Promise.allSettled` does.
 *
 * @example
 * ```ts
 * const load = (path: string, signal: AbortSignal) => fetch(path, { signal });
 * for await (const page of asyncStream(system, ["/a", "/b"], load, { maxConcurrency: 2 })) {
 *   console.log(page.status);
 * }
 * ```
 *
 * **Timeouts.** None, unless `timeoutMs` says so for each item.
 *
 * **When not to use it.** For a few promises that may all run at once, `awaitAll`.
 *
 * @throws TypeError or RangeError for a source that cannot be iterated, a `run` that is no function and
 * options out of range. While iterated, what the source or a task throws; ActorExit when the owner ends.
 * Source: Elixir Task.async_stream.
 */
export function asyncStream<Item, Result>(
  owner: Owner,
  source: Source<Item>,
  run: (item: Item, signal: AbortSignal) => Result | PromiseLike<Result>,
  options: StreamOptions & { readonly onTimeout: "kill" },
): AsyncGenerator<PromiseSettledResult<Result>, void, undefined>;
export function asyncStream<Item, Result>(
  owner: Owner,
  source: Source<Item>,
  run: (item: Item, signal: AbortSignal) => Result | PromiseLike<Result>,
  options?: StreamOptions,
): AsyncGenerator<Result, void, undefined>;
export function asyncStream(
  owner: Owner,
  source: Source<unknown>,
  run: StreamFunction,
  options: StreamOptions = {},
): AsyncGenerator<unknown, void, undefined> {
  const process = processOf("owner", owner);
  const start: StartTask = (body, taskOptions) => beginTask(process, body, taskOptions);
  return streamOf(process, start, source, run, options, options.onTimeout === "kill", false);
}

/** What a stream does with each item. */
export type StreamFunction = (item: never, signal: AbortSignal) => unknown;
/** Starts one task of a stream. */
export type StartTask = (run: TaskFunction<unknown>, options: TaskOptions) => Running;

/**
 * Checks the arguments and makes the stream. `asResults`: results say how each task ended.
 * `failuresToo`: a failure is such a result, and ends nothing.
 */
export function streamOf(
  owner: Process,
  start: StartTask,
  source: Source<unknown>,
  run: StreamFunction,
  options: StreamOptions,
  asResults: boolean,
  failuresToo: boolean,
): AsyncGenerator<unknown, void, undefined> {
  const { maxConcurrency = 8, timeoutMs, onTimeout } = options;
  checkFunction("run", run);
  checkCount("maxConcurrency", maxConcurrency, 1);
  if (timeoutMs !== undefined) checkMs("timeoutMs", timeoutMs, true);
  oneOf("onTimeout", onTimeout, ["exit", "kill"]);
  return stream(owner, start, iteratorOf(source), run, options, asResults, failuresToo);
}

/** An item in hand. */
interface Slot {
  readonly task: Running;
  outcome: PromiseSettledResult<unknown> | null;
}

async function* stream(
  owner: Process,
  start: StartTask,
  items: Iterator<unknown> | AsyncIterator<unknown>,
  run: StreamFunction,
  { maxConcurrency = 8, ordered = true, timeoutMs, onTimeout = "exit" }: StreamOptions,
  asResults: boolean,
  failuresToo: boolean,
): AsyncGenerator<unknown, void, undefined> {
  const slots = new Set<Slot>();
  const finished = new Set<Slot>();
  let isReading = false;
  let isOver = false;
  let failure: { readonly error: unknown } | null = null;
  // Whatever happens wakes the loop below, which then looks for itself: no promise outlives an item.
  let wake = (): void => {};

  const stop = (error: unknown): void => {
    isReading = false;
    isOver = true;
    failure ??= { error };
    wake();
  };
  const begin = (item: unknown): void => {
    const task = start((signal) => run(item as never, signal), { timeoutMs });
    const slot: Slot = { task, outcome: null };
    slots.add(slot);
    void task.job.settled().then((outcome) => {
      slot.outcome = outcome;
      finished.add(slot);
      wake();
    });
  };
  const got = (result: IteratorResult<unknown>): void => {
    isReading = false;
    try {
      if (result.done) isOver = true;
      else if (!isOver) begin(result.value);
    } catch (error) {
      stop(error);
    }
    wake();
  };
  const read = (): void => {
    while (!isReading && !isOver && slots.size < maxConcurrency) {
      try {
        const next = items.next();
        isReading = isThenable(next);
        if (isThenable(next)) whenSettled(next, gotLater, stop);
        else got(next);
      } catch (error) {
        stop(error);
      }
    }
  };
  const gotLater = (result: unknown): void => {
    got(result as IteratorResult<unknown>);
    read();
  };
  /** Takes the result that is next, if it is there. */
  const take = (): Slot | undefined => {
    const [first] = ordered ? slots : finished;
    if (!first?.outcome) return undefined;
    slots.delete(first);
    finished.delete(first);
    return first;
  };

  const watching = watch(owner, (reason) =>
    stop(exitError(owner, `go on with the tasks of ${owner.label}`, reason)),
  );
  try {
    for (;;) {
      read();
      const slot = take();
      if (slot !== undefined) {
        // While the consumer works on this one, the next one is on its way.
        read();
        const outcome = slot.outcome as PromiseSettledResult<unknown>;
        if (outcome.status === "rejected") {
          if (slot.task.isTimedOut ? onTimeout === "exit" : !failuresToo) throw outcome.reason;
        }
        yield asResults ? outcome : (outcome as PromiseFulfilledResult<unknown>).value;
      } else if (isOver && slots.size === 0) {
        if (failure !== null) throw (failure as { error: unknown }).error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    remove(watching);
    for (const { task } of slots) task.cancel();
    if (!isOver) {
      isOver = true;
      const closed = items.return?.();
      // A source that is still giving its next item closes when it has; nobody can wait for that.
      if (isReading && isThenable(closed)) whenSettled(closed, undefined, () => {});
      else await closed;
    }
  }
}

function iteratorOf(source: unknown): Iterator<unknown> | AsyncIterator<unknown> {
  const held = source as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
  if (typeof held?.[Symbol.asyncIterator] === "function") {
    return (held as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  }
  if (typeof held?.[Symbol.iterator] === "function") {
    return (held as Iterable<unknown>)[Symbol.iterator]();
  }
  throw new TypeError(
    `source is ${printed(source)}: it must be an iterable or an async iterable, such as an array`,
  );
}
