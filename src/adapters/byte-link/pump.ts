// The reader pump of a byte link: one long-lived read loop and one long-lived writer (SER-3).
//
//   duplex.readable ──► read loop ──► onChunk        every chunk, in order
//        ▲                  │
//        └── new stream ────┴──► onRecoverableError  SER-2: break, framing, parity, overrun
//   write(bytes) ──► writer ──► duplex.writable
//
// Owns both locks, the order of closing and its limit in time. It neither frames nor reconnects: its
// owner gets the bytes, and learns of the end exactly once, when the link has been released.

import { checkCount, checkMs } from "../../kernel/errors.js";
import type { ByteDuplex, LinkTimers } from "./byte-duplex.js";
import { classifyLinkError, isRecoverableReadError } from "./classify.js";
import { LinkError } from "./errors.js";

/** Options of {@link startPump}. */
export interface PumpOptions {
  /**
   * Called with every chunk that is not empty. The chunk belongs to it. A promise holds back the
   * next read until it settled. A throw or a rejection ends the pump with it as the cause.
   */
  onChunk(bytes: Uint8Array): void | PromiseLike<void>;
  /**
   * Called with a read error after which the line goes on (SER-2): fail the request in flight and
   * drop half a frame, no more.
   */
  onRecoverableError?: ((error: unknown) => void) | undefined;
  /**
   * Called exactly once, after the link was released (or `closeTimeoutMs` passed): a new attempt
   * cannot meet this one's port still open. With the error that ended the link, or `undefined` when
   * the far end closed it or `close` was called.
   */
  onEnd(error: LinkError | undefined): void;
  /** Whose timers limit the closing: a `Platform`, usually. */
  readonly timers: LinkTimers;
  /** The limit of the whole closing, in milliseconds. Default 1,000. */
  readonly closeTimeoutMs?: number | undefined;
  /**
   * So many recoverable errors in a row without a byte between them end the link: a floating line
   * or a wrong baud rate makes nothing else. Default 64.
   */
  readonly maxErrorsInARow?: number | undefined;
}

/** What a pump has moved. */
export interface PumpStats {
  /** Bytes that came. */
  readonly bytesIn: number;
  /** Bytes that the transport took. */
  readonly bytesOut: number;
  /** Chunks that came. */
  readonly chunksIn: number;
  /** Errors of the line (framing, parity, an overrun) that the link outlived. */
  readonly recoverableErrors: number;
}

/** A running pump. */
export interface Pump {
  /**
   * Sends `bytes` after all that was written before. Resolves when the transport took them. Leave
   * them unchanged until then. Rejects with a `LinkError` once the link ended: whether the far end
   * got them is unknown then. Rejects with a TypeError for what is no `Uint8Array`.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Ends the pump and closes the link: cancels the reader, awaits the loop, releases its lock,
   * closes the writer (aborts it if writes wait), releases it, closes the duplex. Idempotent; never
   * rejects; resolves within `closeTimeoutMs`.
   */
  close(reason?: unknown): Promise<void>;
  /** The counters, as they are now. */
  readonly stats: PumpStats;
}

/**
 * Starts to read a link, and takes it over: the pump closes it.
 *
 * @throws TypeError when a callback or the timers are missing.
 * @throws RangeError when `closeTimeoutMs` or `maxErrorsInARow` is out of range.
 *
 * @example
 * ```ts
 * const { platform: timers } = virtualPlatform(); // in an actor: self.platform
 * const { near } = memoryDuplexPair();
 * const pump = startPump(near, {
 *   timers,
 *   onChunk: (bytes) => console.log(bytes),
 *   onRecoverableError: (error) => console.log("the line was noisy", error),
 *   onEnd: (error) => console.log("the link is gone", error),
 * });
 * await pump.write(Uint8Array.of(1, 2, 3));
 * await pump.close();
 * ```
 */
