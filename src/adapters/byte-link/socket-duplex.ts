// An open binary WebSocket as a byte link: one chunk a message (a bridge to a serial line).
//
// Owns the translation of an OPEN socket, ours or one that a server accepted: messages in, messages
// out, backpressure by `bufferedAmount` (WS-5), a closing that ends in time. It does not connect
// (websocket-bytes.ts), and it neither sends heartbeats nor opens a socket again.

import { checkCount, checkMs } from "../../kernel/errors.js";
import { classifyClose } from "../websocket/close-class.js";
import type { ByteDuplex, LinkTimers } from "./byte-duplex.js";
import { LinkError } from "./errors.js";
import { settledWithin, signalTimers } from "./timers.js";

/** The events of a WebSocket. */
export type SocketEvent = "open" | "message" | "error" | "close";

/** What a link needs of a WebSocket; the browser's, Node's and the package ws's have it. */
export interface BinarySocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  binaryType: string;
  /** Not `Uint8Array<ArrayBuffer>`: before TypeScript 5.7 it is no generic. */
  send(data: Uint8Array & { readonly buffer: ArrayBuffer }): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: SocketEvent, listener: (event: unknown) => void): void;
  removeEventListener(type: SocketEvent, listener: (event: unknown) => void): void;
  /** Stops and resumes reading: the package ws has them, browsers do not. */
  pause?(): void;
  resume?(): void;
  /** Drops the connection without the closing handshake: the package ws has it. */
  terminate?(): void;
}

/** Options of {@link duplexOfWebSocket}. */
export interface WebSocketDuplexOptions {
  /**
   * The largest message in bytes, both ways: a larger chunk is sent as several messages, a larger
   * message from the far end ends the link. Default 1,048,576.
   */
  readonly maxMessageBytes?: number | undefined;
  /**
   * A write stays pending while more than this is buffered to be sent, until half of it is left.
   * So many unread bytes also pause a socket that can pause; one that cannot is ended at 16 times
   * as many. Default 65,536 bytes.
   */
  readonly highWaterBytes?: number | undefined;
  /** After so long without the far end's answer, `close` gives up on it. Default 1,000 ms. */
  readonly closeTimeoutMs?: number | undefined;
  /** Default: the host's. */
  readonly timers?: LinkTimers | undefined;
}

const OPEN = 1;
/** Browsers tell nobody when their buffer has drained: it is looked at so often. */
const POLL_MS = 10;
const UNREAD_FACTOR = 16;

/**
 * Keeps an `error` event of the package ws from ending the process. It stays on the socket for ever
 * (WS-8): ws emits errors after the close of a socket that was closed before it opened.
 */
export function ignoreSocketError(): void {}

/**
 * Makes a byte link of an open socket: on a server, of the one that was accepted. It takes the
 * socket over and sets its `binaryType`.
 *
 * @throws TypeError when the socket is not open.
 * @throws RangeError when an option is out of range.
 *
 * @example A slave behind a WebSocket, with the package ws
 * ```ts
 * import { WebSocketServer } from "ws";
 *
 * const slave = await system.start(modbusSlave, { framing: "rtu", bank: { coils: 16 } });
 * new WebSocketServer({ port: 8080 }).on("connection", (socket) => {
 *   slave.cast.attach(duplexOfWebSocket(socket));
 * });
 * ```
 */
