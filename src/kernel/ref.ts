// Refs and handles: one class. What a ref points at is either one process for ever, or a slot in
// which a supervisor puts each incarnation of a child.
//
//   Ref ──► Process                     one incarnation; dead is dead
//   Handle ──► Slot ──► Process?        follows restarts; empty while the child is down
//
// Owns resolving, status, snapshots, plain sends and stops. Calls and casts by name are made of it in
// behaviours/. A ref owns nothing: forgetting one ends nothing.

import type { ActorRef } from "./actor-ref.js";
import type { CallRequest } from "./call-request.js";
import { ActorExit, checkMs, SelfStop } from "./errors.js";
import { checkReason, type ExitReason, printed } from "./exit-reason.js";
import type { Kernel } from "./kernel.js";
import { INFO_OPERATION, StopRequest } from "./operation.js";
import type { Process } from "./process.js";
import { DEAD, type Place } from "./status.js";
import { subscribeTo } from "./subscription.js";
import { Alarm } from "./timers.js";
import type { View } from "./view.js";

/** Where a process or child stands, as a handle shows it. */
export type Status = "starting" | "live" | "restarting" | "down";

/** How calls, casts and offers through a ref behave. Made by `with`. */
export interface WithOptions {
  /** How long a call or an offer waits, in milliseconds; default 5,000. `Infinity` is allowed. */
  readonly timeoutMs?: number | undefined;
  /** Gives up when it aborts: the call rejects with its reason, the handler's signal aborts. */
  readonly signal?: AbortSignal | undefined;
  /** While a child is down: `reject` with `noproc` (the default), or `wait` for its return. */
  readonly whenDown?: "reject" | "wait" | undefined;
}

/** The place of a child: what its handles resolve through. Filled by its supervisor. */
export class Slot implements Place {
  readonly kernel: Kernel;
  readonly label: string;
  /** The child id. */
  name = "";
  restarts = 0;
  /** The child's stable handle. */
  handle!: Ref;
  /** The places of the child's own children, if it is a supervisor: they outlive its restarts. */
  readonly children: Map<string, Slot> = new Map();
  #process: Process | null = null;
  #status: Status = "starting";
  #same: Slot | null = null;
  #waiters: ((process: Process | null) => void)[] = [];
  readonly #listeners: Set<() => void> = new Set();
  #unsubscribe: (() => void) | null = null;
  #lastView: View | null = null;

  constructor(kernel: Kernel, label: string) {
    this.kernel = kernel;
    this.label = label;
  }

