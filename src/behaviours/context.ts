// The context of a process: what every handler gets as `self`, whatever its behaviour.
//
// Owns the members that all behaviours share and the fence: once the process is killed or gone, every
// member throws ProcessEnded. Members of one behaviour (state, nextState, …) are in that behaviour's
// own context. It holds nothing itself: what it starts belongs to the process and ends with it.

import type { ActorRef } from "../kernel/actor-ref.js";
import { LATER, Promised, Rejection } from "../kernel/answer.js";
import { CallRequest, type From } from "../kernel/call-request.js";
import { asyncDispose, dispose } from "../kernel/disposal.js";
import { disposeAll } from "../kernel/dispose.js";
import { eitherSignal } from "../kernel/either-signal.js";
import {
  after,
  disownTimer,
  end,
  exitSignal,
  fromOf,
  link,
  signalOf,
  unlink,
} from "../kernel/ending.js";
import { checkMs, ProcessEnded } from "../kernel/errors.js";
import { checkReason, type ExitReason, printed } from "../kernel/exit-reason.js";
import { deliverInfo, discardInfo } from "../kernel/inbox.js";
import { remove } from "../kernel/list.js";
import type { LogLevel } from "../kernel/observers.js";
import type { Platform } from "../kernel/platform.js";
import {
  DEAD,
  exitError,
  extrasOf,
  lateError,
  type Monitor,
  own,
  type Process,
  RESOURCES,
  TERMINATE,
  tell,
  watch,
} from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import { type Behaviour, implementationOf } from "./behaviour.js";
import { spawn } from "./gen.js";
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

/** The context behind `self`. Behaviours extend it. What each member does is said above. */
export class Context implements SelfBase, SelfReplies {
  readonly #process: Process;

  constructor(process: Process) {
    this.#process = process;
  }

  /** The process, unless its context is fenced. */
  protected get process(): Process {
    const process = this.#process;
    if (process.ending !== null && process.isFenced) throw endedOf(process);
    return process;
  }

  get ref(): Handle {
    return this.process.ref as Ref;
  }

  get signal(): AbortSignal {
    return signalOf(this.process);
  }

  /** @throws TypeError in a handler that was not called. */
  get from(): From {
    const from = fromOf(this.process);
    if (from !== null) return from;
    throw new TypeError("self.from is only there in a call handler: nobody waits for this message");
  }

  get platform(): Platform {
    return this.process.kernel.platform;
  }

  get log(): Log {
    void this.process;
    const line = (level: LogLevel) => (message: string, data?: unknown) => {
      tell(this.process, { type: "log", level, message, data });
    };
    return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  }

  trapExit(on: boolean = true): boolean {
    const extras = extrasOf(this.process);
    const before = extras.trapsExits;
    extras.trapsExits = on;
    return before;
  }

  monitor(ref: ActorRef): number {
    const { process } = this;
    const target = targetOf("monitor", ref);
    const extras = extrasOf(process);
    const id = ++extras.lastMonitor;
    const told = (reason: ExitReason): void => {
      extras.monitors?.delete(id);
      deliverInfo(process, { type: "down", monitor: id, ref, reason });
    };
    if (target === null) told("noproc");
    else {
      const monitor = watch(target, told);
      extras.monitors ??= new Map<number, Monitor>();
      // One that was told already stands in no list.
      if (monitor.list !== null) extras.monitors.set(id, monitor);
    }
    return id;
  }

  demonitor(monitor: number, options: { readonly flush?: boolean } = {}): boolean {
    const { process } = this;
    const monitors = process.extras?.monitors;
    const found = monitors?.get(monitor);
    if (options.flush) {
      discardInfo(process, (info) => info.type === "down" && info.monitor === monitor);
    }
    if (found === undefined) return false;
    remove(found);
    return monitors?.delete(monitor) === true;
  }

  link(ref: ActorRef): void {
    const { process } = this;
    const target = targetOf("link", ref);
    if (target !== null && target.status !== DEAD) link(process, target);
    else if (process.extras?.trapsExits) {
      deliverInfo(process, { type: "exit", from: ref, reason: "noproc" });
    } else throw exitError(target ?? { label: ref.id }, `link to ${ref.id}`, "noproc");
  }

  unlink(ref: ActorRef): void {
    const { process } = this;
    const target = targetOf("unlink", ref);
    if (target !== null) unlink(process, target);
  }

