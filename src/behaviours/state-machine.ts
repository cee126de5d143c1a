// stateMachine: a process whose handlers depend on the state it is in.
//
// Owns the definition of a machine and its types: what a client sees is the union over the states.
// The engine (changes, postponed events, timeouts) is machine.ts; starting and calling are gen.ts.
// Source: OTP's gen_statem.

import { POSTPONED } from "../kernel/answer.js";
import type { MailboxOptions } from "../kernel/bound.js";
import { checkFunction } from "../kernel/errors.js";
import type { ExitReason } from "../kernel/exit-reason.js";
import type { Info } from "../kernel/process.js";
import { type Behaviour, checkId, type Fixed, Implementation } from "./behaviour.js";
import { refClassOf } from "./faces.js";
import { checkMailbox, type None, type Only, type StreamApi } from "./gen-server.js";
import { MachineContext, type NextOptions } from "./machine-context.js";
import { machineProgram } from "./machine-program.js";
import type {
  AsHandlers,
  EventSignatures,
  MachineEvent,
  MachineHandle,
  Postpone,
} from "./machine-protocol.js";
import { readTable } from "./machine-table.js";
import type { TimeoutTime } from "./machine-timeouts.js";
import type { SelfBase, SelfReplies } from "./self.js";
import {
  addStreams,
  type StreamHandlers,
  type StreamSelf,
  type Streams,
  type WithStreams,
} from "./stream-handlers.js";

/** As a handler, or returned by one: keep this event until the state changes (SM-2). */
export const postpone: Postpone = POSTPONED as unknown as Postpone;

/** `self` in `init` of a state machine, and what its handlers have of it too. */
export interface MachineInit extends SelfBase {
  /**
   * Sets the timeout of this state: `stateTimeout` gets `payload` after `time` milliseconds, unless the
   * state changes before. `Infinity` and `"cancel"` cancel it, `"update"` changes what comes with it.
   * Of several in one handler the last counts. Source: gen_statem's `state_timeout`.
   */
  stateTimeout(time: TimeoutTime, payload?: unknown): void;
  /**
   * Sets the event timeout: `eventTimeout` gets `payload` after `time` milliseconds, unless any event
   * comes before. Source: gen_statem's `timeout`.
   */
  eventTimeout(time: TimeoutTime, payload?: unknown): void;
  /**
   * Sets the timeout `name`: its handler in `timeout` gets `payload` after `time` milliseconds, whatever
   * happens before, unless it is cancelled or set again. Source: gen_statem's `{timeout, Name}`.
   *
   * @throws TypeError for a name that no state handles.
   */
  timeout(name: string, time: TimeoutTime, payload?: unknown): void;
  /**
   * Inserts an event: it is handled once this handler has settled, before any that waits; several come
   * in the order in which they were inserted. An `internal` one can come in no other way. The other types
   * come as if they had been sent, or as if such a timeout were due.
   *
   * @throws TypeError for a name that no state handles, and in `enter`.
   */
  nextEvent(type: "internal" | "cast", name: string, ...args: unknown[]): void;
  nextEvent(type: "info", message: unknown): void;
  nextEvent(type: "stateTimeout" | "eventTimeout", payload?: unknown): void;
  nextEvent(type: "timeout", name: string, payload?: unknown): void;
}

/** `self` in the handlers of a state machine. */
export interface MachineSelf<Data, States extends string> extends MachineInit, SelfReplies {
  /** The state it is in. Change it with `nextState`. */
  readonly state: States;
  /** What it remembers over states. Change it in place or replace it. */
  data: Data;
  /**
   * Goes to a state once this handler has settled and its reply is sent: then `enter` runs, and
   * postponed events come again. To the same state, it only sets timeouts.
   *
   * @throws TypeError for a state it does not have, and in `enter`; RangeError for a wrong time.
   */
  nextState(state: States, options?: NextOptions): void;
  /** Runs `enter` of this state again. Nothing else happens: postponed events and timeouts stay. */
  repeatState(): void;
  /**
   * Keeps the event in hand until the state has changed, as returning {@link postpone} does (SM-2). With
   * `false` it takes that back.
   */
  postpone(on?: boolean): void;
  /**
   * Stops, with a last answer: `return self.stopAndReply("normal", value)`. The others who wait for a
   * reply reject with the reason.
   */
  stopAndReply<Reply>(reason: ExitReason, reply: Reply): Reply;
}

