// What every `self` can do, as its user reads it: the members that all behaviours have, and those that
// only a handler has.
//
// Owns the words and the types. What the members do is context.ts; members of one behaviour (state,
// nextState, receive, …) stand with that behaviour.

import type { ActorRef } from "../kernel/actor-ref.js";
import type { From } from "../kernel/call-request.js";
import type { ExitReason } from "../kernel/exit-reason.js";
import type { Platform } from "../kernel/platform.js";
import type { Behaviour } from "./behaviour.js";
import type { Handle } from "./server-handle.js";

/** What a handler returns when its reply comes later. Only troupe makes one. */
export interface Deferred<Reply> {
  readonly "~deferred": Reply;
}

/** A timer of a process. */
export interface SentLater {
  /** Stops it: gives the milliseconds that were left, or `false` if it has fired or was stopped. */
  cancel(): number | false;
}

/** Writes a line to the observers of the system, with data that is passed on as it is. */
export interface Log {
  /** For whoever debugs this process. */
  debug(message: string, data?: unknown): void;
  /** For whoever watches it run. */
  info(message: string, data?: unknown): void;
  /** Something is wrong and was dealt with. */
  warn(message: string, data?: unknown): void;
  /** Something failed. It crashes nothing. */
  error(message: string, data?: unknown): void;
}

/** Something that can be given back: a socket, a lock, a subscription. */
export type Resource =
  | { [Symbol.dispose](): void }
  | { [Symbol.asyncDispose](): PromiseLike<void> };

/** The members of `self` that every behaviour has. After a kill each throws `ProcessEnded` (P-8). */
export interface SelfBase {
  /** This process as others see it: to hand it on. */
  readonly ref: Handle;
  /** Aborted as soon as this process begins to end, by a stop, a crash or a kill. */
  readonly signal: AbortSignal;
  /** Writes lines to the observers of the system. */
  readonly log: Log;
  /** The host's clock and timers; those of a test are virtual. */
  readonly platform: Platform;
  /**
   * Turns exit signals, `normal` ones too, into messages for `info` (P-3). Gives what it was before.
   * Default of `on`: `true`.
   */
  trapExit(on?: boolean): boolean;
  /**
   * Watches a process: `info` gets one `{ type: "down", monitor, ref, reason }` when it ends, at once
   * if it has ended (P-4). Gives the number that tells monitors apart. Of a handle it watches the
   * present incarnation.
   */
  monitor(ref: ActorRef): number;
  /**
   * Ends a monitor. With `flush`, a `down` that waits in the mailbox already is dropped too. False if
   * there was no such monitor any more: it had told already, or was ended before.
   */
  demonitor(monitor: number, options?: { readonly flush?: boolean }): boolean;
  /**
   * Links both processes: the abnormal end of one ends the other, or is told to it if it traps.
   *
   * @throws ActorExit with `noproc` if it is gone, unless this process traps: then that is told (P-3).
   */
  link(ref: ActorRef): void;
  /** Takes a link away. */
  unlink(ref: ActorRef): void;
  /** Sends an exit signal, as a link would (P-3). The reason `kill` cannot be trapped. */
  exit(ref: ActorRef, reason: ExitReason): void;
  /**
   * Starts a process that belongs to this one: it ends when this one ends, and its crash is an exit
   * signal here. Gives its ref at once; messages wait until its `init` is done.
   *
   * @throws TypeError for a value that is no behaviour.
   */
  spawn<Args extends readonly unknown[], Handle>(
    behaviour: Behaviour<Args, Handle>,
    ...args: Args
  ): Handle;
  /**
   * Sends this process a message after `delayMs` milliseconds: `info` gets `{ type: "message",
   * message }`. Ends with the process (P-7). To another process: `sendLater`.
   *
   * @throws RangeError unless `delayMs` is a number of 0 or more.
   *
   * @example
   * ```ts
   * const Clock = genServer({
   *   id: "clock",
   *   init(self) { self.sendAfter(0, "tick"); return { ticks: 0 }; },
   *   info(self, message) {
   *     if (message.type !== "message" || message.message !== "tick") return;
   *     self.state.ticks++;
   *     self.sendAfter(1_000, "tick");
   *   },
   * });
   * ```
   */
  sendAfter(delayMs: number, message: unknown): SentLater;
  /**
   * Makes this process the owner of a resource: it is disposed of when the process ends, crash and
   * kill included, last used first, before anybody is told of the end. Gives the resource. Without
   * `dispose` it must have `Symbol.dispose` or `Symbol.asyncDispose`.
   *
   * @throws TypeError for a value that cannot be disposed of.
   *
   * @example
   * ```ts
   * const Listener = genServer({
   *   id: "listener",
   *   init: (self) => self.use(new BroadcastChannel("news"), (channel) => channel.close()),
   * });
   * ```
   */
  use<R extends Resource>(resource: R): R;
  use<R>(resource: R, dispose: (resource: R) => unknown): R;
  /**
   * Ends this process after the present handler, whose reply still goes out; `terminate` runs. In
   * `init` it fails the start with that reason, in `terminate` it changes the reason of the end.
   * Default reason: `normal`.
   */
  stop(reason?: ExitReason): void;
  /** Does nothing: memory is the host's to collect. Here for what was written for OTP. */
  hibernate(): void;
}

/** The members of `self` that only a handler has: they answer a caller. */
export interface SelfReplies {
  /** The call in hand: keep it to reply later. Its `signal` aborts when the caller gives up. */
  readonly from: From;
  /** Answers a caller. False if it has its answer, or has given up (C-2). */
  reply<Reply>(from: From, value: Reply): boolean;
  /** Return this: the reply comes later, by `self.reply(from, value)`; the mailbox goes on (C-4). */
  replyLater<Reply>(): Deferred<Reply>;
  /** Return this: the promise answers; the mailbox goes on. Its rejection rejects the caller only. */
  replyWith<Reply>(promise: PromiseLike<Reply>): Deferred<Awaited<Reply>>;
  /** Return this: the caller rejects with `error`; this process lives on (GS-3). */
  reject(error: Error): Deferred<never>;
  /**
   * A ref whose calls carry on the call in hand: its chain (so that a circle is found even after an
   * `await`, C-6), what is left of its deadline, and its signal.
   */
  bind<Handle extends ActorRef>(ref: Handle): Handle;
}
