// task: a process that runs one function, and a job to wait for its result.
//
// Owns the start of a task, its process's program and the rule of who hears of a failure: whoever waits
// for the result; if nobody does, its owner. Jobs are job.ts, many tasks from a source task-stream.ts. A
// task is a process like any other: it belongs to its owner, and ends with it. Source: Elixir's Task.

import { signalOf } from "../kernel/abort.js";
import { crashUnsupervised, end, exitSignal } from "../kernel/ending.js";
import { RESOURCES } from "../kernel/ending-record.js";
import { checkFunction, checkMs, checkSignal, StartFailed } from "../kernel/errors.js";
import { type ExitReason, isNormalReason, thrownOf } from "../kernel/exit-reason.js";
import { deliver } from "../kernel/inbox.js";
import { remove } from "../kernel/list.js";
import { CONTINUE, Entry, isThenable } from "../kernel/operation.js";
import { after } from "../kernel/own-timers.js";
import { DEAD, type Process, type Program, watch } from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import { exitError } from "../kernel/told.js";
import { checkId, Implementation } from "./behaviour.js";
import { spawn } from "./gen.js";
import { type Job, jobOf } from "./job.js";
import { type Owner, processOf } from "./owner.js";
import type { Handle } from "./server-handle.js";

/** How a task may be told to differ. */
export interface TaskOptions {
  /** Its identity in logs and inspectors. Default `task`. */
  readonly id?: string | undefined;
  /** Ends it with the reason `timeout` after so many milliseconds. Default `Infinity`. */
  readonly timeoutMs?: number | undefined;
  /** Cancels it when it aborts: whoever waits rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a task runs. Its signal aborts when the task is cancelled, or its owner ends. */
export type TaskFunction<T> = (signal: AbortSignal) => T | PromiseLike<T>;

/**
 * Runs a function in a process of its own, which belongs to `owner`: the `self` of a handler, or a
 * system. Gives a {@link Job}: await it as often as you like, the function runs once.
 *
 * A task that fails rejects whoever waits for it, with the error. If nobody does, its failure is an exit
 * signal to the actor that owns it, or goes to the `onCrash` of the system: it is never silent. When the
 * owner ends, so does the task, and its signal aborts.
 *
 * @example
 * ```ts
 * const job = task(system, (signal) => fetch(url, { signal }));
 * const response = await job;
 * job.cancel(); // does nothing now: it is done
 * ```
 *
 * **How to supervise.** A task is not restarted. In `taskSupervisor` it can outlive who started it.
 *
 * **Timeouts.** None, unless `timeoutMs` says so; then it fails with the reason `timeout`. To wait
 * only so long and look again later, `job.yield(ms)`.
 *
 * **When not to use it.** For a promise that nothing has to cancel, and whose failure you await
 * anyway: an `async` function is a task without a process. JavaScript cannot stop a function that
 * does not look at its signal.
 *
 * @throws StartFailed when the owner has ended; ProcessEnded for the `self` of a process that was
 * killed; TypeError or RangeError for a `run` that is no function and options out of range.
 * Source: Elixir Task.
 */
export function task<T>(owner: Owner, run: TaskFunction<T>, options: TaskOptions = {}): Job<T> {
  return beginTask(processOf("owner", owner), run, options).job as unknown as Job<T>;
}

/**
 * Runs a function that nobody waits for. It belongs to the system, also where an actor starts it: it
 * outlives that actor. A failure goes to the system's `onCrash`. Gives a ref, to kill or watch it.
 *
 * @example
 * ```ts
 * startTask(system, (signal) => fetch(url, { method: "POST", signal }));
 * ```
 *
 * @throws As {@link task}.
 * Source: Elixir Task.start.
 */
export function startTask(
  owner: Owner,
  run: TaskFunction<unknown>,
  options: TaskOptions = {},
): Handle {
  let process = processOf("owner", owner);
  while (process.parent !== null) process = process.parent;
  return beginTask(process, run, options).process.ref as Ref;
}

/** Starts a task below `parent`. `owner` hears of a failure that nobody waits for, and ends it. */
export function beginTask(
  parent: Process,
  run: TaskFunction<unknown>,
  { id, timeoutMs, signal }: TaskOptions,
  owner: Process | null = parent,
): Running {
  checkFunction("run", run);
  if (id !== undefined) checkId("task", id);
  if (timeoutMs !== undefined) checkMs("timeoutMs", timeoutMs, true);
  if (signal !== undefined) checkSignal(signal);
  const { ending, status } = parent;
  if (
    status === DEAD ||
    (ending !== null && (parent.parent === null || ending.stage === RESOURCES))
  ) {
    throw new StartFailed(id ?? "task", "shutdown", `its owner ${parent.label} has ended`);
  }
  const running = new Running(run, owner);
  const program = id === undefined ? TASK : Object.assign(Object.create(TASK), { id });
  const process = spawn(parent, new Implementation(program, Ref), [running], () => {});
  running.begin(process, timeoutMs, signal);
  return running;
}

const RUN = new Entry(CONTINUE, "run", null);
const nothing = (): void => {};

const TASK: Program = {
  id: "task",
  terminates: false,
  init(process, [running]) {
    // In its turn, so that whoever starts it can wait for it before it fails.
    deliver(process, RUN, running);
    return running;
  },
  invoke: (process, _entry, running) => (running as Running).invoke(process),
  tellsItself: true,
  info: nothing,
  terminate: nothing,
};

/** A task as its process keeps it. */
export class Running {
  readonly job: Job<unknown>;
  readonly owner: Process | null;
  process!: Process;
  readonly #run: TaskFunction<unknown>;
  /** What is waited for, made when somebody waits for the first time. */
  #promise: Promise<unknown> | null = null;
  #tell: (result: unknown) => void = nothing;
  #result: { readonly value: unknown } | null = null;

