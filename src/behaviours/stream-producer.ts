// The producer of a stream: takes values from a generator, and gives them on as there is credit.
//
// Owns the pace (nothing is asked of the generator while the reader has no room), what gives way to later
// values (`progress`), the turns of the host in between, and the end of the generator in every case. Who
// reads, in this realm or another, is behind a StreamSink.

import { signalOf } from "../kernel/abort.js";
import { isAbortOf, printed } from "../kernel/exit-reason.js";
import type { Platform } from "../kernel/platform.js";
import { type Process, runAs } from "../kernel/process.js";
import { lateError } from "../kernel/told.js";
import type { Progress } from "./stream-handlers.js";
import type { Failure, OpenSink } from "./stream-sink.js";

class Mark {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/**
 * Marks a value that a stream handler yields as one of which only the latest counts: while nobody reads,
 * it gives way to a later one that is marked too, and it never makes the handler wait. Values that are
 * not marked are never dropped, and none overtakes another.
 *
 * @example
 * ```ts
 * async function* load(urls: string[], signal: AbortSignal) {
 *   for (const [done, url] of urls.entries()) {
 *     yield progress({ done, total: urls.length });
 *     yield await (await fetch(url, { signal })).text();
 *   }
 * }
 * const Loader = genServer({
 *   id: "loader",
 *   init: () => null,
 *   stream: { load: (self, urls: string[]) => load(urls, self.signal) },
 *   streams,
 * });
 * ```
 */
export function progress<Value>(value: Value): Progress<Value> {
  return new Mark(value) as unknown as Progress<Value>;
}

/** How long a stream may go on within one turn of the host, and how many values it may bring. */
const TURN_MS = 4;
/** For hosts whose clock stands still while code runs. */
const TURN_VALUES = 256;

/** A generator that never waits would keep the host from its turns, and nobody could ask it to stop. */
class Turns {
  readonly #platform: Platform;
  /** Settles in the host's next turn; null while nothing has come in this one. */
  #over: Promise<void> | null = null;
  #beganAt = 0;
  #values = 0;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** The generator is to go on: what to wait for if it had enough of this turn. */
  spent(): Promise<void> | null {
    const { now, macrotask } = this.#platform;
    if (this.#over === null) {
      this.#beganAt = now();
      this.#values = 0;
      this.#over = new Promise((resolve) => {
        macrotask(() => {
          this.#over = null;
          resolve();
        });
      });
      return null;
    }
    const isEnough = ++this.#values === TURN_VALUES || now() - this.#beganAt >= TURN_MS;
    return isEnough ? this.#over : null;
  }
}

/** Feeds a sink. One for each stream that is open. */
export class Producer {
  readonly #sink: OpenSink;
  #credit: number;
  /** Marked as progress, and there is no credit for it yet. */
  #held: Mark | null = null;
  #wake: () => void = () => {};

  constructor(sink: OpenSink) {
    this.#sink = sink;
    this.#credit = sink.credit;
  }

  /** The reader has room for `n` more values. */
  grant(n: number): void {
    this.#credit += n;
    this.#flush();
    this.#wake();
  }

  /**
   * Runs what `open` gives to its end, or until the signal of `process` aborts: then the sink is told of
   * `exit()` at once and the generator is closed. When this resolves, its `finally` has run. Never
   * rejects.
   */
  async run(process: Process, open: () => unknown, exit: () => Error): Promise<void> {
    const signal = signalOf(process);
    let source: AsyncIterator<unknown> | null = null;
    let closed: Promise<void> | undefined;
    const failedLate = (error: unknown): void => {
      if (!isAbortOf(error, signal.reason)) lateError(process, error);
    };
    const close = async (): Promise<void> => {
      try {
        // Behind the `next` in hand, if there is one: a generator queues what it is asked.
        await source?.return?.();
      } catch (error) {
        failedLate(error);
      }
    };
    const onAbort = (): void => {
      closed = close();
      this.#sink.end({ error: exit() });
      this.#wake();
    };
    let failure: Failure | null = null;
    try {
      if (signal.aborted) onAbort();
      else {
        source = iteratorOf(runAs(process, open));
        signal.addEventListener("abort", onAbort, { once: true });
        await this.#pump(process, source, signal);
      }
    } catch (error) {
      if (signal.aborted) failedLate(error);
      else failure = { error };
    }
    signal.removeEventListener("abort", onAbort);
    if (!signal.aborted) {
      this.#sink.end(failure);
      // What failed may be the sink: then the generator still stands at its `yield`.
      if (failure !== null) closed = close();
    }
    await closed;
  }

  async #pump(
    process: Process,
    source: AsyncIterator<unknown>,
    signal: AbortSignal,
  ): Promise<void> {
    const turns = new Turns(process.kernel.platform);
    const next = (): Promise<IteratorResult<unknown>> => source.next();
    for (;;) {
      // Never at once: it may compute for long, and a link sends the first frame of a turn at once and the
      // others a microtask later. The value before, or the reply that it was opened, may be one of those.
      await turns.spent();
      const { done, value } = await runAs(process, next);
      if (done) break;
      if (value instanceof Mark) {
        this.#held = value;
        this.#flush();
      } else {
        // Behind the progress before it; and what comes behind it may be no progress, so it waits too.
        if (this.#credit === 0) await this.#room(signal);
        if (signal.aborted) return;
        this.#credit--;
        this.#sink.put(value, false);
        if (this.#credit === 0) await this.#room(signal);
      }
      if (signal.aborted) return;
    }
    // The last progress is a value like others.
    while (this.#held !== null && !signal.aborted) await this.#woken();
  }

  #flush(): void {
    if (this.#held === null || this.#credit === 0) return;
    const { value } = this.#held;
    this.#held = null;
    this.#credit--;
    this.#sink.put(value, true);
  }

  async #room(signal: AbortSignal): Promise<void> {
    while (this.#credit === 0 && !signal.aborted) await this.#woken();
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function iteratorOf(source: unknown): AsyncIterator<unknown> {
  const held = source as Partial<AsyncIterable<unknown>> | null | undefined;
  if (typeof held?.[Symbol.asyncIterator] === "function") {
    return (held as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  }
  throw new TypeError(
    `The stream handler gave ${printed(source)}: it must give an async iterable, as an async generator does`,
  );
}
