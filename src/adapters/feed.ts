// A feed: what a link received, handed to the actor's own handler and to every subscription, in
// order, one value after the other.
//
// Owns the values that wait, the wait for an asynchronous handler and for consumers that block, and
// who is subscribed. It reads nothing: who pushes asks `busy` first, and reads on when `drained` is
// called. Lives in the actor's process: `push` and `info` run in its handlers only.

import type { Handle } from "../behaviours/server-handle.js";
import { Fifo } from "../kernel/fifo.js";
import type { Info } from "../kernel/process.js";
import { type Consumer, Join, Leave, Room } from "./subscription.js";

/** Takes each value; a promise holds back the next one; a throw or a rejection crashes the actor. */
export type FeedHandler<T> = (value: T) => unknown;

class Handled {
  readonly feed: unknown;
  readonly failure: { readonly error: unknown } | null;
  constructor(feed: unknown, failure: { readonly error: unknown } | null) {
    this.feed = feed;
    this.failure = failure;
  }
}

/** The feed of one adapter process. */
export class Feed<T> {
  readonly #ref: Handle;
  readonly #handler: FeedHandler<T> | undefined;
  readonly #drained: () => void;
  readonly #waiting: Fifo<T> = new Fifo();
  readonly #consumers: Set<Consumer<unknown>> = new Set();
  #handling = false;
  /** How it ended; those who subscribe later end in the same way. */
  #end: { readonly error: unknown } | "done" | null = null;

  /** `drained` is called when a feed that was busy is not any more. */
  constructor(self: { ref: Handle }, handler: FeedHandler<T> | undefined, drained: () => void) {
    this.#ref = self.ref;
    this.#handler = handler;
    this.#drained = drained;
  }

  /** True while something waits or is being handled: do not read on. */
  get busy(): boolean {
    return this.#handling || this.#waiting.size > 0;
  }

  /** The values that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Hands a value over as soon as those before it are handled. */
  push(value: T): void {
    this.#waiting.put(value);
    this.#pump();
  }

  /** To be called with every info message. True if it was one of the feed's own. */
  info(message: Info): boolean {
    if (message.type !== "message") return false;
    const own = message.message;
    const wasBusy = this.busy;
    if (own instanceof Handled) {
      if (own.feed !== this) return true;
      this.#handling = false;
      if (own.failure !== null) throw own.failure.error;
    } else if (own instanceof Join) {
      if (this.#end !== null) own.consumer.finish(this.#end);
      else this.#consumers.add(own.consumer);
      return true;
    } else if (own instanceof Leave) this.#consumers.delete(own.consumer);
    else if (!(own instanceof Room)) return false;
    this.#pump();
    if (wasBusy && !this.busy) this.#drained();
    return true;
  }

  /**
   * Ends every subscription behind what waits for it, and those that join until `resume`: with an
   * error, or without one.
   */
  finish(end: { readonly error: unknown } | "done"): void {
    this.#end = end;
    for (const consumer of this.#consumers) {
      // What came before the end belongs to the consumer, whatever its policy about room.
      for (const value of this.#waiting) consumer.offer(value);
      consumer.finish(end);
    }
    this.#consumers.clear();
  }

  /** There is more to come after all. */
  resume(): void {
    this.#end = null;
  }

  #pump(): void {
    while (!this.#handling && this.#waiting.size > 0) {
      if (this.#isBlocked()) return;
      const value = this.#waiting.take();
      for (const consumer of this.#consumers) consumer.offer(value);
      const result = this.#handler?.(value) as PromiseLike<unknown> | undefined;
      if (typeof result?.then !== "function") continue;
      this.#handling = true;
      result.then(
        () => this.#ref.send(new Handled(this, null)),
        (error: unknown) => this.#ref.send(new Handled(this, { error })),
      );
    }
  }

  #isBlocked(): boolean {
    let blocked = false;
    // All are asked, because each one that is full has to know that it is waited for.
    for (const consumer of this.#consumers) if (consumer.isBlocking) blocked = true;
    return blocked;
  }
}
