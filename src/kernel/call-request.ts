// A call in flight: its promise, its timeout, its signal and its place in the chain of callers.
//
// Owns the rule that every call settles exactly once (C-1, C-2) and the search for cycles (C-6). It
// is the `from` that handlers see. Who queues it and who answers it is not its business.

import type { ActorRef } from "./actor-ref.js";
import { Rejection } from "./answer.js";
import { CallCycle, CallTimeout } from "./errors.js";
import { isAbortOf } from "./exit-reason.js";
import { CALL, type Entry, type Operation } from "./operation.js";
import type { Rider } from "./run-queue.js";
import { TimerNode, type Timers } from "./timers.js";

/** The caller of a request, as a handler sees it: plain to pass on, good for one reply. */
export interface From {
  /**
   * Who called, where that is known: in the synchronous part of its handlers, and through
   * `self.bind`. Undefined for a call from outside of actors, or after an `await`.
   */
  readonly caller: ActorRef | undefined;
  /** Aborted when the caller gives up, its timeout passes, or this process begins to end. */
  readonly signal: AbortSignal;
  /** When the caller stops waiting, in the platform's `now()` milliseconds; `Infinity` if never. */
  readonly deadlineMs: number;
}

/** A process as a caller: what the search for cycles must know. */
export interface Caller {
  readonly label: string;
  readonly ref: ActorRef;
  /** What its handler is running or awaiting for, if anything. */
  readonly current: Operation | null;
  /** Counts the handlers it has begun: tells one visit from the next. */
  readonly turn: number;
}

/** Whom a call is for: a process, or the place of a child that is down. */
export interface CallTarget {
  readonly label: string;
  readonly kernel: {
    readonly timers: Timers;
    readonly queue: { tell(told: (value: unknown) => void, value: unknown): void };
  };
}

/** What a call made in a handler goes on from: the handler's turn, and the call it was for. */
export interface Origin<C extends Caller = Caller> {
  readonly caller: C;
  readonly turn: number;
  readonly chain: CallRequest | null;
}

/** What a call goes on from that is made in the handler which runs now. */
export function originOf<C extends Caller>(caller: C): Origin<C> {
  const { turn, current } = caller;
  return { caller, turn, chain: current?.kind === CALL ? (current as CallRequest) : null };
}

/** The owner of a call whose caller waits no more. */
const GAVE_UP = { delete: (): void => {} };

/** One call. It is queued as an operation, and waits as a timer. */
export class CallRequest extends TimerNode implements Operation, From, Rider {
  readonly entry: Entry;
  readonly target: CallTarget;
  /** True once it is answered, refused or given up. */
  settled = false;
  /** Set while it waits for more than its handler; told when the call settles. */
  owner: { delete(request: CallRequest): unknown } | null = null;
  /** The number it has with whoever owes its answer; 0 if it has none. */
  ticket = 0;
  /** Set by `promise`. */
  #resolve: ((value: unknown) => void) | null = null;
  #reject: ((error: unknown) => void) | null = null;
  /** What it was answered before anybody had its promise; a {@link Rejection} if it was refused. */
  #outcome: unknown = undefined;
  /** The handler that waits, if one does. */
  readonly #origin: Origin | null;
  #controller: AbortController | null = null;
  #unlisten: (() => void) | null = null;

  constructor(entry: Entry, target: CallTarget, origin: Origin | null) {
    super();
    this.entry = entry;
    this.target = target;
    this.#origin = origin;
  }

  get kind(): typeof CALL {
    return CALL;
  }

  /** The promise of the answer, to be asked for once: a call that rides on a turn needs none of its own. */
  get promise(): Promise<unknown> {
    // A closure a call is cheaper than one for all that leaves its two arguments in the module: what is
    // written there is old, what is written is new, and the collector must be told of each such pair.
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (!this.settled) return;
      if (this.#outcome instanceof Rejection) reject(this.#outcome.error);
      else resolve(this.#outcome);
    });
  }

  answer(): unknown {
    if (!this.settled) {
      this.entry.takesLonger = true;
      return this.promise;
    }
    if (this.#outcome instanceof Rejection) throw this.#outcome.error;
    return this.#outcome;
  }

  get name(): string {
    return this.entry.name;
  }

  /** Begins to wait: the timeout runs from now, and an abort of the signal gives up. */
  arm(timeoutMs: number, signal: AbortSignal | undefined): void {
    this.target.kernel.timers.start(this, timeoutMs);
    if (signal !== undefined) this.#listen(signal);
  }

  #listen(signal: AbortSignal): void {
    const onAbort = (): void => this.giveUp(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#unlisten = () => signal.removeEventListener("abort", onAbort);
  }

  /** True if its caller waits no more, although nobody has answered. */
  get gaveUp(): boolean {
    return this.owner === GAVE_UP;
  }

  get caller(): ActorRef | undefined {
    return this.#origin?.caller.ref;
  }

  /** How long its caller still waits, in milliseconds. Looks at no clock where its time has not begun. */
  get leftMs(): number {
    return this.target.kernel.timers.leftMs(this);
  }

  get deadlineMs(): number {
    return this.target.kernel.timers.dueAt(this);
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.settled) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Answers. A second answer is a no-op: gives false. */
  resolve(value: unknown): boolean {
    const isFirst = this.settle();
    if (!isFirst) return false;
    if (this.#resolve === null) this.#outcome = value;
    else this.target.kernel.queue.tell(this.#resolve, value);
    return true;
  }

  /** Refuses. A second answer is a no-op: gives false. */
  reject(error: unknown): boolean {
    const isFirst = this.settle();
    if (!isFirst) return false;
    if (this.#reject === null) this.#outcome = new Rejection(error);
    else this.target.kernel.queue.tell(this.#reject, error);
    return true;
  }

  /** Aborts the handler's signal, if it was made: its process begins to end. */
  abort(reason: unknown): void {
    this.#controller?.abort(reason);
  }

  /** True if `error` only says that the caller has given up, and the handler stopped for that. */
  isCancelledBy(error: unknown): boolean {
    return this.settled && this.#controller !== null && isAbortOf(error, this.signal.reason);
  }

  override onTimer(ms: number): void {
    this.giveUp(new CallTimeout(this.target.label, this.name, ms));
  }

  /**
   * The circle this call would close: it waits for a process that itself waits, in the handler it
   * is in, for this very chain of calls. Null when there is none.
   */
  cycle(): CallCycle | null {
    const path: string[] = [this.target.label];
    let waiting: CallRequest | null = this;
    while (waiting !== null && waiting.#origin !== null) {
      const { caller, turn, chain }: Origin = waiting.#origin;
      path.unshift(caller.label);
      // The caller must still be in the handler that made the call: after replyWith or a plain
      // send it is free, and would answer.
      if (caller.current === null || caller.turn !== turn) return null;
      if ((caller as unknown) === this.target) return new CallCycle(path);
      waiting = chain;
    }
    return null;
  }

  /** Its caller waits no more: the handler's signal aborts. */
  giveUp(reason: unknown): void {
    if (!this.reject(reason)) return;
    this.owner = GAVE_UP;
    this.abort(reason);
  }

  /** Ends the wait: false if it had ended. What overrides `resolve` and `reject` begins with it. */
  protected settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    if (this.list !== null) this.target.kernel.timers.drop(this);
    if (this.#unlisten !== null) this.#unlisten();
    if (this.owner !== null) this.owner.delete(this);
    return true;
  }
}
