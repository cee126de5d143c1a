// The one shape of every byte transport: Web Serial, Node's serialport, TCP, a WebSocket bridge.
//
// Owns two types: `Connect` makes one attempt, `ByteDuplex` is the link it gave. A client written
// against them runs on all transports; `Deno.Conn` and workerd's sockets have the shape already.
// Deliberately no reconnecting, no backoff and no framing: a client's state machine decides those,
// with `classifyLinkError` and `Connect.wake` to decide on.

import type { Platform } from "../../kernel/platform.js";

/** The timers a link borrows from whoever runs it, so that a virtual clock rules links too. */
export type LinkTimers = Pick<Platform, "setTimer" | "clearTimer">;

/** What one attempt to connect is given. */
export interface ConnectOptions {
  /**
   * Ends the attempt: `connect` rejects with its reason and leaves nothing open. A client aborts it
   * at its connect timeout. Once the attempt resolved, it has no effect on the link.
   */
  readonly signal: AbortSignal;
  /**
   * The caller's timers, for a transport's own limits (closing, backpressure). Without them a
   * transport uses the host's.
   */
  readonly timers?: LinkTimers | undefined;
  /** The caller's host in words, for an UnsupportedError. Default: what the host calls itself. */
  readonly host?: string | undefined;
}

/**
 * Makes ONE attempt to open a link.
 *
 * It resolves with an open link that the caller owns and must `close()`. It rejects with whatever
 * its host threw: `classifyLinkError` turns that into a `LinkError` that says whether to try again.
 * It may be called again after a link ended, never while one of its links is open.
 *
 * @example A transport of one's own (Deno)
 * ```ts
 * const connect: Connect = async ({ signal }) => {
 *   signal.throwIfAborted();
 *   const link = await Deno.connect({ hostname: "192.0.2.7", port: 502 });
 *   return { readable: link.readable, writable: link.writable, close: async () => link.close() };
 * };
 * ```
 */
export interface Connect {
  (options: ConnectOptions): Promise<ByteDuplex>;
  /**
   * Calls `listener` when an attempt may succeed that would have failed before (a cable was
   * plugged in), so that a client that waits for its backoff or for a person wakes at once. Gives
   * the function that ends the subscription. Left out where the transport has no such event.
   */
  readonly wake?: ((listener: () => void) => () => void) | undefined;
}

/** The control lines of a serial port; a line that is left out keeps its level. */
export interface SerialOutputSignals {
  /** DTR: `true` raises it. */
  readonly dataTerminalReady?: boolean | undefined;
  /** RTS: `true` raises it. */
  readonly requestToSend?: boolean | undefined;
  /** The break condition: `true` holds the line low. */
  readonly break?: boolean | undefined;
}

/**
 * An open link of bytes in both directions. Chunks carry no boundaries: a frame may come in any
 * number of chunks, and one chunk may hold several.
 *
 * Whoever got it from `Connect` owns it. `startPump` reads and closes one in the right order.
 */
export interface ByteDuplex {
  /**
   * What the far end sends. The stream may be REPLACED while the link is up (Web Serial does it
   * after a framing error): read the getter again after an error, never cache the stream. Its
   * chunks belong to the reader.
   */
  readonly readable: ReadableStream<Uint8Array>;
  /**
   * What goes to the far end. A write resolves when the transport took the bytes, not when they
   * arrived. The caller leaves a chunk unchanged until its write settled.
   */
  readonly writable: WritableStream<Uint8Array>;
  /**
   * Closes the link and releases the device. Idempotent and bounded in time: a far end that does
   * not answer cannot keep it pending. Release the locks of both streams first.
   */
  close(reason?: unknown): Promise<void>;
  /**
   * Resolves once the link is gone for any cause: with the error that ended it, else with the
   * reason given to `close`. Bytes that came before may still wait in `readable`.
   */
  readonly closed?: Promise<unknown> | undefined;
  /** Sets control lines; only serial ports have it. */
  setSignals?(signals: SerialOutputSignals): Promise<void>;
  /** Bits per second of a serial line: clients derive their silent intervals from it. */
  readonly baudRate?: number | undefined;
}
