// gen: the ONE path of start, call, cast and offer for every behaviour.
//
// Owns how a process comes to life (its init, the timeout of it, what a failure leaves behind) and
// how a request travels from a ref to a mailbox. Stopping is Ref.stop and Lifecycle.shutdown in the
// kernel. What handlers mean is the business of the programs in this folder.

import { CallRequest } from "../kernel/call-request.js";
import { ActorExit, ProcessEnded, StartFailed } from "../kernel/errors.js";
import { type ExitReason, printed, reasonOf } from "../kernel/exit-reason.js";
import type { Kernel } from "../kernel/kernel.js";
import type { Lifecycle } from "../kernel/lifecycle.js";
import {
  type Entry,
  isThenable,
  packArguments,
  unpackArguments,
  whenSettled,
} from "../kernel/operation.js";
import { Process } from "../kernel/process.js";
import { type Ref, Slot } from "../kernel/ref.js";
import { type Place, RUNNING, WAITING } from "../kernel/status.js";
import { Alarm } from "../kernel/timers.js";
import type { Implementation } from "./behaviour.js";

/** The type of {@link ignore}. */
export interface Ignore {
  readonly "~ignore": true;
}

/** What `init` gives to say: do not start, and that is not a failure (OTP's `ignore`). */
export const ignore: Ignore = Object.freeze({ "~ignore": true as const });

/** How a start may be told to differ. */
export interface StartOptions {
  /** Where its supervisor keeps it. */
  readonly place?: Place;
  /** The state to go on from, instead of the one `init` gives. */
  readonly restored?: { readonly state: unknown } | null;
  /** Keeps a copy of the state before each message, for `restartFrom: "lastState"`. */
  readonly keepState?: boolean;
  readonly initTimeoutMs?: number;
}

/** How a start ended. */
export type Outcome =
  | { readonly kind: "started" }
  | { readonly kind: "ignored" }
  | { readonly kind: "failed"; readonly reason: ExitReason };

/**
 * Starts a process under `parent` and runs its `init`, at once. `settled` is told how that ended:
 * before this returns if `init` is synchronous. A failed start leaves no process, no timer, and no
 * exit message behind.
 */
export function spawn(
  kernel: Kernel,
  parent: Lifecycle,
  implementation: Implementation,
  args: readonly unknown[],
  options: StartOptions,
  settled: (outcome: Outcome, process: Process) => void,
): Process {
  const { program, refClass } = implementation;
  const process = new Process(kernel, parent, program, refClass);
  if (options.place !== undefined) process.place = options.place;
  const beganAt = kernel.observers.active ? kernel.platform.now() : 0;
  const timeoutMs = options.initTimeoutMs ?? kernel.limits.initTimeoutMs;

  let over = false;
  const fail = (reason: ExitReason): void => {
    if (over) return;
    over = true;
    // Told when the process is gone, so that a retry never meets what the failed init still holds.
    process.watch(() => settled({ kind: "failed", reason }, process));
    process.startFailed(reason);
  };
  const succeed = (value: unknown): void => {
    if (over) return;
    if (value === ignore) {
      over = true;
      process.watch(() => settled({ kind: "ignored" }, process));
      process.startFailed("normal");
      return;
    }
    // Stopped or killed while it started: an end that has begun is no start.
    if (process.isEnding) {
      fail(process.exitReason);
      return;
    }
    try {
      program.accept(process, value);
      if (options.keepState) {
        checkCloneable(process);
        process.saved = { state: undefined };
      }
      if (options.restored) program.restore(process, options.restored.state);
    } catch (error) {
      fail(reasonOf(error));
      return;
    }
    over = true;
    process.started();
    if (kernel.observers.active) {
      kernel.observers.emit({
        type: "started",
        process: process.info,
        tookMs: kernel.platform.now() - beganAt,
      });
    }
    settled({ kind: "started" }, process);
  };

  process.status = RUNNING;
  let value: unknown;
  try {
    value = process.runAs(() => program.init(process, args));
  } catch (error) {
    fail(reasonOf(error));
    return process;
  }
  if (!isThenable(value)) {
    succeed(value);
    return process;
  }
  process.status = WAITING;
  const alarm = new Alarm(() => {
    if (over) return;
    over = true;
    process.watch(() => settled({ kind: "failed", reason: "timeout" }, process));
    process.end("timeout", true);
  });
  if (timeoutMs !== Number.POSITIVE_INFINITY) kernel.timers.start(alarm, timeoutMs);
  // Killed or shut down while it starts: whoever waits for the start must hear of it.
  const gone = process.watch((reason) => {
    kernel.timers.drop(alarm);
    if (over) return;
    over = true;
    settled({ kind: "failed", reason }, process);
  });
  whenSettled(
    value,
    (result) => {
      kernel.timers.drop(alarm);
      if (process.isFenced) return;
      gone.cancel();
      succeed(result);
    },
    (error) => {
      kernel.timers.drop(alarm);
      if (process.isFenced) process.lateError(error);
      else fail(reasonOf(error));
    },
  );
  // Killed in its synchronous part: nobody waits for the rest.
  if (process.isFenced) process.startFailed(process.exitReason);
  return process;
}

