// A `Duplex` of Node (a socket, a serial port) as a byte link.
//
// Owns the listeners on the stream, the backpressure both ways and the bounded end. How a stream is
// ended, and when its device is really free, is the caller's to say: sockets and serial ports differ
// there. Not `Duplex.toWeb`: it neither bounds the end nor tells a serial port's loss.

import type { ByteDuplex } from "../../src/adapters/byte-link/byte-duplex.js";

/** What a link needs of a `Duplex` of Node. */
export interface NodeStream {
  write(bytes: Uint8Array, done: (error?: Error | null) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  on(event: string, listener: (...args: never[]) => void): unknown;
  removeListener(event: string, listener: (...args: never[]) => void): unknown;
}

/** How the stream at hand is ended. */
export interface StreamHost {
  /** Begins the orderly end: what was written still goes out. The stream then emits `close`. */
  end(): void;
  /** Ends it at once. */
  destroy(): void;
  /** Whether a `close` event means that the device is free. Default: yes. */
  isReleased?(): boolean;
  /** How long `end` may take before `destroy`, in milliseconds. */
  readonly closeTimeoutMs: number;
}

/** How much is read ahead of the reader before the stream is paused. */
const READ_AHEAD_BYTES = 65_536;

/** Makes a byte link of an open stream and takes the stream over. */
export function duplexOfStream(stream: NodeStream, host: StreamHost): ByteDuplex {
  let input: ReadableStreamDefaultController<Uint8Array> | undefined;
  let failure: Error | undefined;
  let ending = false;
  let released = false;
  let endReason: unknown;
  let limit: ReturnType<typeof setTimeout> | undefined;
  let failWrite: ((error: Error) => void) | undefined;
  let resolveClosed: (reason: unknown) => void;
  const closed = new Promise<unknown>((resolve) => {
    resolveClosed = resolve;
  });

  const onData = (chunk: Uint8Array) => {
    // A copy: hosts read into pools, and a reader may transfer what it was given.
    input?.enqueue(new Uint8Array(chunk));
    if (input !== undefined && (input.desiredSize ?? 0) <= 0) stream.pause();
  };
  // The far end finished: a link whose one half is closed is of no use to a protocol.
  const onEnd = () => {
    endInput();
    beginEnd();
  };
  const onError = (error: Error) => {
    failure ??= error;
    endInput();
    beginEnd();
  };
  // A socket passes whether it failed, the package serialport passes its error or null.
  const onClose = (error?: unknown) => {
    if (error instanceof Error) failure ??= error;
    if (host.isReleased?.() ?? true) release();
    else beginEnd();
  };
  const listeners: ReadonlyArray<readonly [string, (...args: never[]) => void]> = [
    ["data", onData],
    ["end", onEnd],
    ["error", onError],
    ["close", onClose],
  ];

  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        input = controller;
      },
      pull: () => void stream.resume(),
      cancel() {
        input = undefined;
        // It must go on flowing, or its end would never be seen.
        stream.resume();
      },
    },
    { highWaterMark: READ_AHEAD_BYTES, size: (chunk) => chunk.byteLength },
  );
  const writable = new WritableStream<Uint8Array>({
    write(bytes, controller) {
      return new Promise<void>((resolve, reject) => {
        const settle = (error?: unknown) => {
          controller.signal.removeEventListener("abort", onAbort);
          failWrite = undefined;
          if (error == null) resolve();
          else reject(error);
        };
        const onAbort = () => settle(controller.signal.reason ?? closedError());
        if (released || ending) return reject(failure ?? closedError());
        controller.signal.addEventListener("abort", onAbort);
        failWrite = settle;
        stream.write(bytes, settle);
      });
    },
  });
  for (const [event, listener] of listeners) stream.on(event, listener);

  return {
    readable,
    writable,
    closed,
    async close(reason) {
      if (!released && endReason === undefined) endReason = reason;
      beginEnd();
      await closed;
    },
  };

  function endInput(): void {
    if (failure === undefined) input?.close();
    else input?.error(failure);
    input = undefined;
  }

  function beginEnd(): void {
    if (ending || released) return;
    ending = true;
    limit = setTimeout(() => {
      host.destroy();
      // A stream whose driver hangs never says `close`: it is given up.
      release();
    }, host.closeTimeoutMs);
    stream.resume();
    host.end();
  }

  function release(): void {
    if (released) return;
    released = true;
    clearTimeout(limit);
    for (const [event, listener] of listeners) stream.removeListener(event, listener);
    endInput();
    failWrite?.(failure ?? closedError());
    resolveClosed(failure ?? endReason);
  }
}

function closedError(): Error {
  return Object.assign(new Error("the link is closed"), { code: "ERR_STREAM_DESTROYED" });
}
