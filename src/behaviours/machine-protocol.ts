// What a client of a state machine sees, and what its `handleEvent` gets: types, inferred from the
// handlers and from the signatures of `events`.
//
// Owns these types and `signature`. The definition that they are inferred from is state-machine.ts.

import type { Info } from "../kernel/process.js";
import type { Reply, Tail } from "./gen-server.js";
import { HANDLED } from "./machine-table.js";
import type { ServerHandle } from "./server-handle.js";

/** The type of `postpone`. */
export interface Postpone {
  readonly "~postpone": true;
}

/**
 * What a call or a cast takes, and what a call gives. Make one with {@link signature}. It is no function
 * type: TypeScript puts off calls that give one, and would infer nothing from them.
 */
export interface Signature<Args extends readonly unknown[], Result> {
  readonly "~signature": (self: never, ...args: Args) => Result;
}

/**
 * Says what a call or a cast that `handleEvent` handles takes, and what a call gives: types only.
 *
 * @example
 * ```ts
 * const events = {
 *   call: { unlock: signature<[code: string], boolean>() },
 *   cast: { push: signature() },
 * };
 * ```
 */
export function signature<Args extends readonly unknown[] = [], Result = void>(): Signature<
  Args,
  Result
> {
  return HANDLED as never;
}

/** The events that `handleEvent` handles, by name. */
export interface EventSignatures {
  /** Requests with a reply: what `handleEvent` returns is the reply. */
  // biome-ignore lint/suspicious/noExplicitAny: any signature
  call?: Record<string, Signature<any[], unknown>>;
  /** Messages without a reply. */
  // biome-ignore lint/suspicious/noExplicitAny: any signature
  cast?: Record<string, Signature<any[], unknown>>;
}

type Unwrapped<S> = S extends { readonly "~signature": infer F } ? F : never;
/** Signatures as handlers, for {@link MachineCalls} and {@link MachineCasts}. */
export type AsHandlers<Events> = {
  [Kind in keyof Events]: { [N in keyof Events[Kind]]: Unwrapped<Events[Kind][N]> };
};

type EventsOf<Events, Kind extends "call" | "cast"> =
  Events extends Record<Kind, infer Signatures>
    ? {
        [N in keyof Signatures]: {
          readonly type: Kind;
          readonly name: N;
          readonly args: Tail<Unwrapped<Signatures[N]>>;
        };
      }[keyof Signatures]
    : never;

/** An event as `handleEvent` gets it. For a call, `self.from` is who called. */
export type MachineEvent<States extends string, Events> =
  | EventsOf<Events, "call">
  | EventsOf<Events, "cast">
  | { readonly type: "enter"; readonly from: States }
  | { readonly type: "info"; readonly message: Info }
  | { readonly type: "internal"; readonly name: string; readonly args: readonly unknown[] }
  | { readonly type: "stateTimeout" | "eventTimeout"; readonly payload: unknown }
  | { readonly type: "timeout"; readonly name: string; readonly payload: unknown };

type Maps<All, Kind extends string> = All[keyof All] extends infer U
  ? U extends { [K in Kind]: infer M }
    ? M
    : never
  : never;
/** All names of several maps, as one type that knows where each is declared: an editor leads there. */
type Named<U> = (U extends unknown ? (map: U) => void : never) extends (map: infer All) => void
  ? All
  : never;
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
  [M in keyof Named<Maps<All, "call">>]: (
    ...args: Both<At<Maps<All, "call">, M>>
  ) => Exclude<Reply<At<Maps<All, "call">, M>>, Postpone>;
} & {};
/** What a client can cast. */
export type MachineCasts<All> = {
  [M in keyof Named<Maps<All, "cast">>]: (...args: Both<At<Maps<All, "cast">, M>>) => void;
} & {};
/**
 * The handle of a machine with these states. Nothing is inferred from it, and an editor shows what can be
 * called, not what that is made of.
 */
export type MachineHandle<All, View, Streams> = [All] extends [infer A]
  ? ServerHandle<MachineCalls<A>, MachineCasts<A>, View, Streams>
  : never;
