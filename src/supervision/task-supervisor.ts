// taskSupervisor: a process that tasks belong to instead of whoever starts them.
//
// Owns which tasks are linked to their caller and which are not, how many there may be, and their end:
// all at once, under one timer. The tasks are behaviours/task.ts; none is ever started again. Source:
// Elixir's Task.Supervisor.

import { type Behaviour, checkId, Implementation } from "../behaviours/behaviour.js";
import type { Job } from "../behaviours/job.js";
import type { Handle } from "../behaviours/server-handle.js";
import {
  beginTask,
  type Running,
  type TaskFunction,
  type TaskOptions,
} from "../behaviours/task.js";
import {
  type Source,
  type StreamFunction,
  type StreamOptions,
  streamOf,
} from "../behaviours/task-stream.js";
import { shutdown } from "../kernel/ending.js";
import { checkCount, checkMs } from "../kernel/errors.js";
import { extrasOf, type Process, type Program, type Shutdown, watch } from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import { exitError } from "../kernel/told.js";
import { childRefused } from "./child-refused.js";

/** How a task supervisor may be told to differ. */
export interface TaskSupervisorOptions {
  /** Its identity in logs and inspectors. Default `taskSupervisor`. */
  readonly id?: string | undefined;
  /** How many tasks may run at once. A whole number of 0 or more; default `Infinity`. */
  readonly maxChildren?: number | undefined;
  /**
   * How long all its tasks together may take to end in order when it ends: milliseconds, `Infinity`, or
   * `"brutalKill"`. Default 5,000.
   */
  readonly shutdownMs?: Shutdown | undefined;
}

/**
 * A ref or handle of a task supervisor. Each method throws ActorExit with the reason `noproc` while it is
 * down, and ChildRefused with `maxChildren` at its limit.
 */
export interface TaskSupervisorHandle extends Handle<undefined> {
  /** Runs a function that nobody waits for. Gives a ref, to kill or watch it. */
  startChild(run: TaskFunction<unknown>, options?: TaskOptions): Handle;
  /**
   * Runs a task that is linked to its caller: it ends with the caller, and a failure that nobody waits
   * for is an exit signal to it. The caller is the actor in whose handler this is called: in its
   * synchronous part, or through `self.bind`. From elsewhere it is as `asyncNolink`.
   */
  async<T>(run: TaskFunction<T>, options?: TaskOptions): Job<T>;
  /** Runs a task that outlives its caller. Whoever waits for it hears of a failure, nobody else. */
  asyncNolink<T>(run: TaskFunction<T>, options?: TaskOptions): Job<T>;
  /** As `asyncStream`, with tasks of this supervisor that are linked to the caller. */
  asyncStream<Item, Result>(
    source: Source<Item>,
    run: (item: Item, signal: AbortSignal) => Result | PromiseLike<Result>,
    options: StreamOptions & { readonly onTimeout: "kill" },
  ): AsyncGenerator<PromiseSettledResult<Result>, void, undefined>;
  asyncStream<Item, Result>(
    source: Source<Item>,
    run: (item: Item, signal: AbortSignal) => Result | PromiseLike<Result>,
    options?: StreamOptions,
  ): AsyncGenerator<Result, void, undefined>;
  /** As `asyncStream`, but a task that fails ends nothing: each result says how its task ended. */
  asyncStreamNolink<Item, Result>(
    source: Source<Item>,
    run: (item: Item, signal: AbortSignal) => Result | PromiseLike<Result>,
    options?: StreamOptions,
  ): AsyncGenerator<PromiseSettledResult<Result>, void, undefined>;
}

