// Byte links in memory, for tests of clients and slaves under the virtual clock.
//
//   connect() ──► near end ══════ wire ══════ far end ──► accept(listener)
//
// Owns the pair of ends and what can happen to a wire: it is cut, it is down for a while, it falls
// silent, its chunks come in pieces. No timer and no host I/O: bytes move in microtasks, so a test
// replays exactly. It models no baud rate; a fake serial port is in fake-serial-port.ts.

import type { ByteDuplex, Connect } from "../adapters/byte-link/byte-duplex.js";
import { checkCount } from "../kernel/errors.js";

/** Options of {@link memoryLink} and {@link memoryDuplexPair}. */
export interface MemoryLinkOptions {
  /** The largest chunk that arrives, in bytes; larger writes arrive in pieces. Default: none. */
  readonly maxChunkBytes?: number | undefined;
  /** With it, pieces have random lengths of 1 to `maxChunkBytes`, the same ones for each run. */
  readonly seed?: number | undefined;
  /** What both ends say about their speed. Default: nothing. */
  readonly baudRate?: number | undefined;
}

/** Two ends of one wire. */
export interface MemoryDuplexPair {
  /** The end of the one who connects. */
  readonly near: ByteDuplex;
  /** The end of the one who accepts. */
  readonly far: ByteDuplex;
  /** Breaks the wire: the streams of both ends fail with `error`, and `closed` resolves with it. */
  cut(error?: Error): void;
  /** While `true`, bytes vanish on the wire without a sign: a device that does not answer. */
  silent: boolean;
}

/** A wire that can be connected again and again. */
export interface MemoryLink {
  /** Makes a pair, gives its near end and hands its far end to `accept`. */
  readonly connect: Connect;
  /**
   * Calls `listener` with the far end of each connection, also of those that wait for one. Gives
   * the function that stops it.
   */
  accept(listener: (far: ByteDuplex) => void): () => void;
  /** Breaks the connections that are open. The next attempt succeeds. */
  cut(error?: Error): void;
  /** Like `cut`, and attempts are refused until `restore`. */
  takeDown(error?: Error): void;
  /** Lets attempts succeed again, and wakes those who wait (`connect.wake`). */
  restore(): void;
  /** While `true`, bytes vanish in both directions and nobody is told. */
  silent: boolean;
  /** How many attempts succeeded so far. */
  readonly connections: number;
  /** How many attempts were made so far. */
  readonly attempts: number;
  /** How many connections are open now: 0 when a test ends, or something leaked. */
  readonly open: number;
}

/**
 * Makes two ends of one wire: what is written to one is read from the other. Closing one ends the
 * other's `readable` and resolves its `closed`.
 *
 * @throws RangeError when `maxChunkBytes` is not a whole number of 1 or more.
 */
export function memoryDuplexPair(options: MemoryLinkOptions = {}): MemoryDuplexPair {
  const { maxChunkBytes = Infinity, baudRate } = options;
  checkCount("maxChunkBytes", maxChunkBytes, 1);
  const nextLength = chunkLengths(maxChunkBytes, options.seed);
  const near = wireEnd(baudRate);
  const far = wireEnd(baudRate);
  const pair = {
    near: near.duplex,
    far: far.duplex,
    silent: false,
    cut(error: Error = new DOMException("The device has been lost.", "NetworkError")) {
      near.end(error);
      far.end(error);
    },
  };
  const join = (from: WireEnd, to: WireEnd) => {
    from.onWrite = (bytes) => {
      for (let at = 0; at < bytes.byteLength; ) {
        const length = nextLength();
        // A copy: the writer may reuse its bytes.
        if (!pair.silent) to.receive(bytes.slice(at, at + length));
        at += length;
      }
    };
    from.onClose = () => to.end(undefined);
  };
  join(near, far);
  join(far, near);
  return pair;
}

/**
 * Makes a wire whose near end is a `Connect`.
 *
 * @throws RangeError when `maxChunkBytes` is not a whole number of 1 or more.
 *
 * @example
 * ```ts
 * const link = memoryLink({ maxChunkBytes: 1 });           // every frame byte by byte
 * const slave = await system.start(modbusSlave, { framing: "rtu", bank: { coils: 16 } });
 * link.accept((far) => slave.cast.attach(far));
 * const client = await system.start(modbusClient, { connect: link.connect, framing: "rtu" });
 * link.takeDown();                                         // the cable is out
 * link.restore();                                          // and in again
 * ```
 */
