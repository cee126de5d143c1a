// mailbox: a queue between senders and a reader, usable alone.
//
// Owns the queue, those who wait for room and those who wait for a message, and the close (M-1 to
// M-3). It belongs to no process: whoever reads may crash, and another may go on reading; only the
// message in hand is lost then. What a user reads of it is mailbox-face.ts;
// mailboxes of processes are inbox.ts and bound.ts.

import type { Overflow } from "./bound.js";
import { dispose } from "./disposal.js";
import { CallTimeout, checkMs, checkSignal, MailboxClosed, MailboxFull } from "./errors.js";
import { printed } from "./exit-reason.js";
import { Fifo } from "./fifo.js";
import type { Mailbox, SendOptions, StandaloneOptions } from "./mailbox-face.js";
import type { HostTimer } from "./platform.js";

/**
 * Makes a mailbox that belongs to nobody.
 *
 * @example
 * ```ts
 * const urls = mailbox<string>({ max: 10 });
 * await urls.cast("/a.json"); // waits while ten are queued
 * for await (const url of urls) await fetch(url);
 * ```
 *
 * **When not to use it.** A server has a mailbox already: bound it with `mailbox: { max }`.
 *
 * @throws RangeError for a `max` that is no whole number of 0 or more, TypeError for an unknown policy.
 * Source: the Go library `sup`.
 */
export function mailbox<T>(options: StandaloneOptions = {}): Mailbox<T> {
  const { max = Infinity, overflow = "block" } = options;
  if (options.max !== undefined && (!Number.isInteger(max) || max < 0)) {
    throw new RangeError(
      `max is ${printed(max)}: it must be a whole number, 0 or more; leave it out for no bound`,
    );
  }
  if (!["reject", "dropNewest", "dropOldest", "block"].includes(overflow)) {
    throw new TypeError(
      `overflow is ${printed(overflow)}: it must be "reject", "dropNewest", "dropOldest" or "block"`,
    );
  }
  return new StandaloneMailbox<T>(max, overflow, options.name ?? "mailbox", options.platform);
}

/** One message on its way, and how its sender is told. */
class Letter<T> {
  readonly message: T;
  /** It stands in the queue now. */
  waits = false;
  queued: (() => void) | null = null;
  refused: ((error: unknown) => void) | null = null;
  constructor(message: T) {
    this.message = message;
  }
}

class StandaloneMailbox<T> implements Mailbox<T> {
  readonly capacity: number;
  readonly #overflow: Overflow;
  readonly #name: string;
  readonly #platform: StandaloneOptions["platform"];
  readonly #queue: Fifo<Letter<T>> = new Fifo();
  #blocked: Letter<T>[] = [];
  #readers: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #size = 0;
  #closed = false;

  constructor(
    max: number,
    overflow: Overflow,
    name: string,
    platform: StandaloneOptions["platform"],
  ) {
    this.capacity = max;
    this.#overflow = overflow;
    this.#name = name;
    this.#platform = platform;
  }

