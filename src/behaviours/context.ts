// The context of a process: what every handler gets as `self`, whatever its behaviour.
//
// Owns the members that all behaviours share and the fence: once the process is killed or gone, every
// member throws ProcessEnded. Members of one behaviour (state, nextState, …) are in that behaviour's
// own context. What a user reads of it is self.ts. It holds nothing itself: what it starts belongs to the process and ends with it.

import { fromOf, signalOf } from "../kernel/abort.js";
import type { ActorRef } from "../kernel/actor-ref.js";
import { LATER, Promised, Rejection } from "../kernel/answer.js";
import { CallRequest, type From } from "../kernel/call-request.js";
import { asyncDispose, dispose } from "../kernel/disposal.js";
import { disposeAll } from "../kernel/dispose.js";
import { eitherSignal } from "../kernel/either-signal.js";
import { end, exitSignal, link, unlink } from "../kernel/ending.js";
import { RESOURCES, TERMINATE } from "../kernel/ending-record.js";
import { checkMs, ProcessEnded } from "../kernel/errors.js";
import { checkReason, type ExitReason, printed } from "../kernel/exit-reason.js";
import { deliverInfo, discardInfo } from "../kernel/inbox.js";
import { remove } from "../kernel/list.js";
import type { LogLevel } from "../kernel/observers.js";
import { after, disownTimer } from "../kernel/own-timers.js";
import type { Platform } from "../kernel/platform.js";
import { DEAD, extrasOf, type Monitor, own, type Process, watch } from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import { exitError, lateError, tell } from "../kernel/told.js";
import { type Behaviour, implementationOf } from "./behaviour.js";
import { spawn } from "./gen.js";
import type { Deferred, Log, SelfBase, SelfReplies, SentLater } from "./self.js";
import type { Handle } from "./server-handle.js";

/** The context behind `self`. Behaviours extend it. What each member does is said in self.ts. */
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
      disposeAll([disposer], kernel.timers, Infinity, failed, () => {});
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
    const deadlineMs = chain?.deadlineMs ?? Infinity;
    const leftMs = Math.max(0, deadlineMs - kernel.platform.now());
    const ours = chain?.signal ?? signalOf(process);
    return bound.derive({
      ...options,
      timeoutMs: Math.min(timeoutMs, leftMs),
      // A listener on each of both would be needed for each call: once here is cheaper.
      signal: signal === undefined ? ours : eitherSignal(signal, ours),
      origin: { caller: process, turn, chain },
    }) as unknown as Handle;
  }
}

/** The error of whoever uses the context of a process that was killed or is gone (P-8). */
function endedOf({ label, exitReason }: Process): ProcessEnded {
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