  constructor(run: TaskFunction<unknown>, owner: Process | null) {
    this.owner = owner;
    this.#run = run;
    this.job = jobOf(this, () => this.#wait());
  }

  /** True if its own time was over. */
  get isTimedOut(): boolean {
    return this.process.exitReason === "timeout";
  }

  begin(process: Process, timeoutMs: number | undefined, signal: AbortSignal | undefined): void {
    this.process = process;
    const { owner } = this;
    const onAbort = (): void => this.cancel(signal?.reason);
    const watching =
      owner === null || owner === process.parent ? null : watch(owner, () => this.cancel());
    watch(process, (reason) => {
      signal?.removeEventListener("abort", onAbort);
      if (watching !== null) remove(watching);
      this.#ended(reason);
    });
    if (timeoutMs !== undefined) after(process, timeoutMs, () => end(process, "timeout", true));
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
  }

  /** Runs the function; its process ends when that has settled. */
  invoke(process: Process): unknown {
    const result = this.#run(signalOf(process));
    const done = (value: unknown): void => {
      if (process.isFenced) return;
      this.#settle(value);
      end(process, "normal", false);
    };
    return isThenable(result) ? Promise.resolve(result).then(done) : done(result);
  }

  /** Gives it up at once: whoever waits rejects now, whatever the function still does. */
  cancel(why: unknown = this.#exit(CANCELLED)): void {
    if (this.#result !== null) return;
    this.#fail(why);
    end(this.process, CANCELLED, true);
  }

  #ended(reason: ExitReason): void {
    if (this.#result !== null) return;
    const { process, owner } = this;
    // Its own failure, or that of whoever ended it.
    const isOwn = process.ending?.handler === RUN.name;
    const error = (isOwn && thrownOf(reason)) || this.#exit(reason);
    this.#fail(error);
    if (owner === null || isNormalReason(reason)) return;
    // An `await` of a job begins a few microtasks later than it is written: only then is it known.
    process.kernel.platform.macrotask(() => {
      if (this.#promise !== null) return;
      if (owner.parent !== null) exitSignal(owner, process, reason);
      // A kill is somebody's wish: only a failure is a crash.
      else if (reason !== "killed") crashUnsupervised(process, error);
    });
  }

  #exit(reason: ExitReason): Error {
    return exitError(this.process, `await ${this.process.label}`, reason);
  }

  #fail(error: unknown): void {
    const rejected = Promise.reject(error);
    // Until somebody waits for it, it is nobody's: the host has nothing to report.
    rejected.catch(nothing);
    this.#settle(rejected);
  }

  #settle(value: unknown): void {
    this.#result = { value };
    this.#tell(value);
  }

  #wait(): Promise<unknown> {
    this.#promise ??= new Promise((resolve) => {
      this.#tell = resolve;
      if (this.#result !== null) resolve(this.#result.value);
    });
    return this.#promise;
  }
}

const CANCELLED: ExitReason = { shutdown: "cancelled" };
