// Refs and handles: one class. What a ref points at is either one process for ever, or the place in
// which a supervisor puts each incarnation of a child.
//
//   Ref ──► Process                     one incarnation; dead is dead
//   Handle ──► Slot ──► Process?        follows restarts; empty while the child is down
//
// Owns resolving, status, snapshots, plain sends and stops. Calls and casts by name are made of it in
// behaviours/; slots are in supervision/. A ref owns nothing: forgetting one ends nothing.

import type { ActorRef } from "./actor-ref.js";
import type { Origin } from "./call-request.js";
import { end, stopRequest } from "./ending.js";
import { checkFunction, checkMs, checkSignal, oneOf, SelfStop } from "./errors.js";
import { checkReason, type ExitReason } from "./exit-reason.js";
import { deliverInfo, deliverSystem } from "./inbox.js";
import { type Process, type Status, type Target, watch } from "./process.js";
import { flush } from "./run.js";
import { Alarm } from "./timers.js";
import { exitError } from "./told.js";

/** How calls, casts and offers through a ref behave. Made by `with`. */
export interface WithOptions {
  /** How long a call or an offer waits, in milliseconds; default 5,000. `Infinity` is allowed. */
  readonly timeoutMs?: number | undefined;
  /** Gives up when it aborts: the call rejects with its reason, the handler's signal aborts. */
  readonly signal?: AbortSignal | undefined;
  /** While a child is down: `reject` with `noproc` (the default), or `wait` for its return. */
  readonly whenDown?: "reject" | "wait" | undefined;
}

/** What a ref was made with: by `with`, and by `self.bind`, which adds the origin. */
export type Terms = WithOptions & { readonly origin?: Origin<Process> };

interface Snapshots {
  readonly subscribe: (listener: () => void) => () => void;
  readonly getSnapshot: () => unknown;
  readonly getInitialSnapshot: () => unknown;
}

/** A ref or a handle. Behaviours extend it by what they can be called with. */
export class Ref implements ActorRef {
  readonly target: Target;
  readonly options: Terms | null;
  #snapshots: Snapshots | null = null;

  constructor(target: Target, options: Terms | null = null) {
    this.target = target;
    this.options = options;
  }

  /** The call this ref was bound to by `self.bind`. */
  get origin(): Origin<Process> | null {
    return this.options?.origin ?? null;
  }

  get id(): string {
    return (this.target.process ?? this.target).label;
  }

  /** How it reads in texts and logs: `Ref<counter#7>`. */
  toString(): string {
    let { label } = this.target;
    try {
      label = this.id;
    } catch {
      // Another behaviour has the name: its process is not this handle's. What is printed must not throw.
    }
    return `Ref<${label}>`;
  }

  static {
    // And where Node, Deno and Bun print values.
    const prototype: Record<PropertyKey, unknown> = Ref.prototype as never;
    prototype.toJSON = prototype[Symbol.for("nodejs.util.inspect.custom")] = prototype.toString;
  }

  /** Where it stands now. */
  get status(): Status {
    return this.target.standing;
  }

  /** Resolves when it is live; rejects with {@link ActorExit} if it will not be. */
  get ready(): Promise<void> {
    const { target } = this;
    return new Promise((resolve, reject) => {
      target.whenLive((process) => {
        if (process !== null) resolve();
        else {
          const reason = target.process?.exitReason ?? "noproc";
          reject(exitError(target, `start ${target.label}`, reason));
        }
      });
    });
  }

  /** The same target, with other options. Options that are not named stay as they are. */
  with(options: WithOptions): this {
    const { timeoutMs, signal, whenDown, ...unknown } = options;
    for (const name in unknown) {
      throw new TypeError(`with has no option ${name}: it takes timeoutMs, signal and whenDown`);
    }
    if (timeoutMs !== undefined) checkMs("timeoutMs", timeoutMs, true);
    if (signal !== undefined) checkSignal(signal);
    oneOf("whenDown", whenDown, ["reject", "wait"]);
    const terms: Record<string, unknown> = { ...this.options };
    for (const [name, value] of Object.entries(options)) {
      if (value !== undefined) terms[name] = value;
    }
    return this.derive(terms);
  }

  /** A ref of the same class to the same target. */
  derive(options: Terms | null): this {
    return new (this.constructor as typeof Ref)(this.target, options) as this;
  }

  /** Sends a plain message: `info` gets `{ type: "message", message }`. False if nobody is there. */
  send(message: unknown): boolean {
    const { process } = this.target;
    return process !== null && deliverInfo(process, { type: "message", message });
  }

  /**
   * Asks the process to stop, behind the mail it already has. Resolves when it is gone; at once if it
   * is already. After `timeoutMs` (default `Infinity`) it is killed.
   *
   * @throws SelfStop (as a rejection) in the synchronous part of one of its own handlers.
   */
  stop(
    reason: ExitReason = "normal",
    { timeoutMs = Infinity }: { timeoutMs?: number } = {},
  ): Promise<void> {
    checkMs("timeoutMs", timeoutMs, true);
    checkReason(reason);
    const { process } = this.target;
    if (process === null) return Promise.resolve();
    const { running, timers } = process.kernel;
    return new Promise((resolve, reject) => {
      if (running === process) {
        reject(new SelfStop(`wait for the end of ${process.label}`, "use self.stop(reason)"));
        return;
      }
      const overdue = new Alarm(() => end(process, "killed", true));
      timers.start(overdue, timeoutMs);
      watch(process, () => {
        timers.drop(overdue);
        resolve();
      });
      deliverSystem(process, stopRequest(reason));
    });
  }

  /** Ends the process at once, whatever it does. Its links and monitors see `killed`. */
  kill(): void {
    const { process } = this.target;
    if (process !== null) end(process, "killed", true);
  }

  /** Handles what waits in its mailbox now, before it returns; a running handler is left alone. */
  flush(): void {
    const { process } = this.target;
    if (process !== null) flush(process);
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
  #bound(): Snapshots {
    const { target } = this;
    this.#snapshots ??= {
      subscribe: (listener) => target.subscribe(checkFunction("listener", listener)),
      getSnapshot: () => target.view?.read(),
      getInitialSnapshot: () => target.view?.readInitial(),
    };
    return this.#snapshots;
  }
}
