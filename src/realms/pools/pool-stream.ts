// Streams through a pool: one reader, and whichever worker was asked last.
//
//   reader ◄── PooledStream ◄── sink of the last attempt ◄── link ◄── generator in a worker
//
// Owns what stands between both: a stream whose worker ends before it was open may be opened at another,
// and the reader notices nothing. Who is asked, and what is a loss, is pool-jobs.ts.

import type { Failure, OpenSink, StreamSource } from "../../behaviours/stream-sink.js";

/** Who asked for a stream, and hears what becomes of it. */
export interface StreamWatch {
  /** It is over, by itself. `tell` is called with what its reader is to be told. */
  ended(failure: Failure | null, tell: (failure: Failure | null) => void): void;
  /** Its reader has left, and the worker knows. */
  stopped(): void;
}

/** The stream of one job. */
export class PooledStream implements StreamSource {
  /** Who hears of the last attempt; null once that has failed. */
  watch: StreamWatch | null = null;
  /** True once a value has come: the stream cannot begin anew. */
  hasBegun = false;
  readonly #reader: OpenSink;
  #source: StreamSource | null = null;
  #isAttached = false;

  constructor(reader: OpenSink) {
    this.#reader = reader;
  }

  /** The sink of another attempt, whose `watch` is set next: what earlier ones still tell goes nowhere. */
  open(): OpenSink {
    const reader = this.#reader;
    let watch: StreamWatch | null = null;
    const isLast = (): boolean => {
      watch ??= this.watch;
      return watch !== null && watch === this.watch;
    };
    return {
      credit: reader.credit,
      get isOver() {
        return reader.isOver;
      },
      attach: (source) => {
        if (!isLast()) return;
        this.#source = source;
        if (this.#isAttached) return;
        this.#isAttached = true;
        reader.attach(this);
      },
      put: (value, isProgress) => {
        if (!isLast()) return;
        this.hasBegun = true;
        reader.put(value, isProgress);
      },
      end: (failure) => {
        if (isLast()) watch?.ended(failure, (told) => reader.end(told));
      },
      stopped: () => {
        if (isLast()) watch?.stopped();
      },
    };
  }

  took(n: number): void {
    this.#source?.took(n);
  }

  replaced(): void {
    this.#source?.replaced();
  }

  stop(): void {
    this.#source?.stop();
  }
}