type Handler<Data, States extends string> =
  | Postpone
  // biome-ignore lint/suspicious/noExplicitAny: a handler chooses its own arguments
  | ((self: MachineSelf<Data, States>, ...args: any[]) => unknown);

/** `self` in the stream handlers of a state machine. */
export interface MachineStreamSelf<Data, States extends string> extends StreamSelf<States> {
  /** A structured clone of the data, as `state` is of the state. */
  readonly data: Data;
}

/** The handlers of one state. */
export interface StateHandlers<Data, States extends string> {
  /** Runs on entering the state, at the start too (then `from` is the state itself). */
  enter?: (self: MachineSelf<Data, States>, from: States) => unknown;
  /** Requests with a reply, or `postpone`. */
  call?: Record<string, Handler<Data, States>>;
  /** Messages without a reply, or `postpone`. */
  cast?: Record<string, Handler<Data, States>>;
  /** Everything else: exits, downs, timers, plain messages. */
  info?: (self: MachineSelf<Data, States>, message: Info) => unknown;
  /** What the machine tells itself by `self.nextEvent("internal", name, …)`, or `postpone`. */
  internal?: Record<string, Handler<Data, States>>;
  /** Runs when the state has lasted its `stateTimeoutMs`. */
  stateTimeout?: (self: MachineSelf<Data, States>, payload: unknown) => unknown;
  /** Runs when no event came for its `eventTimeoutMs`. */
  eventTimeout?: (self: MachineSelf<Data, States>, payload: unknown) => unknown;
  /** Named timeouts, or `postpone`. */
  timeout?: Record<
    string,
    Postpone | ((self: MachineSelf<Data, States>, payload: unknown) => unknown)
  >;
}

/** What a machine handles beside its states: part of the type of every machine. */
export interface BesideStates<Any, Events> {
  /** What `always` handles. */
  "~always": unknown extends Any ? None : Any;
  /** What `handleEvent` handles. */
  "~events": unknown extends Events ? None : AsHandlers<Events>;
}

/**
 * Defines a state machine: a map of states, each with its handlers. A handler that the state lacks is
 * looked for in `always`, then the event goes to `handleEvent`; a call that nothing handles is rejected, a
 * cast is dropped and observers are told. What a handler asks for (a state, timeouts, inserted events) is
 * done once it has settled: SM-1 to SM-8 of docs/semantics.md say in which order.
 *
 * @example
 * ```ts
 * const Door = stateMachine({
 *   id: "door",
 *   init: (self, code: string) => ({ state: "locked", data: { code } }),
 *   states: {
 *     locked: {
 *       call: { unlock(self, code: string) {
 *         if (code !== self.data.code) return false;
 *         self.nextState("open", { stateTimeoutMs: 5_000 });
 *         return true;
 *       } },
 *       cast: { push: postpone },
 *     },
 *     open: {
 *       cast: { push: (self) => self.nextState("locked") },
 *       stateTimeout: (self) => self.nextState("locked"),
 *     },
 *   },
 * });
 * ```
 *
 * **One function for all events.** The states are named, what comes from outside is declared:
 *
 * ```ts
 * const Light = stateMachine({
 *   id: "light",
 *   init: (self) => ({ state: "red", data: { changes: 0 } }),
 *   states: { red: {}, green: {} },
 *   events: { call: { color: signature<[], string>() }, cast: { change: signature() } },
 *   handleEvent(self, event) {
 *     if (event.type === "call") return self.state;
 *     if (event.type !== "cast" && event.type !== "stateTimeout") return;
 *     self.data.changes++;
 *     self.nextState(self.state === "red" ? "green" : "red", { stateTimeoutMs: 30_000 });
 *   },
 * });
 * ```
 *
 * **How to supervise.** As a child, like a server: `child(Door, ["1234"])`. A restart begins in the state
 * that `init` gives.
 *
 * **Timeouts.** The state timeout (`stateTimeoutMs`) ends with the state, the event timeout
 * (`eventTimeoutMs`) with any event, named ones (`self.timeout(name, ms)`) only when they are cancelled or set
 * again. Of 0 ms, they come before all mail. Calls wait as those of a server do; a postponed call goes on waiting.
 *
 * **When not to use it.** If no handler depends on the state, use `genServer`.
 *
 * @throws TypeError for an id that is no string, or a handler that is none. A first or next state
 * that is not in `states` crashes the machine with a TypeError that names the states. Source: OTP
 * gen_statem.
 */