export function duplexOfWebSocket(
  socket: BinarySocket,
  options: WebSocketDuplexOptions = {},
): ByteDuplex {
  const { maxMessageBytes, highWaterBytes, closeTimeoutMs } = checkSocketOptions(options);
  const timers = options.timers ?? signalTimers;
  if (socket.readyState !== OPEN) {
    throw new TypeError(
      `Cannot use a WebSocket in readyState ${socket.readyState} as a link: it must be open (1)`,
    );
  }
  let ended = false;
  let unread: ReadableStreamDefaultController<Uint8Array> | undefined;
  let paused = false;
  let closing: Promise<void> | undefined;
  let closeReason: unknown;
  let stopWaiting: (() => void) | undefined;
  let resolveClosed: (reason: unknown) => void;
  const closed = new Promise<unknown>((resolve) => {
    resolveClosed = resolve;
  });

  socket.binaryType = "arraybuffer";
  socket.addEventListener("error", ignoreSocketError);
  socket.addEventListener("message", onMessage);
  socket.addEventListener("close", onClose);

  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        unread = controller;
      },
      pull: resume,
      cancel() {
        unread = undefined;
        resume();
      },
    },
    { highWaterMark: highWaterBytes, size: (chunk) => chunk.byteLength },
  );
  const writable = new WritableStream<Uint8Array>({
    async write(chunk, controller) {
      for (let at = 0; at < chunk.byteLength; at += maxMessageBytes) {
        if (ended || socket.readyState !== OPEN) throw closedSocket();
        // A copy: the caller may reuse its bytes as soon as this write resolved.
        socket.send(chunk.slice(at, at + maxMessageBytes) as Uint8Array<ArrayBuffer>);
        if (socket.bufferedAmount > highWaterBytes) await drained(controller.signal);
      }
    },
  });

  return { readable, writable, closed, close };

  function resume(): void {
    if (!paused) return;
    paused = false;
    socket.resume?.();
  }

  async function drained(aborted: AbortSignal): Promise<void> {
    while (socket.bufferedAmount > highWaterBytes / 2) {
      aborted.throwIfAborted();
      if (ended || closing !== undefined || socket.readyState !== OPEN) throw closedSocket();
      await new Promise<void>((resolve) => {
        const timer = timers.setTimer(resolve, POLL_MS);
        stopWaiting = () => {
          timers.clearTimer(timer);
          resolve();
        };
      });
      stopWaiting = undefined;
    }
  }

  function onMessage(event: unknown): void {
    const bytes = bytesOf((event as MessageEvent).data);
    if (bytes === undefined) {
      fail("the far end sent a text message; have the bridge send binary ones");
    } else if (bytes.byteLength > maxMessageBytes) {
      fail(
        `a message has ${bytes.byteLength} bytes and the limit is ${maxMessageBytes}; ` +
          "raise maxMessageBytes",
      );
    } else if (unread !== undefined && bytes.byteLength > 0) {
      unread.enqueue(bytes);
      const room = unread.desiredSize ?? 0;
      if (room > 0) return;
      if (socket.pause !== undefined) {
        paused = true;
        socket.pause();
      } else if (-room >= highWaterBytes * (UNREAD_FACTOR - 1)) {
        const waiting = highWaterBytes - room;
        fail(`${waiting} bytes wait unread; read faster, or raise highWaterBytes`, "retry");
      }
    }
  }

  function onClose(event: unknown): void {
    const { code, reason } = event as CloseEvent;
    // While we close it, any end will do.
    if (closing !== undefined) detach(undefined, closeReason);
    else if (code === 1000 || code === 1001 || code === 1005) detach(undefined);
    else detach(closeError(code, reason));
  }

  function fail(why: string, disposition: "retry" | "final" = "final"): void {
    detach(new LinkError({ message: `Cannot read from the WebSocket link: ${why}`, disposition }));
    // Browsers let nobody but themselves send 1003 or 1009.
    socket.close(4000);
  }

  /** From here on the socket's events are ignored, all but its errors. */
  function detach(error: LinkError | undefined, reason: unknown = error): void {
    if (ended) return;
    ended = true;
    socket.removeEventListener("message", onMessage);
    socket.removeEventListener("close", onClose);
    stopWaiting?.();
    if (error === undefined) unread?.close();
    else unread?.error(error);
    unread = undefined;
    resolveClosed(reason);
  }

  function close(reason?: unknown): Promise<void> {
    if (closing === undefined) {
      closeReason = reason;
      closing = ended ? Promise.resolve() : shutDown();
    }
    return closing;
  }

  async function shutDown(): Promise<void> {
    stopWaiting?.();
    // Unread messages must not keep the answer to the closing handshake behind them.
    unread?.close();
    unread = undefined;
    resume();
    socket.close(1000);
    if (!(await settledWithin(closed, closeTimeoutMs, timers))) socket.terminate?.();
    detach(undefined, closeReason);
  }
}

/** Fills the options in and checks them. */
export function checkSocketOptions(options: WebSocketDuplexOptions): {
  maxMessageBytes: number;
  highWaterBytes: number;
  closeTimeoutMs: number;
} {
  const { maxMessageBytes = 1_048_576, highWaterBytes = 65_536, closeTimeoutMs = 1_000 } = options;
  checkCount("maxMessageBytes", maxMessageBytes, 1);
  checkCount("highWaterBytes", highWaterBytes, 1);
  checkMs("closeTimeoutMs", closeTimeoutMs);
  return { maxMessageBytes, highWaterBytes, closeTimeoutMs };
}

function closeError(code: number, reason: string): LinkError {
  const isFinal = classifyClose({ code, reason }) === "final";
  const said = reason === "" ? "" : ` (${reason})`;
  const remedy = isFinal ? "check the bridge at the far end" : "check the network and the bridge";
  return new LinkError({
    message: `Cannot use the WebSocket link: it closed with code ${code}${said}; ${remedy}`,
    disposition: isFinal ? "final" : "retry",
    hostError: String(code),
  });
}

function closedSocket(): LinkError {
  return new LinkError({
    message: "Cannot write to the WebSocket link: it is closed; it is opened again",
    disposition: "retry",
  });
}

function bytesOf(data: unknown): Uint8Array | undefined {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  }
  return undefined;
}