  exit(ref: ActorRef, reason: ExitReason): void {
    const { process } = this;
    const target = targetOf("exit", ref);
    checkReason(reason);
    if (target === null) return;
    if (reason === "kill") end(target, "killed", true);
    else exitSignal(target, process, reason);
  }

  spawn<Args extends readonly unknown[], Handle>(
    behaviour: Behaviour<Args, Handle>,
    ...args: Args
  ): Handle {
    const { process } = this;
    const implementation = implementationOf(behaviour);
    if (process.ending?.stage === RESOURCES) throw endedOf(process);
    const started = spawn(process, implementation, args, (outcome, child) => {
      // Nobody waits for this start, so its failure must not be silent: it is an exit signal.
      if (outcome.kind === "failed") exitSignal(process, child, outcome.reason);
    });
    return started.ref as unknown as Handle;
  }

  sendAfter(delayMs: number, message: unknown): SentLater {
    checkMs("delayMs", delayMs);
    const { process } = this;
    const timer = after(process, delayMs, () => deliverInfo(process, { type: "message", message }));
    return { cancel: () => disownTimer(process, timer) };
  }

  use<R>(resource: R, dispose?: (resource: R) => unknown): R {
    const disposer = disposerOf(resource, dispose);
    const process = this.#process;
    const { kernel } = process;
    // What a killed handler was still opening must not outlive it: nobody else knows of it.
    if (process.isFenced) {
      const failed = (error: unknown): void => lateError(process, error);
      disposeAll([disposer], kernel.timers, Number.POSITIVE_INFINITY, failed, () => {});
      throw endedOf(process);
    }
    own(process, disposer);
    return resource;
  }

  stop(reason: ExitReason = "normal"): void {
    const { process } = this;
    checkReason(reason);
    const { ending } = process;
    if (ending?.stage === TERMINATE) ending.reason = reason;
    else end(process, reason, false);
  }

  hibernate(): void {}

  reply(from: From, value: unknown): boolean {
    void this.process;
    if (from instanceof CallRequest) return from.resolve(value);
    throw new TypeError(`Cannot reply to ${printed(from)}: pass the self.from of the call`);
  }

  replyLater<Reply>(): Deferred<Reply> {
    void this.process;
    return LATER as unknown as Deferred<Reply>;
  }

  replyWith<Reply>(promise: PromiseLike<Reply>): Deferred<Awaited<Reply>> {
    void this.process;
    return new Promised(promise) as unknown as Deferred<Awaited<Reply>>;
  }

  reject(error: Error): Deferred<never> {
    void this.process;
    return new Rejection(error) as unknown as Deferred<never>;
  }

  bind<Handle extends ActorRef>(ref: Handle): Handle {
    const { process } = this;
    const { kernel, turn } = process;
    const chain = fromOf(process);
    const bound = refOf("bind", ref);
    const { options } = bound;
    const { timeoutMs = kernel.limits.callTimeoutMs, signal } = options ?? {};
    const deadlineMs = chain?.deadlineMs ?? Number.POSITIVE_INFINITY;
    const leftMs = Math.max(0, deadlineMs - kernel.platform.now());
    const ours = chain?.signal ?? signalOf(process);
    return bound.derive(
      {
        ...options,
        timeoutMs: Math.min(timeoutMs, leftMs),
        // A listener on each of both would be needed for each call: once here is cheaper.
        signal: signal === undefined ? ours : eitherSignal(signal, ours),
      },
      { caller: process, turn, chain },
    ) as unknown as Handle;
  }
}

/** The error of whoever uses the context of a process that was killed or is gone (P-8). */
export function endedOf({ label, exitReason }: Process): ProcessEnded {
  return new ProcessEnded(label, exitReason);
}

export function refOf(action: string, ref: ActorRef): Ref {
  if (ref instanceof Ref) return ref;
  throw new TypeError(`Cannot ${action} ${printed(ref)}: it is not a ref or a handle`);
}

/** The process a ref means now; null while a handle has none. */
function targetOf(action: string, ref: ActorRef): Process | null {
  return refOf(action, ref).target.process;
}

function disposerOf<R>(resource: R, release?: (resource: R) => unknown): () => unknown {
  if (release !== undefined) return () => release(resource);
  const held = resource as { [key: symbol]: (() => unknown) | undefined } | null | undefined;
  for (const symbol of [asyncDispose, dispose]) {
    if (typeof held?.[symbol] === "function") return () => held[symbol]?.();
  }
  throw new TypeError(
    `Cannot use ${printed(resource)}: it has neither Symbol.dispose nor Symbol.asyncDispose; pass a function that gives it back`,
  );
}
