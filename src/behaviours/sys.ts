// sys: to look into any process while it lives, and to hold it (OTP's module of that name).
//
// Owns what can be asked of a process itself: its state, its status, to wait, to go on, to end, to be
// traced. The way of such requests is sys-request.ts, the tracing program sys-trace.ts.

import type { ActorRef } from "../kernel/actor-ref.js";
import { stopRequest } from "../kernel/ending.js";
import { checkFunction } from "../kernel/errors.js";
import { checkReason, type ExitReason } from "../kernel/exit-reason.js";
import { deliverSystem, mailSize, rest } from "../kernel/inbox.js";
import { type Process, SUSPENDED, watch } from "../kernel/process.js";
import type { WithOptions } from "../kernel/ref.js";
import { stateOf } from "../kernel/run.js";
import { exitError } from "../kernel/told.js";
import { refOf } from "./context.js";
import { ask, askHere, send } from "./sys-request.js";
import { type TraceEvent, trace } from "./sys-trace.js";

/** What `sys.getStatus` tells of a process. */
export interface ProcessStatus {
  /** Unique in its system, such as `counter#7`. */
  readonly id: string;
  /** The id of its behaviour. */
  readonly behaviour: string;
  /** `suspended` while it handles nothing but requests of `sys`. */
  readonly status: "running" | "suspended";
  /** Its owner; undefined at the top of the system. */
  readonly parent: ActorRef | undefined;
  /** What it started. */
  readonly children: readonly ActorRef[];
  /** The processes it is linked to. */
  readonly links: readonly ActorRef[];
  /** How many processes it monitors. */
  readonly monitors: number;
  /** How many messages wait. */
  readonly waiting: number;
  /** How many of its timers run. */
  readonly timers: number;
  /** Whether exit signals are messages to it. */
  readonly trapsExits: boolean;
  /** Its state, as `sys.getState` gives it. */
  readonly state: unknown;
}

/** The functions of {@link sys}. */
export interface Sys {
  /** The state of a process: of a state machine `{ state, data }`, of what has none undefined. */
  getState(ref: ActorRef, options?: WithOptions): Promise<unknown>;
  /**
   * Replaces the state by what `change` makes of it, and resolves with that. A throw of `change`
   * rejects, and nothing has changed.
   */
  replaceState(
    ref: ActorRef,
    change: (state: unknown) => unknown,
    options?: WithOptions,
  ): Promise<unknown>;
  /** What a process is and has: its links, its children, what waits for it. */
  getStatus(ref: ActorRef, options?: WithOptions): Promise<ProcessStatus>;
  /** Lets the mail of a process wait until `resume`. It can still be asked by `sys`, and ended. */
  suspend(ref: ActorRef, options?: WithOptions): Promise<void>;
  /** Lets a suspended process go on, with the mail that has come meanwhile. */
  resume(ref: ActorRef, options?: WithOptions): Promise<void>;
  /**
   * Ends a process in order, as `ref.stop` does, but in OTP's way: it rejects with `noproc` if the
   * process is gone already, with another reason if it ends for another one, and with CallTimeout after
   * its time, which ends nothing: the process goes on ending. Default of `reason`: `normal`.
   */
  terminate(ref: ActorRef, reason?: ExitReason, options?: WithOptions): Promise<void>;
  /**
   * Tells `listener` of each message that this incarnation handles from now on, and of what became of
   * it. Gives the function that ends it. What `listener` throws is shown, and stops nothing.
   */
  trace(ref: ActorRef, listener: (event: TraceEvent) => void): () => void;
}

/**
 * To look into a live process: for a debugger, an inspector or a console, not for an application.
 *
 * Each function resolves once the process gets to it: it waits behind earlier messages and the handler
 * that runs, 5,000 ms unless `timeoutMs` says otherwise. Each rejects as a call does: ActorExit,
 * CallTimeout, or CallCycle where a process asks itself. A value that is no ref is a TypeError.
 *
 * Of an actor in another realm only what passes here can be held and traced, and its end asked for: `getState`,
 * `replaceState` and `getStatus` reject with UnsupportedError.
 *
 * @example
 * ```ts
 * const counter = await system.start(Counter, 3);
 * await sys.getState(counter); // { count: 3 }
 * await sys.suspend(counter);
 * counter.cast.inc(); // waits
 * await sys.resume(counter);
 * const stop = sys.trace(counter, ({ type, name, value }) => console.log(type, name, value));
 * ```
 * Source: OTP sys.
 */
export const sys: Sys = {
  getState: (ref, options) => askHere(ref, "getState", options, stateOf),
  replaceState(ref, change, options) {
    checkFunction("change", change);
    return askHere(ref, "replaceState", options, (process) => {
      const { program, extras } = process;
      const state = change(stateOf(process));
      if (program.restore === undefined) process.state = state;
      else program.restore(process, state);
      extras?.view?.touch();
      return state;
    });
  },
  getStatus: (ref, options) => askHere(ref, "getStatus", options, statusOf),
  suspend: (ref, options) =>
    ask(ref, "suspend", options, (process) => {
      process.status = SUSPENDED;
    }),
  resume: (ref, options) =>
    ask(ref, "resume", options, (process) => {
      if (process.status === SUSPENDED) rest(process);
    }),
  terminate(ref, reason = "normal", options = {}) {
    checkReason(reason);
    return send(ref, "terminate", options, (process, made) => {
      watch(process, (actual) => {
        if (actual === reason) made.resolve(undefined);
        else made.reject(exitError(process, `stop ${process.label}`, actual));
      });
      deliverSystem(process, stopRequest(reason));
    }) as Promise<void>;
  },
  trace(ref, listener) {
    checkFunction("listener", listener);
    const { target } = refOf("trace", ref);
    const { process } = target;
    if (process === null) throw exitError(target, `trace ${target.label}`, "noproc");
    return trace(process, listener);
  },
};

function statusOf(process: Process): ProcessStatus {
  const { parent, extras, status, label, program, children } = process;
  return {
    id: label,
    behaviour: program.id,
    status: status === SUSPENDED ? "suspended" : "running",
    parent: parent === null || parent.parent === null ? undefined : parent.ref,
    children: children.map(({ ref }) => ref),
    links: [...(extras?.links ?? [])].map(({ ref }) => ref),
    monitors: extras?.monitors?.size ?? 0,
    waiting: mailSize(process),
    timers: extras?.timers?.size ?? 0,
    trapsExits: extras?.trapsExits ?? false,
    state: stateOf(process),
  };
}
