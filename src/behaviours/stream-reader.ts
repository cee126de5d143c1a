// The reader of a stream: what `for await` reads.
//
// Owns the values that have come and were not read yet, whoever waits for the next one, and the end, from
// either side. It opens the stream when it is first read from, and knows its producer as a StreamSource
// only: in this realm or another.

import { asyncDispose } from "../kernel/disposal.js";
import { Fifo } from "../kernel/fifo.js";
import { remove } from "../kernel/list.js";
import { type Monitor, type Process, watch } from "../kernel/process.js";
import { type Failure, type OpenSink, STREAM_CREDIT, type StreamSource } from "./stream-sink.js";

type Result = IteratorResult<unknown, void>;
const DONE: Result = { done: true, value: undefined };

interface Item {
  value: unknown;
  readonly isProgress: boolean;
}

interface Waiter {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** One reading of a stream. */
export interface StreamReader extends AsyncGenerator<unknown, void, undefined>, OpenSink {}

/**
 * Makes the reader of a stream. `open` sends the request that opens it, once, and rejects if that failed.
 * `signal` gives up, and so does the end of `owner`: the actor that reads, where it is known.
 */
export function streamReader(
  open: (reader: StreamReader) => Promise<unknown>,
  signal: AbortSignal | undefined,
  owner: Process | null,
): StreamReader {
  return new Reader(open, signal, owner);
}

class Reader implements StreamReader {
  readonly [Symbol.toStringTag]: string = "Stream";
  readonly credit: number = STREAM_CREDIT;
  readonly #open: (reader: StreamReader) => Promise<unknown>;
  readonly #signal: AbortSignal | undefined;
  readonly #owner: Process | null;
  readonly #items: Fifo<Item> = new Fifo();
  /** The newest of them. */
  #last: Item | null = null;
  readonly #waiters: Fifo<Waiter> = new Fifo();
  #source: StreamSource | null = null;
  #isOpened = false;
  #isOver = false;
  /** To be thrown once, behind the items. */
  #failure: Failure | null = null;
  #watching: Monitor | null = null;
  readonly #onAbort = (): void => this.#leave({ error: this.#signal?.reason });

  constructor(
    open: (reader: StreamReader) => Promise<unknown>,
    signal: AbortSignal | undefined,
    owner: Process | null,
  ) {
    this.#open = open;
    this.#signal = signal;
    this.#owner = owner;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  attach(source: StreamSource): void {
    this.#source = source;
    const signal = this.#signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (this.#owner !== null) this.#watching = watch(this.#owner, () => this.#leave(null));
    if (signal?.aborted) this.#onAbort();
  }

  put(value: unknown, isProgress: boolean): void {
    if (this.#isOver) return;
    if (this.#waiters.size > 0) {
      this.#waiters.take().resolve({ done: false, value });
      this.#source?.took(1);
    } else if (isProgress && this.#last?.isProgress) {
      this.#last.value = value;
      this.#source?.replaced();
    } else {
      this.#last = { value, isProgress };
      this.#items.put(this.#last);
    }
  }

  end(failure: Failure | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    this.#source = null;
    if (this.#owner !== null && this.#watching !== null) remove(this.#watching);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    while (this.#waiters.size > 0) {
      const { resolve, reject } = this.#waiters.take();
      const failed = this.#takeFailure();
      if (failed === null) resolve(DONE);
      else reject(failed.error);
    }
  }

  next(): Promise<Result> {
    if (!this.#isOpened && !this.#isOver) {
      this.#isOpened = true;
      this.#open(this).catch((error) => {
        // Where it was open already, its end has been told, behind the values that wait.
        if (!this.#isOver) this.#leave({ error });
      });
    }
    if (this.#items.size > 0) {
      const item = this.#items.take();
      if (item === this.#last) this.#last = null;
      this.#source?.took(1);
      return Promise.resolve({ done: false, value: item.value });
    }
    if (this.#isOver) {
      const failed = this.#takeFailure();
      return failed === null ? Promise.resolve(DONE) : Promise.reject(failed.error);
    }
    return new Promise((resolve, reject) => {
      this.#waiters.put({ resolve, reject });
    });
  }

  /** Leaves the stream: its signal aborts. It does not wait for the generator, which may take its time. */
  return(value?: unknown): Promise<Result> {
    this.#leave(null);
    return Promise.resolve({ done: true, value: value as undefined });
  }

  throw(error: unknown): Promise<Result> {
    this.#leave(null);
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [asyncDispose](): Promise<void> {
    this.#leave(null);
  }

  #takeFailure(): Failure | null {
    const failure = this.#failure;
    this.#failure = null;
    return failure;
  }

  /** Nothing more is read: what has come is dropped. */
  #leave(failure: Failure | null): void {
    const source = this.#source;
    this.#items.clear();
    this.#last = null;
    if (this.#isOver) this.#failure = null;
    else this.end(failure);
    source?.stop();
  }
}
