// One WebSocket: its opening, its events, and a closing that ends in time.
//
// Owns the listeners and the moment from which a socket is none of ours any more: after `drop`, or
// once `close` began, nothing of it is heard (WS-5). The one listener that stays is the one for
// errors: the package ws emits them after a close before the opening, and without a listener the
// process would die (WS-8). It neither reconnects nor queues.

import type { Platform } from "../../kernel/platform.js";
import { HandshakeFailed, SocketClosed, SocketRefused } from "./errors.js";
import type { OutboxData } from "./message-bytes.js";

/** What is used of a WebSocket; the browser's, Node's and the package ws's have it. */
export interface SocketLike {
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly protocol: string;
  binaryType: string;
  send(data: OutboxData): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "open" | "error", listener: (event: unknown) => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: ClosedLike) => void): void;
  removeEventListener(type: "open" | "error", listener: (event: unknown) => void): void;
  removeEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  removeEventListener(type: "close", listener: (event: ClosedLike) => void): void;
  /** Stops and resumes reading: the package ws has them, browsers do not. */
  pause?(): void;
  resume?(): void;
  /** Drops the connection without the closing handshake: the package ws has it. */
  terminate?(): void;
}

interface ClosedLike {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** A WebSocket constructor: the host's, or the package ws's. It is given no URL: workerd's takes text. */
export type SocketConstructor = new (url: string, protocols?: string[]) => SocketLike;

/** What a socket tells its owner. */
export interface SocketEvents {
  message(socket: Socket, data: unknown): void;
  /** It closed by itself, after it was open. Called at most once. */
  closed(socket: Socket, error: SocketClosed): void;
}

const OPEN = 1;
const CLOSED = 3;

/** A socket that was opened by {@link openSocket}. */
export class Socket {
  readonly #socket: SocketLike;
  readonly url: string;
  #isPaused = false;
  #isLeft = false;
  #unlisten: () => void;

  constructor(socket: SocketLike, url: string, unlisten: () => void) {
    this.#socket = socket;
    this.url = url;
    this.#unlisten = unlisten;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === OPEN;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /** True once it was dropped or closed by us: what it said before and is still queued is void. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  /** The subprotocol that the server chose, or `""`. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  send(data: OutboxData): void {
    this.#socket.send(data);
  }

  /** Stops reading, where the socket can; false where it cannot. */
  pause(): boolean {
    if (this.#socket.pause === undefined) return false;
    this.#isPaused = true;
    this.#socket.pause();
    return true;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume?.();
  }

  /** Leaves the socket at once, without the closing handshake where the host can do that. */
  drop(): void {
    this.#leave();
    if (this.#socket.readyState === CLOSED) return;
    if (this.#socket.terminate !== undefined) this.#socket.terminate();
    else this.#socket.close();
  }

  /** Closes it, and leaves it after `timeoutMs`. Resolves then, or when it has closed. */
  close(timeoutMs: number, timers: Pick<Platform, "setTimer" | "clearTimer">): Promise<void> {
    this.#leave();
    const socket = this.#socket;
    if (socket.readyState === CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      const left = (): void => {
        timers.clearTimer(timer);
        socket.removeEventListener("close", left);
        resolve();
      };
      const timer = timers.setTimer(() => {
        left();
        socket.terminate?.();
      }, timeoutMs);
      socket.addEventListener("close", left);
      socket.close(1000);
    });
  }

  #leave(): void {
    this.#isLeft = true;
    this.#unlisten();
    // What is unread would keep the answer of the closing handshake behind it.
    this.resume();
  }
}

/**
 * Opens a socket. Rejects with SocketRefused when none can be made of the arguments, with
 * HandshakeFailed when it did not open, and with the signal's reason.
 */
export function openSocket(
  options: {
    readonly Socket: SocketConstructor;
    readonly url: string | URL;
    readonly protocols: string | readonly string[];
    readonly binaryType: string;
    readonly signal: AbortSignal;
  },
  events: SocketEvents,
): Promise<Socket> {
  const { Socket: Constructor, protocols, binaryType, signal } = options;
  const url = String(options.url);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const raw = construct(Constructor, url, protocols);
    let cause: unknown;
    let isOpen = false;
    const onMessage = ({ data }: { readonly data: unknown }): void => events.message(socket, data);
    // ws tells the cause in its error event, a browser tells nobody.
    const onError = (event: unknown): void => {
      cause ??= (event as { readonly error?: unknown } | undefined)?.error;
    };
    const onOpen = (): void => {
      isOpen = true;
      signal.removeEventListener("abort", onAbort);
      resolve(socket);
    };
    const onClose = ({ code, reason, wasClean }: ClosedLike): void => {
      unlisten();
      if (!isOpen) reject(new HandshakeFailed(url, cause));
      else {
        const error = new SocketClosed({ closeCode: code, reason, wasClean, url, cause });
        events.closed(socket, error);
      }
    };
    const onAbort = (): void => {
      socket.drop();
      reject(signal.reason);
    };
    const unlisten = (): void => {
      signal.removeEventListener("abort", onAbort);
      raw.removeEventListener("open", onOpen);
      raw.removeEventListener("message", onMessage);
      raw.removeEventListener("close", onClose);
    };
    const socket = new Socket(raw, url, unlisten);
    raw.binaryType = binaryType;
    raw.addEventListener("error", onError);
    raw.addEventListener("open", onOpen);
    raw.addEventListener("message", onMessage);
    raw.addEventListener("close", onClose);
    signal.addEventListener("abort", onAbort);
  });
}

function construct(
  Constructor: SocketConstructor,
  url: string,
  protocols: string | readonly string[],
): SocketLike {
  try {
    return new Constructor(url, typeof protocols === "string" ? [protocols] : [...protocols]);
  } catch (error) {
    throw new SocketRefused(url, error);
  }
}