  get size(): number {
    return this.#size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  cast(message: T, options: SendOptions = {}): Promise<boolean> {
    this.#check(options);
    const refusal = this.#refusal("queue a message", options);
    if (refusal !== null) return Promise.reject(refusal.error);
    const letter = new Letter(message);
    const outcome = this.#admit(letter);
    if (outcome !== "full") return Promise.resolve(outcome === "queued");
    if (this.#overflow !== "block") return Promise.reject(this.#full());
    this.#blocked.push(letter);
    return this.#waiting(letter, "cast", options, (resolve) => {
      letter.queued = () => resolve(true);
    });
  }

  tryCast(message: T): boolean {
    if (this.#closed) throw new MailboxClosed(`queue a message for ${this.#name}`);
    const outcome = this.#admit(new Letter(message));
    if (outcome === "full") throw this.#full();
    return outcome === "queued";
  }

  call<Reply>(
    make: (reply: (value: Reply) => void) => T,
    options: SendOptions = {},
  ): Promise<Reply> {
    return this.#call(make, options, this.#overflow === "block");
  }

  tryCall<Reply>(
    make: (reply: (value: Reply) => void) => T,
    options: SendOptions = {},
  ): Promise<Reply> {
    return this.#call(make, options, false);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const blocked = this.#blocked;
    this.#blocked = [];
    for (const { refused } of blocked) refused?.(new MailboxClosed(`wait for ${this.#name}`));
    const readers = this.#readers;
    this.#readers = [];
    for (const read of readers) read({ done: true, value: undefined });
  }

  [dispose](): void {
    this.close();
  }

  // Leaving a `for await` closes nothing: another reader may go on.
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return { next: () => this.#next() };
  }

  read({ signal }: { readonly signal: AbortSignal }): AsyncIterable<T> {
    checkSignal(signal);
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#next(signal) }) };
  }

  #next(signal?: AbortSignal): Promise<IteratorResult<T, undefined>> {
    if (signal?.aborted) return Promise.resolve({ done: true, value: undefined });
    let letter = this.#take();
    // A rendezvous: the sender has waited for this reader.
    if (letter === null) letter = this.#blocked.shift() ?? null;
    if (letter !== null) {
      letter.queued?.();
      this.#refill();
      return Promise.resolve({ done: false, value: letter.message });
    }
    if (this.#closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      if (signal === undefined) {
        this.#readers.push(resolve);
        return;
      }
      const leave = (): void => {
        this.#readers = this.#readers.filter((other) => other !== read);
        resolve({ done: true, value: undefined });
      };
      const read: typeof resolve = (result) => {
        signal.removeEventListener("abort", leave);
        resolve(result);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#readers.push(read);
    });
  }

  #take(): Letter<T> | null {
    while (this.#queue.size > 0) {
      const letter = this.#queue.take();
      // One that was given up is still in the queue, but no longer counted.
      if (!letter.waits) continue;
      letter.waits = false;
      this.#size--;
      return letter;
    }
    return null;
  }

  #put(letter: Letter<T>): void {
    letter.waits = true;
    this.#size++;
    this.#queue.put(letter);
  }

  #refill(): void {
    while (this.#blocked.length > 0 && this.#size < this.capacity) {
      const letter = this.#blocked.shift() as Letter<T>;
      this.#put(letter);
      letter.queued?.();
    }
  }

  #admit(letter: Letter<T>): "queued" | "dropped" | "full" {
    const read = this.#readers.shift();
    if (read !== undefined) read({ done: false, value: letter.message });
    else if (this.#size < this.capacity) this.#put(letter);
    else if (this.#overflow === "dropNewest") return "dropped";
    else if (this.#overflow === "dropOldest" && this.capacity > 0) {
      this.#take()?.refused?.(this.#full());
      this.#put(letter);
    } else return "full";
    return "queued";
  }

  #call<Reply>(
    make: (reply: (value: Reply) => void) => T,
    options: SendOptions,
    waitsForRoom: boolean,
  ): Promise<Reply> {
    this.#check(options);
    if (typeof make !== "function") {
      throw new TypeError(
        `make is ${printed(make)}: it must be a function that builds the message around reply`,
      );
    }
    const refusal = this.#refusal("call", options);
    if (refusal !== null) return Promise.reject(refusal.error);
    let answer!: (value: Reply) => void;
    const letter = new Letter(make((value) => answer(value)));
    const promise = this.#waiting<Reply>(letter, "call", options, (resolve) => {
      answer = resolve;
    });
    const outcome = this.#admit(letter);
    if (outcome === "full" && waitsForRoom) this.#blocked.push(letter);
    else if (outcome !== "queued") letter.refused?.(this.#full());
    return promise;
  }

  /** The promise of a sender who waits, and its ways out. */
  #waiting<Value>(
    letter: Letter<T>,
    action: string,
    { signal, timeoutMs }: SendOptions,
    begin: (resolve: (value: Value) => void) => void,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      let timer: HostTimer | null = null;
      const settle = (): void => {
        letter.refused = null;
        if (timer !== null) this.#platform?.clearTimer(timer);
        timer = null;
        signal?.removeEventListener("abort", onAbort);
      };
      const giveUp = (error: unknown): void => {
        this.#withdraw(letter);
        settle();
        reject(error);
      };
      const onAbort = (): void => giveUp(signal?.reason);
      letter.refused = (error) => {
        settle();
        reject(error);
      };
      begin((value) => {
        settle();
        resolve(value);
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      if (timeoutMs !== undefined && timeoutMs !== Infinity) {
        const why = action === "cast" ? "there was no room" : "no reply came";
        timer = this.#platform?.setTimer(
          () => giveUp(new CallTimeout(this.#name, action, timeoutMs, why)),
          timeoutMs,
        );
      }
    });
  }

  #withdraw(letter: Letter<T>): void {
    if (letter.waits) {
      letter.waits = false;
      this.#size--;
      this.#refill();
    } else this.#blocked = this.#blocked.filter((other) => other !== letter);
  }

  #refusal(action: string, { signal }: SendOptions): { error: unknown } | null {
    if (signal?.aborted) return { error: signal.reason };
    return this.#closed ? { error: new MailboxClosed(`${action} on ${this.#name}`) } : null;
  }

  #check({ timeoutMs }: SendOptions): void {
    if (timeoutMs === undefined) return;
    checkMs("timeoutMs", timeoutMs, true);
    if (this.#platform === undefined && timeoutMs !== Infinity) {
      throw new TypeError(
        `timeoutMs is ${timeoutMs}, and ${this.#name} has no clock: make it with { platform }, or ` +
          `pass a signal such as AbortSignal.timeout(${timeoutMs})`,
      );
    }
  }

  #full(): MailboxFull {
    return new MailboxFull(this.#name, this.capacity, "wait for room with cast or call");
  }
}
