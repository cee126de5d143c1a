// gen: the ONE path of start, call, cast and offer for every behaviour.
//
// Owns how a process comes to life (its init, the timeout of it, what a failure leaves behind) and
// how a request travels from a ref to a mailbox. Stopping is Ref.stop and `shutdown` in the kernel.
// What handlers mean is the business of the programs in this folder.

import { CallRequest, type Origin, originOf } from "../kernel/call-request.js";
import { end } from "../kernel/ending.js";
import { ProcessEnded, StartFailed } from "../kernel/errors.js";
import { type ExitReason, reasonOf } from "../kernel/exit-reason.js";
import { bindMailbox, deliverCall, deliverCast, deliverWhenRoom } from "../kernel/inbox.js";
import { remove } from "../kernel/list.js";
import {
  type Entry,
  isThenable,
  packArguments,
  unpackArguments,
  whenSettled,
} from "../kernel/operation.js";
import {
  IDLE,
  type Monitor,
  type Place,
  Process,
  RUNNING,
  WAITING,
  watch,
} from "../kernel/process.js";
import type { Ref } from "../kernel/ref.js";
import { started, startFailed } from "../kernel/run.js";
import { Alarm } from "../kernel/timers.js";
import { exitError, lateError, tell } from "../kernel/told.js";
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
  /** Runs once `init` has given its state; what it throws is a failure of the start. */
  readonly prepare?: ((process: Process) => void) | undefined;
  readonly initTimeoutMs?: number | undefined;
}

/** How a start ended: well, by `ignore`, or with the reason of the failure. */
export type Outcome =
  | { readonly kind: "started" | "ignored" }
  | { readonly kind: "failed"; readonly reason: ExitReason };

const STARTED: Outcome = { kind: "started" };
const IGNORED: Outcome = { kind: "ignored" };

/** Told once how a start ended: of a failure when the process is gone. */
export type Settled = (outcome: Outcome, process: Process) => void;

/**
 * Starts a process under `parent` and runs its `init`, at once. `settled` is told how that ended:
 * before this returns if `init` is synchronous. A failed start leaves no process, no timer, and no
 * exit message behind.
 */
export function spawn(
  parent: Process,
  implementation: Implementation,
  args: readonly unknown[],
  settled: Settled,
  options: StartOptions = DEFAULTS,
): Process {
  const { kernel } = parent;
  const { program, refClass } = options.place?.implementation ?? implementation;
  const process = new Process(kernel, parent, program, refClass);
  if (options.place !== undefined) process.place = options.place;
  if (program.mailbox !== undefined) bindMailbox(process, program.mailbox);
  const beganAt = kernel.observers.active ? kernel.platform.now() : 0;
  const outer = kernel.running;
  kernel.running = process;
  process.status = RUNNING;
  let value: unknown;
  try {
    value = program.init(process, args);
  } catch (error) {
    kernel.running = outer;
    failed(process, error, settled);
    return process;
  }
  kernel.running = outer;
  if (isThenable(value)) waitForInit(process, value, settled, options, beganAt);
  else initialised(process, value, settled, options, beganAt);
  return process;
}

const DEFAULTS: StartOptions = {};

/** Calls `settled` when the process is gone, so that a retry never meets what a failed init holds. */
function whenGone(process: Process, settled: Settled, outcome?: Outcome): Monitor {
  return watch(process, (reason) => settled(outcome ?? { kind: "failed", reason }, process));
}

function failed(process: Process, error: unknown, settled: Settled): void {
  whenGone(process, settled);
  startFailed(process, reasonOf(error));
}

/** `init` gave its value: the process starts, unless it is told to end already. */
function initialised(
  process: Process,
  value: unknown,
  settled: Settled,
  options: StartOptions,
  beganAt: number,
): void {
  const { kernel, program, ending } = process;
  if (value === ignore || ending !== null) {
    // Stopped while it started: an end that has begun is no start.
    whenGone(process, settled, ending === null ? IGNORED : undefined);
    startFailed(process, "normal");
    return;
  }
  try {
    if (program.accept === undefined) process.state = value;
    else program.accept(process, value);
    options.prepare?.(process);
  } catch (error) {
    failed(process, error, settled);
    return;
  }
  started(process);
  if (kernel.observers.active) {
    tell(process, { type: "started", tookMs: kernel.platform.now() - beganAt });
  }
  settled(STARTED, process);
}

/** An asynchronous `init`: bounded by its timeout, and overtaken by an end. */
function waitForInit(
  process: Process,
  value: PromiseLike<unknown>,
  settled: Settled,
  options: StartOptions,
  beganAt: number,
): void {
  const { kernel, program } = process;
  const { initTimeoutMs = program.initTimeoutMs ?? kernel.limits.initTimeoutMs } = options;
  process.status = WAITING;
  let overdue = false;
  const alarm = new Alarm(() => {
    overdue = true;
    end(process, "killed", true);
  });
  kernel.timers.start(alarm, initTimeoutMs);
  // Killed or shut down while it starts: whoever waits for the start must hear of it.
  const gone = watch(process, (reason) =>
    settled({ kind: "failed", reason: overdue ? "timeout" : reason }, process),
  );
  /** False if it is too late: the process was killed meanwhile. */
  const inTime = (): boolean => {
    kernel.timers.drop(alarm);
    if (!process.isFenced) remove(gone);
    return !process.isFenced;
  };
  whenSettled(
    value,
    (state) => {
      if (inTime()) initialised(process, state, settled, options, beganAt);
    },
    (error) => {
      if (inTime()) failed(process, error, settled);
      else lateError(process, error);
    },
  );
  // Killed in its synchronous part: nobody waits for the rest.
  if (process.isFenced) startFailed(process, process.exitReason);
}