export function startPump(duplex: ByteDuplex, options: PumpOptions): Pump {
  const { timers, closeTimeoutMs = 1_000, maxErrorsInARow = 64 } = options;
  checkCallbacks(options);
  checkMs("closeTimeoutMs", closeTimeoutMs);
  checkCount("maxErrorsInARow", maxErrorsInARow, 1);

  const stats = { bytesIn: 0, bytesOut: 0, chunksIn: 0, recoverableErrors: 0 };
  const pendingWrites = new Set<(error: LinkError) => void>();
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  let ending: Promise<void> | undefined;
  let failure: LinkError | undefined;
  let handling: void | PromiseLike<void>;
  let drainTimer: unknown;

  const loop = readAll().catch(receiverError);
  loop.then((error) => end(error));
  duplex.closed?.then(drainThenEnd, drainThenEnd);

  return { write, close: (reason) => end(undefined, reason), stats };

  /** Reads stream after stream to the end of the link. Gives what ended it; never rejects. */
  async function readAll(): Promise<LinkError | undefined> {
    let previous: unknown;
    let errorsInARow = 0;
    let lastError: unknown;
    while (ending === undefined) {
      let current: ReadableStreamDefaultReader<Uint8Array>;
      try {
        const stream: ReadableStream<Uint8Array> | null = duplex.readable;
        // No stream, or the failed one again: the port did not recover after all.
        if (stream === null || stream === previous) return lostError("read from", lastError);
        previous = stream;
        current = stream.getReader();
      } catch (error) {
        return classifyLinkError(error, { action: "read from the link" });
      }
      reader = current;
      try {
        for (;;) {
          const { done, value } = await current.read();
          if (done || ending !== undefined) return undefined;
          if (value.byteLength === 0) continue;
          errorsInARow = 0;
          stats.chunksIn += 1;
          stats.bytesIn += value.byteLength;
          try {
            // Only a promise is awaited: a turn for each chunk would cost more than the chunk.
            handling = options.onChunk(value);
            if (handling !== undefined) await handling;
            handling = undefined;
          } catch (error) {
            return receiverError(error);
          }
        }
      } catch (error) {
        if (ending !== undefined) return undefined;
        lastError = error;
        errorsInARow += 1;
        if (!isRecoverableReadError(error) || errorsInARow > maxErrorsInARow) {
          return classifyLinkError(error, { action: "read from the link" });
        }
        stats.recoverableErrors += 1;
        options.onRecoverableError?.(error);
      } finally {
        current.releaseLock();
        reader = undefined;
      }
    }
    return undefined;
  }

  /**
   * The transport says that it is gone. What it delivered before is still read: a timer of 0 ms
   * runs after all that is queued was handed over, and again while chunks keep coming. A receiver
   * that takes its time is waited for, as the chunks behind the one in its hands wait too.
   */
  function drainThenEnd(reason: unknown): void {
    if (ending !== undefined) return;
    const seen = stats.chunksIn;
    const again = () => drainThenEnd(reason);
    drainTimer = timers.setTimer(() => {
      if (handling !== undefined) handling.then(again, again);
      else if (stats.chunksIn !== seen) again();
      else end(reason instanceof Error ? classifyLinkError(reason) : undefined, reason);
    }, 0);
  }

  function write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!(bytes instanceof Uint8Array)) {
        throw new TypeError(`Cannot write ${typeof bytes} to a link: it takes a Uint8Array`);
      }
      if (ending !== undefined) throw failure ?? closedError();
      const fail = (error: unknown) => {
        pendingWrites.delete(reject);
        const linkError = classifyLinkError(error, { action: "write to the link" });
        reject(linkError);
        end(linkError);
      };
      pendingWrites.add(reject);
      try {
        // One writer for the life of the link: the stream itself keeps the order of writes.
        writer ??= openWriter();
        writer.write(bytes).then(() => {
          if (!pendingWrites.delete(reject)) return;
          stats.bytesOut += bytes.byteLength;
          resolve();
        }, fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  function openWriter(): WritableStreamDefaultWriter<Uint8Array> {
    const stream: WritableStream<Uint8Array> | null = duplex.writable;
    if (stream === null) throw lostError("write to");
    return stream.getWriter();
  }

  function end(error: LinkError | undefined, reason: unknown = error): Promise<void> {
    if (ending === undefined) {
      failure = error;
      // A turn later, so that whatever `shutDown` touches finds `ending` set.
      ending = Promise.resolve().then(() => shutDown(reason));
    }
    return ending;
  }

  async function shutDown(reason: unknown): Promise<void> {
    if (drainTimer !== undefined) timers.clearTimer(drainTimer);
    const wasWriting = pendingWrites.size > 0;
    for (const reject of pendingWrites) reject(failure ?? closedError());
    pendingWrites.clear();

    let deadline: unknown;
    const expired = new Promise<void>((resolve) => {
      deadline = timers.setTimer(resolve, closeTimeoutMs);
    });
    // Each step is begun even when the time is up; it is only no longer waited for.
    const step = (run: () => unknown): Promise<unknown> => {
      const work = (async () => run())().catch(() => {});
      return Promise.race([work, expired]);
    };
    if (reader !== undefined) await step(() => reader?.cancel(reason));
    await step(() => loop);
    reader?.releaseLock();
    if (writer !== undefined) {
      const last = writer;
      // Closing flushes; what still waits would hold a dying link open, so it is dropped.
      const drop = failure !== undefined || wasWriting;
      await step(() => (drop ? last.abort(reason) : last.close()));
      last.releaseLock();
    }
    await step(() => duplex.close(reason));
    timers.clearTimer(deadline);
    options.onEnd(failure);
  }
}

function checkCallbacks(options: PumpOptions): void {
  if (typeof options.onChunk !== "function" || typeof options.onEnd !== "function") {
    throw new TypeError("startPump needs the functions onChunk and onEnd");
  }
  if (typeof options.timers?.setTimer !== "function") {
    throw new TypeError("startPump needs timers: pass a platform, or { setTimer, clearTimer }");
  }
}

function receiverError(thrown: unknown): LinkError {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new LinkError({
    message: `Cannot read on: the receiver of the bytes failed: ${text}`,
    disposition: "final",
    cause: thrown,
  });
}

function lostError(action: string, cause?: unknown): LinkError {
  return new LinkError({
    message: `Cannot ${action} the link: its stream is gone; it is opened again`,
    disposition: "retry",
    cause,
  });
}

function closedError(): LinkError {
  return new LinkError({
    message: "Cannot write to the link: it is closed; wait until it is open again",
    disposition: "retry",
  });
}
