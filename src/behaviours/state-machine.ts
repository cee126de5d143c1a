// stateMachine: a process whose handlers depend on the state it is in.
//
// Owns the definition of a machine and its types: what a client sees is the union over the states.
// The engine (changes, postponed events, timeouts) is machine.ts; starting and calling are gen.ts.
// Source: OTP's gen_statem.

import { POSTPONED } from "../kernel/answer.js";
import type { MailboxOptions } from "../kernel/bound.js";
import type { ExitReason } from "../kernel/exit-reason.js";
import type { Info } from "../kernel/process.js";
import { type Behaviour, checkId, Implementation } from "./behaviour.js";
import type { SelfBase, SelfReplies } from "./context.js";
import { refClassOf } from "./faces.js";
import { checkMailbox, type None, type Reply, type Tail } from "./gen-server.js";
import { machineProgram, type NextOptions, readStates } from "./machine.js";
import type { ServerHandle } from "./server-handle.js";

/** The type of {@link postpone}. */
export interface Postpone {
  readonly "~postpone": true;
}

/** As a handler, or returned by one: keep this event until the state changes (SM-2). */
export const postpone: Postpone = POSTPONED as unknown as Postpone;

/** `self` in the handlers of a state machine. */
export interface MachineSelf<Data, States extends string> extends SelfBase, SelfReplies {
  /** The state it is in. Change it with `nextState`. */
  readonly state: States;
  /** What it remembers over states. Change it in place or replace it. */
  data: Data;
  /**
   * Goes to a state once this handler has settled and its reply is sent: then `enter` runs, and
   * postponed events come again. To the same state, it only sets the timeout.
   */
  nextState(state: States, options?: NextOptions): void;
  /** Sets, moves or (with `Infinity`) cancels the timeout of this state. */
  stateTimeout(timeoutMs: number): void;
}

type Handler<Data, States extends string> =
  | Postpone
  // biome-ignore lint/suspicious/noExplicitAny: a handler chooses its own arguments
  | ((self: MachineSelf<Data, States>, ...args: any[]) => unknown);

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
  /** Runs when the state has lasted its `stateTimeoutMs`. */
  stateTimeout?: (self: MachineSelf<Data, States>) => unknown;
}

type Maps<All, Kind extends string> = All[keyof All] extends infer U
  ? U extends { [K in Kind]: infer M }
    ? M
    : never
  : never;
type Names<U> = U extends unknown ? keyof U : never;
type At<U, M extends PropertyKey> = U extends { [K in M]: infer F }
  ? F extends Postpone
    ? never
    : F
  : never;
/** A handler that takes nothing accepts what the others take. */
type Takes<F> = F extends unknown ? (Tail<F> extends [] ? never : F) : never;
/** One event in several states needs arguments that all of them accept. */
type Both<F> = [Takes<F>] extends [never] ? [] : AllTake<Takes<F>>;
type AllTake<F> = (F extends unknown ? (x: Tail<F>) => void : never) extends (x: infer I) => void
  ? I extends unknown[]
    ? I
    : never
  : never;

/** What a client can call: the union over the states; `postpone` adds nothing to it. */
export type MachineCalls<All> = {
  [M in Names<Maps<All, "call">>]: (
    ...args: Both<At<Maps<All, "call">, M>>
  ) => Exclude<Reply<At<Maps<All, "call">, M>>, Postpone>;
};
/** What a client can cast. */
export type MachineCasts<All> = {
  [M in Names<Maps<All, "cast">>]: (...args: Both<At<Maps<All, "cast">, M>>) => void;
};

/**
 * Defines a state machine: a map of states, each with its handlers. A handler that the state lacks is
 * looked for in `always`; a call that neither has is rejected, a cast is dropped and logged.
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
 * **How to supervise.** As a child, like a server: `child(Door, ["1234"])`.
 *
 * **Timeouts.** `stateTimeoutMs` ends with the state; calls wait as those of a server do.
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
  View,
>(definition: {
  /** Its identity in logs, inspectors and on the wire. */
  id: string;
  /** Gives the first state and the data, or a promise of them. */
  init: (
    self: SelfBase,
    ...args: Args
  ) => { state: NoInfer<States>; data: Data } | PromiseLike<{ state: NoInfer<States>; data: Data }>;
  /** The states by name. */
  states: All & { [K in States]: StateHandlers<Data, NoInfer<States>> };
  /** Tried when the state has no handler. */
  always?: Any & StateHandlers<Data, NoInfer<States>>;
  /** Runs at an orderly end and after a crash; never after a kill. */
  terminate?: (self: MachineSelf<Data, NoInfer<States>>, reason: ExitReason) => unknown;
  /** The snapshot a UI subscribes to. */
  view?: (state: NoInfer<States>, data: Data) => View;
  /** Bounds the mailbox; without it there is no bound. */
  mailbox?: MailboxOptions;
}): Behaviour<
  NoInfer<Args>,
  ServerHandle<
    MachineCalls<NoInfer<All & { "~always": unknown extends Any ? None : Any }>>,
    MachineCasts<NoInfer<All & { "~always": unknown extends Any ? None : Any }>>,
    unknown extends View ? undefined : NoInfer<View>
  >
> {
  const { id, init } = definition;
  checkId("stateMachine", id);
  if (typeof init !== "function") {
    throw new TypeError(
      `init of ${id} is missing: it must be a function that gives { state, data }`,
    );
  }
  const table = readStates(id, definition.states, definition.always);
  const program = machineProgram({
    id,
    table,
    init: init as never,
    terminate: definition.terminate as never,
    view: definition.view as never,
    mailbox: checkMailbox(id, definition.mailbox),
  });
  return new Implementation(program, refClassOf(table.calls, table.casts)) as never;
}
