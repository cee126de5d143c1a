// A subscription: what an actor receives, as an AsyncIterable outside of it.
//
//   link ──► Feed (feed.ts, in the actor) ──► Subscription (bounded queue) ──► for await
//
// Owns the queue of one consumer, its overflow policy, and its way in and out: it joins the actor by
// a message, follows a handle to the next incarnation, and leaves when the consumer breaks. Lost
// links are the actor's matter: a subscription outlives them. It conflates nothing.

import { asyncDispose } from "../kernel/disposal.js";
import { ActorError, ActorExit, checkCount } from "../kernel/errors.js";
import { type ExitReason, isNormalReason, printed } from "../kernel/exit-reason.js";
import { Fifo } from "../kernel/fifo.js";
import { deliverInfo } from "../kernel/inbox.js";
import { remove } from "../kernel/list.js";
import { type Monitor, type Process, watch } from "../kernel/process.js";
import type { Ref } from "../kernel/ref.js";

/**
 * What happens to a value that finds a consumer's queue full.
 * - `block`: the actor waits for room before it goes on, and everybody with it: backpressure.
 * - `dropOldest`, `dropNewest`: one value is lost, and counted in `dropped`.
 * - `fail`: the iteration throws {@link SubscriptionFull} after what was queued.
 */
export type SubscriptionOverflow = "block" | "dropOldest" | "dropNewest" | "fail";

/** Options of a subscription. */
export interface SubscribeOptions {
  /** Ends the iteration: it throws the signal's reason, and what waits is dropped. */
  readonly signal?: AbortSignal | undefined;
  /** How many values may wait for the consumer: 1 or more, or `Infinity`. */
  readonly max?: number | undefined;
  /** What a full queue does with the next value. Each handle's method names its default. */
  readonly overflow?: SubscriptionOverflow | undefined;
}

/** Values as they come, from the moment it was made. Iterate it once. */
export interface Subscription<T> extends AsyncIterableIterator<T>, AsyncDisposable {
  /** Values that were lost to `dropOldest` or `dropNewest`. */
  readonly dropped: number;
  /** Values that wait for the consumer. */
  readonly size: number;
  /** The next value; rejects once with what ended the iteration, if that was an error. */
  next(): Promise<IteratorResult<T, undefined>>;
  /** Unsubscribes and drops what waits, as `break` does. */
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): Subscription<T>;
}

/** A consumer with overflow policy `fail` was too slow: what came after its queue is lost to it. */
export class SubscriptionFull extends ActorError {
  override readonly name: string = "SubscriptionFull";
  readonly code: "subscription-full" = "subscription-full";
  /** How many values may wait. */
  readonly max: number;

  constructor(max: number) {
    super(
      `Cannot queue a value for a slow consumer: ${max} of ${max} wait already; read faster, raise ` +
        'max, or choose overflow "dropOldest", "dropNewest" or "block"',
    );
    this.max = max;
  }
}

/** To an actor: this consumer joins. */
export class Join {
  readonly consumer: Consumer<unknown>;
  constructor(consumer: Consumer<unknown>) {
    this.consumer = consumer;
  }
}
/** To an actor: this consumer leaves. */
export class Leave {
  readonly consumer: Consumer<unknown>;
  constructor(consumer: Consumer<unknown>) {
    this.consumer = consumer;
  }
}
/** To an actor: a consumer that held it up has room again. */
export class Room {}

const POLICIES: readonly unknown[] = ["block", "dropOldest", "dropNewest", "fail"];
const DONE: IteratorResult<never, undefined> = { done: true, value: undefined };

/**
 * Subscribes to what an actor receives. For the handles of adapters: `handle.events(options)`.
 *
 * The iteration ends when the actor ends in order (what still waits is dropped: nothing comes after
 * a stop), throws {@link ActorExit} when it crashed for good, and goes on with the next incarnation
 * when `ref` is a handle that follows restarts.
 *
 * @throws RangeError when `max` or `overflow` is out of its range; TypeError for a wrong `signal`.
 */