export function memoryLink(options: MemoryLinkOptions = {}): MemoryLink {
  checkCount("maxChunkBytes", options.maxChunkBytes ?? 1, 1);
  const open = new Set<MemoryDuplexPair>();
  const unaccepted: ByteDuplex[] = [];
  const acceptors = new Set<(far: ByteDuplex) => void>();
  const waiting = new Set<() => void>();
  let silent = false;
  let refusal: Error | undefined;
  let attempts = 0;
  let connections = 0;

  const connect: Connect = Object.assign(
    async ({ signal }: { readonly signal: AbortSignal }): Promise<ByteDuplex> => {
      signal.throwIfAborted();
      attempts += 1;
      if (refusal !== undefined) throw refusal;
      connections += 1;
      // A new seed for each connection, or all of them would split alike.
      const seed = options.seed === undefined ? undefined : options.seed + connections;
      const pair = memoryDuplexPair({ ...options, seed });
      pair.silent = silent;
      open.add(pair);
      pair.near.closed?.then(() => open.delete(pair));
      if (acceptors.size === 0) unaccepted.push(pair.far);
      for (const acceptor of [...acceptors]) acceptor(pair.far);
      return pair.near;
    },
    {
      wake(listener: () => void): () => void {
        waiting.add(listener);
        return () => waiting.delete(listener);
      },
    },
  );
  const cut = (error?: Error): void => {
    for (const pair of open) pair.cut(error);
    open.clear();
  };

  return {
    connect,
    cut,
    accept(listener) {
      acceptors.add(listener);
      for (const far of unaccepted.splice(0)) listener(far);
      return () => acceptors.delete(listener);
    },
    takeDown(error) {
      refusal =
        error ?? Object.assign(new Error("connect ECONNREFUSED memory"), { code: "ECONNREFUSED" });
      cut(error);
    },
    restore() {
      refusal = undefined;
      for (const listener of [...waiting]) listener();
    },
    get silent() {
      return silent;
    },
    set silent(value) {
      silent = value;
      for (const pair of open) pair.silent = value;
    },
    get connections() {
      return connections;
    },
    get attempts() {
      return attempts;
    },
    get open() {
      return open.size;
    },
  };
}

interface WireEnd {
  readonly duplex: ByteDuplex;
  onWrite: (bytes: Uint8Array) => void;
  onClose: () => void;
  receive(bytes: Uint8Array): void;
  /** Ends this end: with an error its streams fail, without one the far end has closed. */
  end(error: Error | undefined): void;
}

function wireEnd(baudRate: number | undefined): WireEnd {
  let ended = false;
  let input: ReadableStreamDefaultController<Uint8Array> | undefined;
  let output: WritableStreamDefaultController | undefined;
  let resolveClosed: (reason: unknown) => void;
  const closed = new Promise<unknown>((resolve) => {
    resolveClosed = resolve;
  });
  const finish = (error: Error | undefined, reason: unknown) => {
    ended = true;
    if (error === undefined) input?.close();
    else input?.error(error);
    input = undefined;
    output?.error(error ?? new DOMException("The link is closed.", "InvalidStateError"));
    resolveClosed(reason);
  };
  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      input = controller;
    },
    cancel() {
      input = undefined;
    },
  });
  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      output = controller;
    },
    write: (bytes) => end.onWrite(bytes),
  });
  const end: WireEnd = {
    onWrite: () => {},
    onClose: () => {},
    receive: (bytes) => input?.enqueue(bytes),
    end(error) {
      if (!ended) finish(error, error);
    },
    duplex: {
      readable,
      writable,
      closed,
      async close(reason) {
        if (ended) return;
        finish(undefined, reason);
        end.onClose();
      },
      ...(baudRate === undefined ? {} : { baudRate }),
    },
  };
  return end;
}

/** Lengths of pieces: always the largest, or random ones (mulberry32: small, and good enough). */
function chunkLengths(max: number, seed: number | undefined): () => number {
  if (seed === undefined || max === Infinity) return () => max;
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return 1 + (((mixed ^ (mixed >>> 14)) >>> 0) % max);
  };
}
