// A WebSocket whose far end is a test: it accepts, speaks, falls silent, stops reading, closes.
//
//   client ── new WebSocket(url) ──► FakeSocket ── accept / message / shut / refuse ──► events
//
// Owns the shape that the WebSocket standard gives the client's side: the states, the events and
// their order, `bufferedAmount`. Events come in the call that makes them: no network, no timer. It
// checks neither URLs nor frames.

import type { SocketLike } from "../adapters/websocket/socket.js";

/** One socket, with the far end's hands. The client's side is what the standard says. */
export interface FakeSocket extends SocketLike {
  /** Where the client connected to. */
  readonly url: string;
  /** The subprotocols that it offered. */
  readonly protocols: readonly string[];
  /** Tells its listeners, as a socket is told. */
  dispatchEvent(event: Event): boolean;

  /** Everything that the client sent, oldest first. */
  readonly sent: readonly unknown[];
  /** The code of the client's close; `undefined` until it closed (1005 if it gave none). */
  readonly closeCode: number | undefined;
  /** The listeners that are on it, those for errors left out. */
  readonly listeners: number;
  /** True while the client does not read (see `pausable`). */
  readonly paused: boolean;
  /** While true, nothing that is sent leaves: `bufferedAmount` grows. */
  stuck: boolean;
  /** While true, a close of the client is not answered. */
  deaf: boolean;
  /** What makes `send` throw, or `undefined`. */
  sendError: unknown;
  /** Lets the handshake succeed. */
  accept(protocol?: string): void;
  /** Refuses the handshake; `error` is told as the package ws does, a browser tells nothing. */
  refuse(error?: Error): void;
  /** Sends the client a message. */
  message(data: unknown): void;
  /** Closes from the far end; 1006 cuts the connection. */
  shut(code?: number, reason?: string): void;
  /** Lets what is buffered leave, all but `leftBytes`. */
  drain(leftBytes?: number): void;
}

/** A constructor and the sockets it made. */
export interface FakeWebSockets {
  /** Pass it as the option `WebSocket`. */
  readonly WebSocket: new (
    url: string | URL,
    protocols?: string | string[],
  ) => FakeSocket;
  /** All sockets, oldest first. */
  readonly sockets: readonly FakeSocket[];
  /** The last socket. Throws RangeError if there was none. */
  readonly last: FakeSocket;
  /** How many sockets are connecting or open now: 0 when a test ends, or something leaked. */
  readonly open: number;
}

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/**
 * Makes a WebSocket constructor for a test to answer.
 *
 * @param options.pausable whether its sockets have `pause`, `resume` and `terminate`, like those of
 *   the package ws. Default `false`: like a browser's.
 *
 * @example
 * ```ts
 * const { system, clock } = testSystem();
 * const net = fakeWebSockets();
 * const chat = await system.start(webSocket, { url: "wss://x.example/", WebSocket: net.WebSocket });
 * await clock.settle();
 * net.last.accept();
 * net.last.message("hello");
 * net.last.shut(1012);
 * await clock.advance(500);
 * net.sockets.length; // 2
 * ```
 */
export function fakeWebSockets(options: { readonly pausable?: boolean } = {}): FakeWebSockets {
  const sockets: FakeEnd[] = [];
  const Base = options.pausable === true ? PausableEnd : FakeEnd;
  return {
    WebSocket: class extends Base {
      constructor(url: string | URL, protocols: string | string[] = []) {
        super(url, protocols);
        sockets.push(this);
      }
    },
    sockets,
    get last() {
      const last = sockets.at(-1);
      if (last === undefined) throw new RangeError("No socket was made yet: let the clock settle");
      return last;
    },
    get open() {
      return sockets.filter(({ readyState }) => readyState <= OPEN).length;
    },
  };
}

type Listener = EventListenerOrEventListenerObject | ((event: never) => void) | null;

class FakeEnd extends EventTarget implements FakeSocket {
  readonly url: string;
  readonly protocols: readonly string[];
  readyState: number = CONNECTING;
  bufferedAmount = 0;
  protocol = "";
  binaryType = "blob";
  readonly sent: unknown[] = [];
  closeCode: number | undefined;
  stuck = false;
  deaf = false;
  sendError: unknown;
  paused = false;
  readonly #listeners: Set<unknown> = new Set();
  readonly #held: unknown[] = [];

  constructor(url: string | URL, protocols: string | string[]) {
    super();
    this.url = String(url);
    this.protocols = typeof protocols === "string" ? [protocols] : protocols;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  override addEventListener(type: string, listener: Listener): void {
    if (type !== "error") this.#listeners.add(listener);
    super.addEventListener(type, listener as EventListener);
  }

  override removeEventListener(type: string, listener: Listener): void {
    if (type !== "error") this.#listeners.delete(listener);
    super.removeEventListener(type, listener as EventListener);
  }

  send(data: unknown): void {
    if (this.readyState === CONNECTING) {
      throw new DOMException("Still in CONNECTING state", "InvalidStateError");
    }
    if (this.sendError !== undefined) throw this.sendError;
    if (this.readyState !== OPEN) return;
    this.sent.push(data);
    if (this.stuck) this.bufferedAmount += sizeOf(data);
  }

  close(code = 1005, reason = ""): void {
    if (this.readyState >= CLOSING) return;
    const wasOpen = this.readyState === OPEN;
    this.readyState = CLOSING;
    this.closeCode = code;
    if (!wasOpen) this.#finish(1006, "", false);
    else if (!this.deaf) this.#finish(code, reason, true);
  }

  accept(protocol = ""): void {
    this.protocol = protocol;
    this.readyState = OPEN;
    this.dispatchEvent(new Event("open"));
  }

  refuse(error?: Error): void {
    this.dispatchEvent(Object.assign(new Event("error"), error === undefined ? {} : { error }));
    this.#finish(1006, "", false);
  }

  message(data: unknown): void {
    if (this.paused) this.#held.push(data);
    else this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  shut(code = 1006, reason = ""): void {
    this.#finish(code, reason, code !== 1006);
  }

  drain(leftBytes = 0): void {
    this.bufferedAmount = Math.min(this.bufferedAmount, leftBytes);
  }

  /** Hands over what came while it was paused. */
  protected release(): void {
    while (!this.paused && this.#held.length > 0) this.message(this.#held.shift());
  }

  #finish(code: number, reason: string, wasClean: boolean): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason, wasClean }));
  }
}

class PausableEnd extends FakeEnd {
  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.release();
  }

  terminate(): void {
    this.shut(1006);
  }
}

function sizeOf(data: unknown): number {
  if (typeof data === "string") return new TextEncoder().encode(data).length;
  const { byteLength = 0, size = byteLength } = data as { byteLength?: number; size?: number };
  return size;
}
