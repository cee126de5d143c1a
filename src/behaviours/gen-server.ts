// genServer: a process that keeps state and answers calls and casts, one at a time.
//
// Owns the definition of a server, its types (what a client sees is inferred from the handlers), its
// context and its program. Starting, calling and ending are gen.ts and the kernel; it has no loop.
// Source: OTP's gen_server.

import type { MailboxOptions } from "../kernel/bound.js";
import { checkFunction, checkWhole, oneOf } from "../kernel/errors.js";
import { type ExitReason, printed } from "../kernel/exit-reason.js";
import { deliverNext } from "../kernel/inbox.js";
import { applyHandler, CALL, CAST, CONTINUE, Entry, packArguments } from "../kernel/operation.js";
import type { Code, Info, Program } from "../kernel/process.js";
import { argumentCheck, type StandardSchema } from "./accepts.js";
import { type Behaviour, checkId, type Fixed, Implementation } from "./behaviour.js";
import { Context } from "./context.js";
import { checkHandlers, refClassOf } from "./faces.js";
import type { Ignore } from "./gen.js";
import type { Deferred, SelfBase, SelfReplies } from "./self.js";
import type { ServerHandle } from "./server-handle.js";
import {
  addStreams,
  type Streamed,
  type StreamHandlers,
  type StreamSelf,
  type Streams,
  type WithStreams,
} from "./stream-handlers.js";

/** `self` in `init`: there is no state yet, and nobody called. */
export interface InitSelf<Continues extends string = never> extends SelfBase {
  /** Runs a `continue` handler right after this one, before any message that waits. */
  continue(name: Continues, ...args: unknown[]): void;
}

/** `self` in the handlers of a server. */
export interface ServerSelf<State, Continues extends string = never>
  extends InitSelf<Continues>,
    SelfReplies {
  /** The state. Change it in place or replace it; no other handler runs meanwhile. */
  state: State;
}

type Handler<State, Continues extends string> = (
  self: ServerSelf<State, Continues>,
  // biome-ignore lint/suspicious/noExplicitAny: a handler chooses its own arguments
  ...args: any[]
) => unknown;
/**
 * Any map of handlers. The bound of the maps' type parameters must not name the state: TypeScript
 * falls back on the bound while it infers, and `self.state` would be `unknown` next to a map of
 * handlers that take no `self`.
 */
// biome-ignore lint/suspicious/noExplicitAny: a handler chooses its own arguments
type Handlers = Record<string, (self: never, ...args: any[]) => unknown>;
type Named<State, Continues extends string> = Record<string, Handler<State, Continues>>;

/** The arguments of a handler without its context. */
export type Tail<F> = F extends (self: never, ...args: infer A) => unknown ? A : never;
/** What a handler's caller gets. */
export type Reply<F> = F extends (...args: never[]) => infer R
  ? Awaited<R> extends infer V
    ? V extends Deferred<infer D>
      ? D
      : V
    : never
  : never;
/** Call handlers as a client sees them; the state's type does not leak. */
export type CallApi<C> = { [M in keyof C]: (...args: Tail<C[M]>) => Reply<C[M]> } & {};
/** Cast handlers as a client sees them. */
export type CastApi<C> = { [M in keyof C]: (...args: Tail<C[M]>) => void } & {};
/** Stream handlers as a client sees them: each gives the type of the values. */
export type StreamApi<S> = { [M in keyof S]: (...args: Tail<S[M]>) => Streamed<S[M]> } & {};
/** No names at all. */
export type None = Record<never, never>;
/** An omitted map accepts no names. */
export type Only<Map> = string extends keyof Map ? None : Map;

/**
 * The type of a server, to annotate an exported one with: `Server<[start?: number], { call: …;
 * cast: …; stream: …; view: number }>`, each method written as a plain function: of a stream it gives
 * one value.
 */
export type Server<
  Args extends readonly unknown[],
  Protocol extends { call?: unknown; cast?: unknown; stream?: unknown; view?: unknown },
> = Behaviour<
  Args,
  ServerHandle<
    Protocol extends { call: infer C } ? C : None,
    Protocol extends { cast: infer C } ? C : None,
    Protocol extends { view: infer V } ? V : unknown,
    Protocol extends { stream: infer S } ? S : None
  >
>;

/**
 * Defines a server: state, the calls and casts that touch it, and what happens at its start and end.
 *
 * A handler gets `self` and the caller's arguments. What a call handler returns is the reply; a
 * thenable makes the mailbox wait until it settles, so two handlers never share the state. A throw
 * crashes the server: the caller rejects with {@link ActorExit}, its supervisor restarts it. An
 * expected failure is `return self.reject(error)`.
 *
 * @example
 * ```ts
 * const Counter = genServer({
 *   id: "counter",
 *   init: (self, start: number = 0) => ({ count: start }),
 *   call: { get: (self) => self.state.count },
 *   cast: { inc(self, by: number = 1) { self.state.count += by; } },
 * });
 * const counter = await system.start(Counter, 3);
 * counter.cast.inc(2);
 * await counter.call.get(); // 5
 * ```
 *
 * **How to supervise.** As a child: `child(Counter, [3], { restart: "permanent", shutdownMs: 2_000 })`.
 *
 * **Timeouts.** A call waits 5,000 ms unless `with({ timeoutMs })` says otherwise, and rejects with
 * {@link CallTimeout}; the request may still run.
 *
 * **When not to use it.** For a pure computation, call a function: a server adds a queue. For
 * behaviour that depends on a mode, `stateMachine` reads better.
 *
 * @throws TypeError for an id that is no string, a handler that is no function or is named `then`.
 * Source: OTP gen_server.
 */