export function subscribe<T>(
  ref: Ref,
  options: SubscribeOptions,
  defaults: { readonly max: number; readonly overflow: SubscriptionOverflow },
): Subscription<T> {
  const { max = defaults.max, overflow = defaults.overflow } = options;
  const signal = options.signal ?? ref.options?.signal;
  checkCount("max", max, 1);
  if (!POLICIES.includes(overflow)) {
    throw new RangeError(
      `overflow is ${printed(overflow)}: it must be one of ${POLICIES.join(", ")}`,
    );
  }
  if (signal !== undefined && typeof signal.addEventListener !== "function") {
    throw new TypeError(`signal is ${printed(signal)}: it must be an AbortSignal`);
  }
  return new Consumer<T>(ref, max, overflow, signal);
}

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/** The two sides of a {@link Subscription}: the consumer's, and below it the feed's. */
export class Consumer<T> implements Subscription<T> {
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
  readonly #ref: Ref;
  readonly #max: number;
  readonly #overflow: SubscriptionOverflow;
  readonly #signal: AbortSignal | undefined;
  readonly #queue: Fifo<T> = new Fifo();
  #waiters: Waiter<T>[] = [];
  /** Set once nothing more comes: how the iteration ends after the queue. */
  #end: { readonly error: unknown } | "done" | null = null;
  #process: Process | null = null;
  #monitor: Monitor | null = null;
  #dropped = 0;
  #holdsUp = false;
  readonly #onAbort = (): void => {
    this.#queue.clear();
    this.finish({ error: this.#signal?.reason });
  };

  constructor(
    ref: Ref,
    max: number,
    overflow: SubscriptionOverflow,
    signal: AbortSignal | undefined,
  ) {
    this.#ref = ref;
    this.#max = max;
    this.#overflow = overflow;
    this.#signal = signal;
    this[asyncDispose] = async () => void (await this.return());
    if (signal?.aborted) {
      this.#end = { error: signal.reason };
      return;
    }
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    const { process } = ref.target;
    if (process !== null && process.ending === null) this.#join(process);
    else this.#left("noproc");
  }

  get dropped(): number {
    return this.#dropped;
  }

  get size(): number {
    return this.#queue.size;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.#queue.size > 0) {
        resolve({ done: false, value: this.#queue.take() });
        this.#tellRoom();
      } else if (this.#end === null) this.#waiters.push({ resolve, reject });
      else this.#settle({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#queue.clear();
    this.finish("done");
    // Whoever breaks does not want the error that was still to come.
    this.#end = "done";
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** For the feed: whether it must wait before it offers the next value. Asking is being told. */
  get isBlocking(): boolean {
    this.#holdsUp = this.#overflow === "block" && this.#queue.size >= this.#max;
    return this.#holdsUp;
  }

  /** For the feed: hands over a value. */
  offer(value: T): void {
    if (this.#end !== null) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) waiter.resolve({ done: false, value });
    else if (this.#queue.size < this.#max || this.#overflow === "block") this.#queue.put(value);
    else if (this.#overflow === "fail") this.finish({ error: new SubscriptionFull(this.#max) });
    else {
      this.#dropped++;
      if (this.#overflow === "dropNewest") return;
      this.#queue.take();
      this.#queue.put(value);
    }
  }

  /** For the feed: nothing more comes; what is queued is still delivered. Idempotent. */
  finish(end: { readonly error: unknown } | "done"): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    if (this.#monitor !== null) remove(this.#monitor);
    this.#monitor = null;
    this.#tell(new Leave(this as Consumer<unknown>));
    this.#process = null;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) this.#settle(waiter);
  }

  #join(process: Process): void {
    this.#process = process;
    const monitor = watch(process, (reason) => this.#left(reason));
    if (this.#process !== process) return;
    this.#monitor = monitor;
    this.#tell(new Join(this as Consumer<unknown>));
  }

  #left(reason: ExitReason): void {
    this.#process = null;
    this.#monitor = null;
    if (this.#end !== null) return;
    const { target } = this.#ref;
    target.whenLive((process) => {
      if (this.#end !== null) return;
      if (process === null) this.#over(reason);
      else this.#join(process);
    });
  }

  #over(reason: ExitReason): void {
    if (isNormalReason(reason)) {
      this.#queue.clear();
      this.finish("done");
      return;
    }
    const process = this.#ref.target.label;
    this.finish({ error: new ActorExit({ action: `read from ${process}`, process, reason }) });
  }

  #settle({ resolve, reject }: Waiter<T>): void {
    if (this.#end === "done" || this.#end === null) resolve(DONE);
    else {
      const { error } = this.#end;
      // An iteration throws once; after that it is done, like a generator's.
      this.#end = "done";
      reject(error);
    }
  }

  #tellRoom(): void {
    if (!this.#holdsUp || this.#queue.size >= this.#max) return;
    this.#holdsUp = false;
    this.#tell(new Room());
  }

  #tell(message: Join | Leave | Room): void {
    if (this.#process !== null) deliverInfo(this.#process, { type: "message", message });
  }
}
