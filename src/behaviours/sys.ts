// sys: to look into any process while it lives, and to hold it (OTP's module of that name).
//
// Owns the requests that go to a process itself and not to its behaviour: they wait behind earlier mail
// like any message, except while it is suspended, and are answered as calls are. What a process is told
// of messages for `trace` comes from its program, which is exchanged for one that tells: a process that
// nobody traces pays nothing.

import type { ActorRef } from "../kernel/actor-ref.js";
import { LATER, POSTPONED, Promised, Rejection } from "../kernel/answer.js";
import type { CallRequest } from "../kernel/call-request.js";
import { stopRequest } from "../kernel/ending.js";
import { checkFunction } from "../kernel/errors.js";
import { checkReason, type ExitReason } from "../kernel/exit-reason.js";
import { deliverSystem, mailSize, rest } from "../kernel/inbox.js";
import {
  CALL,
  CAST,
  Entry,
  isThenable,
  SYSTEM,
  unpackArguments,
  whenSettled,
} from "../kernel/operation.js";
import {
  exitError,
  type Info,
  type Kernel,
  type Process,
  type Program,
  SUSPENDED,
  watch,
} from "../kernel/process.js";
import type { Ref, WithOptions } from "../kernel/ref.js";
import { owe, stateOf } from "../kernel/run.js";
import { refOf } from "./context.js";
import { request } from "./gen.js";

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

/** Something that a traced process did. */
export interface TraceEvent {
  /**
   * `in`: a message is about to be handled, `value` is the list of its arguments, or what `info` gets.
   * `out`: its handler is done, `value` is what it gave (the reply of a call, unless that comes later).
   * `crash`: its handler threw `value`. `terminate`: it ends for the reason `value`.
   */
  readonly type: "in" | "out" | "crash" | "terminate";
  /** What kind of message it was; `event` is one that the behaviour made itself. */
  readonly kind: "call" | "cast" | "info" | "event";
  /** The name of the handler. */
  readonly name: string;
  /** What `type` says it is. */
  readonly value: unknown;
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
  getState: (ref, options) => ask(ref, "getState", options, stateOf),
  replaceState(ref, change, options) {
    checkFunction("change", change);
    return ask(ref, "replaceState", options, (process) => {
      const { program, extras } = process;
      const state = change(stateOf(process));
      if (program.restore === undefined) process.state = state;
      else program.restore(process, state);
      extras?.view?.touch();
      return state;
    });
  },
  getStatus: (ref, options) => ask(ref, "getStatus", options, statusOf),
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
    const { program, kernel } = process;
    let listeners = tracers.get(program);
    if (listeners === undefined) {
      listeners = new Set();
      process.program = traced(program, listeners, kernel);
      tracers.set(process.program, listeners);
    }
    const tell = (event: TraceEvent): void => listener(event);
    listeners.add(tell);
    return () => {
      listeners.delete(tell);
      // Nobody looks any more: it is as it was, unless it has got another program since.
      if (listeners.size === 0 && tracers.get(process.program) === listeners) {
        process.program = Object.getPrototypeOf(process.program);
      }
    };
  },
};

type Tell = (event: TraceEvent) => void;

/** Who looks at a traced process, by the program that tells them. */
const tracers: WeakMap<Program, Set<Tell>> = /* @__PURE__ */ new WeakMap();

/** Sends a request for the process itself, on the path of calls. */
function send(
  ref: ActorRef,
  name: string,
  options: WithOptions,
  put: (process: Process, made: CallRequest) => void,
): Promise<unknown> {
  const debugged: Ref = refOf(name, ref).with(options);
  return request(debugged, new Entry(CALL, name, null), undefined, put);
}

function ask<Value>(
  ref: ActorRef,
  name: string,
  options: WithOptions = {},
  answer: (process: Process) => Value,
): Promise<Value> {
  return send(ref, name, options, (process, made) => {
    // It is refused with the rest if the process ends first.
    owe(process, made);
    deliverSystem(process, {
      kind: SYSTEM,
      name,
      run() {
        if (!made.settled) {
          try {
            made.resolve(answer(process));
          } catch (error) {
            made.reject(error);
          }
        }
        return process.status !== SUSPENDED;
      },
    });
  }) as Promise<Value>;
}

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

/** A program that does what another does, and tells of it. */
function traced(program: Program, listeners: Set<Tell>, kernel: Kernel): Program {
  const tell = (event: TraceEvent): void => {
    kernel.notify([...listeners].map((listener) => () => listener(event)));
  };
  const watched = (
    kind: TraceEvent["kind"],
    name: string,
    value: unknown,
    run: () => unknown,
  ): unknown => {
    const done = (type: "out" | "crash") => (given: unknown) => {
      tell({ type, kind, name, value: isMark(given) ? undefined : given });
    };
    tell({ type: "in", kind, name, value });
    try {
      const result = run();
      if (isThenable(result)) whenSettled(result, done("out"), done("crash"));
      else done("out")(result);
      return result;
    } catch (error) {
      done("crash")(error);
      throw error;
    }
  };
  const changed: Partial<Program> = {
    invoke(process, entry, arg) {
      const kind = entry.kind === CALL ? "call" : entry.kind === CAST ? "cast" : "event";
      return watched(kind, entry.name, unpackArguments(arg), () =>
        program.invoke(process, entry, arg),
      );
    },
    info: (process, message: Info) =>
      watched("info", "info", message, () => program.info(process, message)),
    terminate(process, reason) {
      tell({ type: "terminate", kind: "event", name: "terminate", value: reason });
      return program.terminate(process, reason);
    },
  };
  return Object.assign(Object.create(program), changed);
}

function isMark(value: unknown): boolean {
  return (
    value === LATER ||
    value === POSTPONED ||
    value instanceof Promised ||
    value instanceof Rejection
  );
}