/**
 * Defines a supervisor of tasks: they belong to it, so they can outlive whoever starts them, and end
 * with it. A task that ends, however it ends, is not started again and disturbs no other.
 *
 * @example
 * ```ts
 * const tasks = await system.start(taskSupervisor({ maxChildren: 100 }));
 * tasks.startChild((signal) => fetch(url, { method: "POST", signal }));
 * const [one] = await awaitAll([tasks.asyncNolink(() => 1)]);
 * ```
 *
 * **How to supervise.** As a child, before those that use it: `child(taskSupervisor(), [])`.
 *
 * **Timeouts.** `timeoutMs` of each task. Its end gives all tasks together `shutdownMs`.
 *
 * **When not to use it.** For work that is pointless without whoever asked for it: `task(self, …)`.
 * For what must be started again when it fails, make it a server and `child` of a `supervisor`.
 *
 * @throws TypeError or RangeError for options out of range.
 * Source: Elixir Task.Supervisor.
 */
export function taskSupervisor(
  options: TaskSupervisorOptions = {},
): Behaviour<[], TaskSupervisorHandle> {
  const { id = "taskSupervisor", maxChildren = Infinity, shutdownMs = 5_000 } = options;
  checkId("taskSupervisor", id);
  checkCount(`maxChildren of ${id}`, maxChildren, 0);
  if (shutdownMs !== "brutalKill") checkMs(`shutdownMs of ${id}`, shutdownMs, true);
  const program: Program = {
    id,
    terminates: true,
    supervises: true,
    init(process) {
      extrasOf(process).trapsExits = true;
      return { maxChildren, tasks: 0 } satisfies State;
    },
    invoke: () => undefined,
    info: () => undefined,
    terminate: (process) =>
      Promise.all(process.children.map((child) => shutdown(child, shutdownMs))),
  };
  return new Implementation(program, TaskSupervisorRef) as never;
}

interface State {
  readonly maxChildren: number;
  tasks: number;
}

class TaskSupervisorRef extends Ref {
  startChild(run: TaskFunction<unknown>, options: TaskOptions = {}): Ref {
    return this.#begin(run, options, null).process.ref as Ref;
  }

  async(run: TaskFunction<unknown>, options: TaskOptions = {}): Job<unknown> {
    return this.#begin(run, options, this.#caller).job;
  }

  asyncNolink(run: TaskFunction<unknown>, options: TaskOptions = {}): Job<unknown> {
    return this.#begin(run, options, null).job;
  }

  asyncStream(
    source: Source<unknown>,
    run: StreamFunction,
    options: StreamOptions = {},
  ): AsyncGenerator<unknown, void, undefined> {
    return this.#stream(source, run, options, this.#caller, false);
  }

  asyncStreamNolink(
    source: Source<unknown>,
    run: StreamFunction,
    options: StreamOptions = {},
  ): AsyncGenerator<unknown, void, undefined> {
    return this.#stream(source, run, options, null, true);
  }

  get #caller(): Process | null {
    return this.origin === null ? this.target.kernel.running : this.origin.caller;
  }

  #stream(
    source: Source<unknown>,
    run: StreamFunction,
    options: StreamOptions,
    caller: Process | null,
    failuresToo: boolean,
  ): AsyncGenerator<unknown, void, undefined> {
    const asResults = failuresToo || options.onTimeout === "kill";
    const start = (body: TaskFunction<unknown>, taskOptions: TaskOptions): Running =>
      this.#begin(body, taskOptions, caller);
    return streamOf(this.#process, start, source, run, options, asResults, failuresToo);
  }

  get #process(): Process {
    const { process } = this.target;
    if (process !== null && process.standing === "live") return process;
    throw exitError({ label: this.id }, `start a task of ${this.id}`, "noproc");
  }

  #begin(run: TaskFunction<unknown>, options: TaskOptions, caller: Process | null): Running {
    const process = this.#process;
    const state = process.state as State;
    if (state.tasks >= state.maxChildren) {
      throw childRefused("start", options.id ?? "task", "maxChildren");
    }
    const running = beginTask(process, run, options, caller);
    state.tasks++;
    watch(running.process, () => {
      state.tasks--;
    });
    return running;
  }
}