  /** This place is another name of `slot`: a supervisor restarted, and its children are the same. */
  becomes(slot: Slot): void {
    this.#same = slot;
    // Whoever was given this name meanwhile waits and listens there.
    for (const waiter of this.#waiters.splice(0)) slot.whenLive(waiter);
    for (const tell of this.#listeners) slot.#add(tell);
    this.#listeners.clear();
  }

  /** The present incarnation. */
  get process(): Process | null {
    return this.#same === null ? this.#process : this.#same.process;
  }

  get status(): Status {
    return this.#same === null ? this.#status : this.#same.status;
  }

  /** A new incarnation is starting here. Messages may queue for it already. */
  attach(process: Process): void {
    this.#process = process;
  }

  /**
   * The present incarnation has begun to end, and takes no calls. It can still be waited for and
   * killed: `set` follows when it is gone.
   */
  fall(status: "restarting" | "down"): void {
    if (this.#status !== "live") return;
    this.#status = status;
    this.#notify();
  }

  /** The child stands otherwise than before. What is said of a supervisor goes for its children. */
  set(status: Status): void {
    const isNews = status !== this.#status || status === "live";
    if (status === "live") this.#follow();
    else if (status !== "starting") {
      // Kept as the view, not as its value: a view runs only while somebody looks.
      this.#lastView = this.#process?.view ?? this.#lastView;
      this.#unsubscribe?.();
      this.#unsubscribe = null;
      this.#process = null;
      for (const child of this.children.values()) child.set(status);
    }
    this.#status = status;
    if (status === "live" || status === "down") {
      const waiters = this.#waiters;
      this.#waiters = [];
      for (const waiter of waiters) waiter(this.#process);
    }
    if (isNews) this.#notify();
  }

  /** Calls `ready` with the next live incarnation, or with null if there will be none. */
  whenLive(ready: (process: Process | null) => void): void {
    if (this.#same !== null) this.#same.whenLive(ready);
    else if (this.#status === "down") ready(null);
    else if (this.#process?.hasStarted && !this.#process.isEnding) ready(this.#process);
    else this.#waiters.push(ready);
  }

  /** The view of the present incarnation; while there is none, of the last one. */
  get view(): View | null {
    return this.#same === null ? (this.#process?.view ?? this.#lastView) : this.#same.view;
  }

  subscribe(listener: () => void): () => void {
    // A function of its own: the same listener twice is two subscriptions.
    const tell = (): void => listener();
    (this.#same ?? this).#add(tell);
    return () => (this.#same ?? this).#remove(tell);
  }

  #add(tell: () => void): void {
    this.#listeners.add(tell);
    if (this.#listeners.size === 1) this.#follow();
  }

  #remove(tell: () => void): void {
    if (!this.#listeners.delete(tell) || this.#listeners.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = null;
  }

  #follow(): void {
    if (this.#listeners.size === 0 || this.#unsubscribe !== null) return;
    const view = this.#process?.view ?? null;
    if (view !== null) this.#unsubscribe = view.subscribe(() => this.#notify());
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        this.kernel.fault(error);
      }
    }
  }
}

/** A ref or a handle. Behaviours extend it by what they can be called with. */
export class Ref implements ActorRef {
  readonly target: Process | Slot;
  readonly options: WithOptions | null;
  #binding: Binding | null = null;
  /** The call this ref was bound to by `self.bind`. */
  readonly origin: { caller: Process; turn: number; chain: CallRequest | null } | null;

  constructor(
    target: Process | Slot,
    options: WithOptions | null = null,
    origin: { caller: Process; turn: number; chain: CallRequest | null } | null = null,
  ) {
    this.target = target;
    this.options = options;
    this.origin = origin;
  }

  get id(): string {
    return this.target.process?.label ?? this.target.label;
  }

  /** Where it stands now. */
  get status(): Status {
    const { target } = this;
    if (target instanceof Slot) return target.status;
    if (target.isEnding || target.status === DEAD) return "down";
    return target.hasStarted ? "live" : "starting";
  }

  /** Resolves when it is live; rejects with {@link ActorExit} if it will not be. */
  get ready(): Promise<void> {
    const { target } = this;
    return new Promise((resolve, reject) => {
      const failed = (reason: ExitReason): void =>
        reject(new ActorExit({ action: `start ${target.label}`, process: target.label, reason }));
      if (this.status === "live") resolve();
      else if (target instanceof Slot) {
        target.whenLive((process) => (process === null ? failed("noproc") : resolve()));
      } else if (this.status === "down") failed(target.exitReason);
      else target.whenStarted((reason) => (reason === null ? resolve() : failed(reason)));
    });
  }

  /** The same target, with other options. Options that are not named stay as they are. */
  with(options: WithOptions): this {
    if (options.timeoutMs !== undefined) checkMs("timeoutMs", options.timeoutMs, true);
    if (options.signal !== undefined && typeof options.signal.addEventListener !== "function") {
      throw new TypeError(
        `signal is ${printed(options.signal)}: it must be an AbortSignal, such as AbortSignal.timeout(50)`,
      );
    }
    const { whenDown = "reject" } = options;
    if (whenDown !== "reject" && whenDown !== "wait") {
      throw new TypeError(`whenDown is ${printed(whenDown)}: it must be "reject" or "wait"`);
    }
    const named = Object.entries(options).filter(([, value]) => value !== undefined);
    return this.derive({ ...this.options, ...Object.fromEntries(named) }, this.origin);
  }

  /** A ref of the same class to the same target. */
  derive(options: WithOptions | null, origin: Ref["origin"]): this {
    const Same = this.constructor as new (
      target: Process | Slot,
      options: WithOptions | null,
      origin: Ref["origin"],
    ) => this;
    return new Same(this.target, options, origin);
  }

  /** Sends a plain message: `info` gets `{ type: "message", message }`. False if nobody is there. */
  send(message: unknown): boolean {
    const { process } = this.target;
    return process?.deliver(INFO_OPERATION, { type: "message", message }) ?? false;
  }

  /**
   * Asks the process to stop, behind the mail it already has. Resolves when it is gone; at once if it
   * is already. After `timeoutMs` (default `Infinity`) it is killed.
   *
   * @throws SelfStop (as a rejection) in the synchronous part of one of its own handlers.
   */
  stop(reason: ExitReason = "normal", options: { timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = Number.POSITIVE_INFINITY } = options;
    checkMs("timeoutMs", timeoutMs, true);
    checkReason(reason);
    const { process } = this.target;
    if (process === null || process.status === DEAD) return Promise.resolve();
    if (process.kernel.running === process) {
      return Promise.reject(
        new SelfStop(`wait for the end of ${process.label}`, "use self.stop(reason)"),
      );
    }
    const { timers } = process.kernel;
    return new Promise((resolve) => {
      const overdue = new Alarm(() => process.kill());
      if (timeoutMs !== Number.POSITIVE_INFINITY) timers.start(overdue, timeoutMs);
      process.watch(() => {
        timers.drop(overdue);
        resolve();
      });
      process.deliver(new StopRequest(reason), undefined);
    });
  }

  /** Ends the process at once, whatever it does. Its links and monitors see `killed`. */
  kill(): void {
    this.target.process?.kill();
  }

  /** Handles what waits in its mailbox now, before it returns; a running handler is left alone. */
  flush(): void {
    this.target.process?.flush();
  }

  /** Calls `listener` after each change of the snapshot (and of a handle's status). */
  get subscribe(): (listener: () => void) => () => void {
    return this.#bound().subscribe;
  }

  /** What the behaviour's `view` gives; the same object until it changes. */
  get getSnapshot(): () => unknown {
    return this.#bound().getSnapshot;
  }

  /** The first snapshot that was taken: for hydration. */
  get getInitialSnapshot(): () => unknown {
    return this.#bound().getInitialSnapshot;
  }

  // UI libraries take these three off the handle, and tell a new function from an old one: they are
  // bound, and made once.
  #bound(): Binding {
    if (this.#binding === null) {
      const { target } = this;
      this.#binding = {
        subscribe: (listener) => {
          if (typeof listener !== "function") {
            throw new TypeError(`listener is ${printed(listener)}: it must be a function`);
          }
          return target instanceof Slot
            ? target.subscribe(listener)
            : subscribeTo(target, listener);
        },
        getSnapshot: () => target.view?.read(),
        getInitialSnapshot: () => target.view?.readInitial(),
      };
    }
    return this.#binding;
  }
}

interface Binding {
  readonly subscribe: (listener: () => void) => () => void;
  readonly getSnapshot: () => unknown;
  readonly getInitialSnapshot: () => unknown;
}
