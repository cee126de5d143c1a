// A job: what whoever started a task holds of it.
//
// Owns waiting for the result in all its ways, and giving it up. It runs nothing: the task is a process
// (task.ts). A job can stand wherever a promise can.

import { signalOf } from "../kernel/abort.js";
import { dispose } from "../kernel/disposal.js";
import { crashUnsupervised, end, shutdown } from "../kernel/ending.js";
import { checkFunction, checkMs } from "../kernel/errors.js";
import { reasonOf } from "../kernel/exit-reason.js";
import { DEAD, type Process, type Shutdown } from "../kernel/process.js";
import { Alarm } from "../kernel/timers.js";

/**
 * A task as its owner holds it: a promise of its result that can be cancelled. The function runs once,
 * however many wait. It rejects with the error that the function threw, with `ActorExit` where the task
 * was ended (`reason` says why: `timeout`, `killed`, `{ shutdown: "cancelled" }`, …), or with the
 * reason of the signal that cancelled it.
 */
export interface Job<T> extends Promise<T>, Disposable {
  /** The process, such as `task#7`. */
  readonly id: string;
  /** The signal that the function was given. */
  readonly signal: AbortSignal;
  /** Gives it up: its signal aborts, and whoever waits rejects at once. Idempotent; `using` does it. */
  cancel(): void;
  /** Resolves with how it ended, well or not. Never rejects. */
  settled(): Promise<PromiseSettledResult<T>>;
  /**
   * Waits for at most `timeoutMs` milliseconds (default 5,000): resolves with how it ended, or with
   * null if it still runs. It goes on running. Source: Elixir's Task.yield.
   */
  yield(timeoutMs?: number): Promise<PromiseSettledResult<T> | null>;
  /**
   * Asks it to end: its signal aborts, and after `how` milliseconds (default 5,000, or `"brutalKill"` for
   * none) it is killed. Resolves with how it ended, which may still be well. Source: Elixir's
   * Task.shutdown.
   */
  shutdown(how?: Shutdown): Promise<PromiseSettledResult<T>>;
  /**
   * As awaiting it, but a failure also ends the owner with that error, after the handler in hand and even
   * if that catches the rejection: for what there is no going on without. Of a system it is a crash.
   */
  mustAwait(): Promise<T>;
  /** A job for what `change` makes of the result; it is computed once, when first waited for. */
  map<Result>(change: (value: T) => Result | PromiseLike<Result>): Job<Result>;
}

/** What a job can do to its task. */
export interface Held {
  readonly process: Process;
  /** Who hears of a failure that nobody waits for. */
  readonly owner: Process | null;
  cancel(): void;
}

/** Makes the job of a task. `wait` gives the promise of its result; called when somebody waits. */
export function jobOf<T>(task: Held, wait: () => Promise<T>): Job<T> {
  return new TaskJob(task, wait);
}

class TaskJob<T> implements Job<T> {
  readonly [Symbol.toStringTag]: string = "Job";
  readonly #task: Held;
  readonly #wait: () => Promise<T>;

  constructor(task: Held, wait: () => Promise<T>) {
    this.#task = task;
    this.#wait = wait;
  }

  get id(): string {
    return this.#task.process.label;
  }

  get signal(): AbortSignal {
    return signalOf(this.#task.process);
  }

  cancel(): void {
    this.#task.cancel();
  }

  [dispose](): void {
    this.cancel();
  }

  // biome-ignore lint/suspicious/noThenProperty: a job is awaited
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#wait().then(fulfilled, rejected);
  }

  catch<B = never>(rejected?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#wait().catch(rejected);
  }

  finally(settled?: (() => void) | null): Promise<T> {
    return this.#wait().finally(settled);
  }

  settled(): Promise<PromiseSettledResult<T>> {
    return this.then(
      (value) => ({ status: "fulfilled", value }),
      (reason) => ({ status: "rejected", reason }),
    );
  }

  yield(timeoutMs: number = 5_000): Promise<PromiseSettledResult<T> | null> {
    checkMs("timeoutMs", timeoutMs, true);
    const { timers } = this.#task.process.kernel;
    return new Promise((resolve) => {
      const alarm = new Alarm(() => resolve(null));
      timers.start(alarm, timeoutMs);
      void this.settled().then((outcome) => {
        timers.drop(alarm);
        resolve(outcome);
      });
    });
  }

  shutdown(how: Shutdown = 5_000): Promise<PromiseSettledResult<T>> {
    if (how !== "brutalKill") checkMs("how", how, true);
    const { process } = this.#task;
    const settled = this.settled();
    if (process.status !== DEAD) void shutdown(process, how);
    return settled;
  }

  mustAwait(): Promise<T> {
    return this.catch((error) => {
      const { process, owner } = this.#task;
      if (owner?.parent) end(owner, reasonOf(error), false);
      else if (owner !== null) crashUnsupervised(process, error);
      throw error;
    });
  }

  map<Result>(change: (value: T) => Result | PromiseLike<Result>): Job<Result> {
    checkFunction("change", change);
    let mapped: Promise<Result> | null = null;
    return new TaskJob(this.#task, () => {
      mapped ??= this.then(change);
      return mapped;
    });
  }
}

/**
 * Waits for all jobs: resolves with their results, in the order of the jobs. The first of them to fail
 * rejects with its error, and the rest are cancelled.
 *
 * @example
 * ```ts
 * const load = (path: string) => task(system, (signal) => fetch(path, { signal }));
 * const [index, news] = await awaitAll([load("/index.json"), load("/news.json")]);
 * ```
 */
export function awaitAll<Jobs extends readonly Job<unknown>[]>(
  jobs: readonly [...Jobs],
): Promise<{ -readonly [I in keyof Jobs]: Awaited<Jobs[I]> }> {
  return Promise.all(jobs).catch((error) => {
    for (const job of jobs) job.cancel();
    throw error;
  }) as never;
}