/** The error of a start that did not succeed. */
export function startError({ place, program }: Process, reason: ExitReason): StartFailed {
  const why = reason === "timeout" ? "its init did not finish in time" : undefined;
  return new StartFailed(place?.name ?? program.id, reason, why);
}

/** Sends a call and gives the promise of its reply. The promise always settles (C-1). */
export function call(ref: Ref, entry: Entry, arg: unknown): Promise<unknown> {
  return request(ref, entry, arg, deliverCall);
}

/** Queues a cast as soon as there is room; resolves then. */
export function offer(ref: Ref, entry: Entry, arg: unknown): Promise<void> {
  return request(ref, entry, arg, deliverWhenRoom) as Promise<void>;
}

/** Sends a cast. False if it was not queued: nobody is there, or there is no room. */
export function cast({ target, origin }: Ref, entry: Entry, arg: unknown): boolean {
  const checked = checkedArgument(entry, arg);
  const { process } = target;
  if (process === null || origin?.caller.isFenced) return false;
  return deliverCast(process, entry, checked);
}

/** Brings a request to a process. */
export type Put = (process: Process, request: CallRequest, arg: unknown) => void;

/** Brings a request to the process its ref means now, or refuses it: it settles in every case. */
export function request(ref: Ref, entry: Entry, arg: unknown, put: Put): Promise<unknown> {
  const { options } = ref;
  if (entry.check === null && (options === null || isPlain(options))) {
    return send(ref, entry, arg, put);
  }
  try {
    check(ref);
    arg = checkedArgument(entry, arg);
  } catch (error) {
    return Promise.reject(error);
  }
  return send(ref, entry, arg, put);
}

/** True for options that refuse nothing. */
function isPlain({ signal, origin }: NonNullable<Ref["options"]>): boolean {
  return signal === undefined && origin === undefined;
}

/** Throws what a request through this ref would only reject with. */
function check({ options, origin }: Ref): void {
  options?.signal?.throwIfAborted();
  // A handle that `bind` made sends nothing for a process that was killed (P-8).
  if (origin?.caller.isFenced)
    throw new ProcessEnded(origin.caller.label, origin.caller.exitReason);
}

// Each step that most requests do not need is a function of its own: engines inline what is short.
function send(ref: Ref, entry: Entry, arg: unknown, put: Put): Promise<unknown> {
  const { target, options } = ref;
  const { process, kernel } = target;
  const from = put === deliverWhenRoom ? null : originFor(ref, kernel.running);
  const made = new CallRequest(entry, process ?? target, from);
  if (process === null || process.ending !== null || (from !== null && made.cycle() !== null)) {
    sendLater(ref, made, arg, put);
    return made.promise;
  }
  // Nothing is before it, so most likely the turn that it causes is also that of its answer.
  const rides = process.status === IDLE && !entry.takesLonger;
  const promise = rides ? kernel.queue.ride(made) : null;
  // Before it is sent: who is on another machine is told how long it has.
  if (options === null) kernel.timers.start(made, kernel.limits.callTimeoutMs);
  else made.arm(options.timeoutMs ?? kernel.limits.callTimeoutMs, options.signal);
  put(process, made, arg);
  return promise ?? made.promise;
}

/** The handler that a request is made in, as far as that is known. */
function originFor({ options }: Ref, running: Process | null): Origin<Process> | null {
  const bound = options?.origin;
  return bound ?? (running === null ? null : originOf(running));
}

/** A request that has nowhere to go now: it waits for its process, or is refused. */
function sendLater(ref: Ref, made: CallRequest, arg: unknown, put: Put): void {
  const { target, options } = ref;
  const { limits } = target.kernel;
  const cycle = made.cycle();
  if (cycle !== null) made.reject(cycle);
  else if (options?.whenDown === "wait") putWhenLive(ref, made, arg, put);
  else refuse(ref, made);
  if (!made.settled) made.arm(options?.timeoutMs ?? limits.callTimeoutMs, options?.signal);
}

function putWhenLive(ref: Ref, made: CallRequest, arg: unknown, put: Put): void {
  const stop = ref.target.whenLive((process) => {
    made.owner = null;
    if (made.settled) return;
    if (process === null) refuse(ref, made);
    else put(process, made, arg);
  });
  // The wait for a name ends with the call, or names that never come would be waited for for ever.
  if (stop) made.owner = { delete: stop };
}

function refuse({ id }: Ref, made: CallRequest): void {
  made.reject(exitError({ label: id }, `call ${id}.${made.name}`, "noproc", made.name));
}

/** The argument as its handler accepts it; throws TypeError before anything is sent. */
function checkedArgument(entry: Entry, arg: unknown): unknown {
  return entry.check === null ? arg : packArguments(entry.check(unpackArguments(arg)));
}