/** The error of a start that did not succeed. */
export function startError(process: Process, reason: ExitReason): StartFailed {
  return new StartFailed(
    process.place?.name ?? process.behaviourId,
    reason,
    reason === "timeout" ? "its init did not finish in time" : undefined,
  );
}

/** Sends a call and gives the promise of its reply. The promise always settles (C-1). */
export function call(ref: Ref, entry: Entry, arg: unknown): Promise<unknown> {
  const { target, options, origin } = ref;
  if (origin?.caller.isFenced) return Promise.reject(fenced(origin.caller));
  const signal = options?.signal;
  if (signal?.aborted) return Promise.reject(signal.reason);
  let checked: unknown;
  try {
    checked = checkedArgument(entry, arg);
  } catch (error) {
    return Promise.reject(error);
  }
  const { kernel } = target;
  const { process } = target;
  const request = new CallRequest(
    entry,
    process ?? (target as Slot),
    origin === null ? kernel.running : origin.caller,
    kernel.timers,
    origin,
  );
  const cycle = request.cycle();
  if (cycle !== null) return Promise.reject(cycle);
  send(ref, request, (to) => to.request(request, checked));
  return request.promise;
}

/** Sends a cast. False if it was not queued: nobody is there, or there is no room. */
export function cast(ref: Ref, entry: Entry, arg: unknown): boolean {
  const { origin } = ref;
  const { process } = ref.target;
  const checked = checkedArgument(entry, arg);
  if (process === null || origin?.caller.isFenced) return false;
  return process.bound === null
    ? process.deliver(entry, checked)
    : process.offer(entry, checked) === "queued";
}

/** Queues a cast as soon as there is room; resolves then. */
export function offer(ref: Ref, entry: Entry, arg: unknown): Promise<void> {
  const { target, options, origin } = ref;
  if (origin?.caller.isFenced) return Promise.reject(fenced(origin.caller));
  if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
  let checked: unknown;
  try {
    checked = checkedArgument(entry, arg);
  } catch (error) {
    return Promise.reject(error);
  }
  const request = new CallRequest(
    entry,
    target.process ?? (target as Slot),
    null,
    target.kernel.timers,
  );
  send(ref, request, (to) => to.whenRoom(entry, checked, request));
  return request.promise as Promise<void>;
}

/** The argument as its handler accepts it; throws TypeError before anything is sent. */
function checkedArgument(entry: Entry, arg: unknown): unknown {
  return entry.check === null ? arg : packArguments(entry.check(unpackArguments(arg)));
}

/** Brings a request to the process its ref means now, or settles it. */
function send(ref: Ref, request: CallRequest, put: (process: Process) => void): void {
  const { target, options } = ref;
  const { process } = target;
  if (process !== null && !process.isEnding) put(process);
  else if (options?.whenDown === "wait" && target instanceof Slot && target.status !== "down") {
    target.whenLive((next) => {
      if (request.settled) return;
      if (next === null) request.reject(noSuchProcess(ref, request));
      else put(next);
    });
  } else request.reject(noSuchProcess(ref, request));
  if (request.settled) return;
  request.arm(options?.timeoutMs ?? ref.target.kernel.limits.callTimeoutMs, options?.signal);
}

function noSuchProcess(ref: Ref, request: CallRequest): ActorExit {
  const { id } = ref;
  return new ActorExit({
    action: `call ${id}.${request.entry.name}`,
    process: id,
    reason: "noproc",
    handler: request.entry.name,
  });
}

/** A handle that `bind` made sends nothing for a process that was killed (P-8). */
function fenced(process: Process): ProcessEnded {
  return new ProcessEnded(process.label, process.exitReason);
}

function checkCloneable(process: Process): void {
  try {
    structuredClone(process.program.save(process));
  } catch (error) {
    throw new TypeError(
      `Cannot keep the state of ${process.label} for restartFrom "lastState": structuredClone refused it (${printed(error)}); ` +
        `keep functions, sockets and other live things out of the state, or use restartFrom "init"`,
      { cause: error },
    );
  }
}