export function genServer<
  Args extends readonly unknown[],
  State,
  Continues extends string,
  Calls extends Handlers,
  Casts extends Handlers,
  View,
  Streamers extends StreamHandlers,
>(
  definition: WithStreams<NoInfer<Streamers>> & {
    /** Its identity in logs, inspectors and on the wire. */
    id: string;
    /** Gives the first state, a promise of it, or {@link ignore}. */
    init: (
      self: InitSelf<Continues>,
      ...args: Args
    ) => State | Ignore | PromiseLike<State | Ignore>;
    /** Runs right after the handler that asked for it, before any queued message. */
    continue?: {
      // biome-ignore lint/suspicious/noExplicitAny: a handler chooses its own arguments
      [N in Continues]: (self: ServerSelf<State, NoInfer<Continues>>, ...args: any[]) => unknown;
    };
    /** Requests with a reply. */
    call?: Calls & Named<State, Continues> & { then?: never };
    /** Messages without a reply. */
    cast?: Casts & Named<State, Continues> & { then?: never };
    /** Streams: generators that run beside the mailbox. They need {@link streams} too. */
    stream?: Streamers & StreamHandlers<StreamSelf<State>> & { then?: never };
    /** What runs `stream`: `import { streams } from "troupe"`, and name it here. */
    streams?: Streams;
    /** Everything else: exits, downs, timers, plain messages. */
    info?: (self: ServerSelf<State, Continues>, message: Info) => unknown;
    /** Runs at an orderly end and after a crash; never after a kill. */
    terminate?: (self: ServerSelf<State, Continues>, reason: ExitReason) => unknown;
    /** The snapshot a UI subscribes to. */
    view?: (state: State) => View;
    /** Bounds the mailbox; without it there is no bound. */
    mailbox?: MailboxOptions;
    /** Standard Schemas for the arguments of each handler, checked before anything is sent. */
    accepts?: Readonly<Record<string, readonly StandardSchema[]>>;
    /** Which code this is, for the `codeChange` of what comes after it. */
    version?: string | number;
    /**
     * Hot reload: makes the state that this code wants from that of the code before it, whose `version`
     * is `from`. Left out, the state stays as it is. See `changeCode`.
     */
    // biome-ignore lint/suspicious/noExplicitAny: the state of other code is whatever that code made
    codeChange?: (state: any, from: string | number | undefined) => NoInfer<State>;
  },
): Fixed<
  Behaviour<
    Args,
    ServerHandle<
      CallApi<Only<Calls>>,
      CastApi<Only<Casts>>,
      unknown extends View ? undefined : View,
      StreamApi<Only<Streamers>>
    >
  >
> {
  const { id, init, info, terminate, view, accepts } = definition;
  checkId("genServer", id);
  checkFunction(`init of ${id}`, init);
  const entries = (kind: number, where: string, map: unknown): Entry[] =>
    checkHandlers(`${where} of ${id}`, map).map(
      ([name, handler]) =>
        new Entry(kind, name, handler, argumentCheck(`${id}.${name}`, accepts?.[name])),
    );
  const calls = entries(CALL, "call", definition.call);
  const casts = entries(CAST, "cast", definition.cast);
  checkHandlers(`continue of ${id}`, definition.continue);
  checkAccepts(id, accepts, [...calls, ...casts], definition.stream);

  const program: Program = {
    id,
    terminates: terminate !== undefined,
    mailbox: checkMailbox(id, definition.mailbox),
    init(process, args) {
      const self = new ServerContext(process);
      process.self = self;
      return (init as (self: unknown, ...args: readonly unknown[]) => unknown)(self, ...args);
    },
    invoke: (process, entry, arg) => applyHandler(entry.handler, process.self, arg),
    info: (process, message) => info?.(process.self as never, message),
    terminate: (process, reason) => terminate?.(process.self as never, reason),
    view: view === undefined ? view : (process) => view(process.state as never),
    code: definition as Code,
  };
  const server = new Implementation(program, refClassOf(calls, casts));
  return addStreams(server, definition, accepts) as never;
}

class ServerContext extends Context {
  get state(): unknown {
    return this.process.state;
  }

  set state(state: unknown) {
    this.process.state = state;
  }

  continue(name: string, ...args: unknown[]): void {
    const { process } = this;
    const { continue: handlers = {} } = process.program.code as Code;
    if (!Object.hasOwn(handlers, name)) {
      throw new TypeError(
        `Cannot continue with ${printed(name)}: ${process.label} has ${
          Object.keys(handlers).join(", ") || "no continue handlers"
        }`,
      );
    }
    deliverNext(process, new Entry(CONTINUE, name, handlers[name]), packArguments(args));
  }
}

/** Checks `accepts` against the handlers there are: a misspelt name would leave one unchecked. */
function checkAccepts(
  id: string,
  accepts: object | undefined,
  entries: readonly Entry[],
  stream: object = {},
): void {
  for (const name of Object.keys(accepts ?? {})) {
    if (!Object.hasOwn(stream, name) && !entries.some((entry) => entry.name === name)) {
      throw new TypeError(
        `accepts of ${id} names ${JSON.stringify(name)}: there is no such handler`,
      );
    }
  }
}

/** Checks the bound of a mailbox as it was written. */
export function checkMailbox(
  id: string,
  mailbox: MailboxOptions | undefined,
): MailboxOptions | undefined {
  if (mailbox === undefined) return undefined;
  const { max, overflow = "reject" } = mailbox;
  checkWhole(`mailbox.max of ${id}`, max, 0, "; leave mailbox out for no bound");
  oneOf(`mailbox.overflow of ${id}`, overflow, ["reject", "dropNewest", "dropOldest", "block"]);
  return mailbox;
}