export function stateMachine<
  Args extends readonly unknown[],
  Data,
  States extends string,
  All,
  Any,
  Events,
  View,
  Streamers extends StreamHandlers,
>(
  definition: WithStreams<NoInfer<Streamers>> & {
    /** Its identity in logs, inspectors and on the wire. */
    id: string;
    /** Gives the first state and the data, or a promise of them. */
    init: (
      self: MachineInit,
      ...args: Args
    ) =>
      | { state: NoInfer<States>; data: Data }
      | PromiseLike<{ state: NoInfer<States>; data: Data }>;
    /** The states by name. */
    states: All & { [K in States]: StateHandlers<Data, NoInfer<States>> };
    /** Tried when the state has no handler. */
    always?: Any & StateHandlers<Data, NoInfer<States>>;
    /** The calls and casts that `handleEvent` handles, each a {@link signature}. */
    events?: Events & EventSignatures;
    /**
     * Gets every event that neither the state nor `always` handles. What it returns for a call is the
     * reply, as of any handler.
     */
    handleEvent?: (
      self: MachineSelf<Data, NoInfer<States>>,
      event: MachineEvent<NoInfer<States>, NoInfer<Events>>,
    ) => unknown;
    /** Whether `handleEvent` gets `enter` events too, at the start and on every change. Default false. */
    stateEnter?: boolean;
    /**
     * Streams: generators that run beside the mailbox, whatever the state is. Opening one is no event of
     * the machine. They need {@link streams} too.
     */
    stream?: Streamers &
      StreamHandlers<MachineStreamSelf<Data, NoInfer<States>>> & { then?: never };
    /** What runs `stream`: `import { streams } from "troupe"`, and name it here. */
    streams?: Streams;
    /** Runs at an orderly end and after a crash; never after a kill. */
    terminate?: (self: MachineSelf<Data, NoInfer<States>>, reason: ExitReason) => unknown;
    /** The snapshot a UI subscribes to. */
    view?: (state: NoInfer<States>, data: Data) => View;
    /** Bounds the mailbox; without it there is no bound. */
    mailbox?: MailboxOptions;
  },
): Fixed<
  Behaviour<
    Args,
    MachineHandle<
      All & BesideStates<Any, Events>,
      unknown extends View ? undefined : View,
      StreamApi<Only<Streamers>>
    >
  >
> {
  const { id, init } = definition;
  checkId("stateMachine", id);
  checkFunction(`init of ${id}`, init);
  const table = readTable(definition);
  const program = machineProgram({
    table,
    context: MachineContext,
    init: init as never,
    terminate: definition.terminate as never,
    view: definition.view as never,
    mailbox: checkMailbox(id, definition.mailbox),
  });
  const { call, cast } = table.names;
  const refClass = refClassOf([...call.values()], [...cast.values()]);
  return addStreams(new Implementation(program, refClass), definition) as never;
}
