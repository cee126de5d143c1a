// Links over WebSockets that have events: those of a client, and the server's sides of Deno, of workerd
// and of the package ws.
//
// Owns the listeners, and where a client's socket comes from. The one for errors stays on it: the package
// ws emits them also after a close, and without a listener the process would end. What a link does with
// what it hears is socket-end.ts. It does not reconnect: the next start of an actor there does.

import { checkCount } from "../../kernel/errors.js";
import type { Link } from "../wire/link.js";
import { hostWebSocket } from "./host-websocket.js";
import { type RawSocket, SocketEnd } from "./socket-end.js";

/** A WebSocket with events: what is used of it. */
export interface EventSocket extends RawSocket {
  /** 1 while it is open. */
  readonly readyState: number;
  /** How bytes come: `arraybuffer`. */
  binaryType: string;
  /** Hears of `open`, `message`, `error` and `close`. */
  addEventListener(type: string, listener: (event: unknown) => void): void;
  /** Hears no more. */
  removeEventListener(type: string, listener: (event: unknown) => void): void;
}

/** Options of {@link webSocketLink}. */
export interface WebSocketLinkOptions {
  /** What the link is called in errors. Default: its URL without user, query and hash. */
  readonly name?: string | undefined;
  /** The constructor. Default: the host's own. */
  readonly WebSocket?: (new (url: string, protocols?: string[]) => unknown) | undefined;
  /** Subprotocols that are offered. Default: none. */
  readonly protocols?: readonly string[] | undefined;
  /** Whether the server runs our own code. Default `false`. */
  readonly trusted?: boolean | undefined;
  /** The longest packet that is taken, in bytes. Default 1 MiB, or 256 MiB where it is trusted. */
  readonly maxFrameBytes?: number | undefined;
}

const OPEN = 1;
const MIB = 1_048_576;

/** The limit of packets where none was given. */
export function frameLimit(maxFrameBytes: number | undefined, trusted: boolean): number {
  const limit = maxFrameBytes ?? (trusted ? 256 * MIB : MIB);
  checkCount("maxFrameBytes", limit, 1);
  return limit;
}

/**
 * The link to a WebSocket server. What is sent before it is open waits.
 *
 * @throws UnsupportedError where the host has no WebSocket and none is given; SyntaxError for a URL that
 * is none; RangeError for a `maxFrameBytes` that is no whole number of 1 or more.
 *
 * @example
 * ```ts
 * const link = webSocketLink("wss://shop.example/realm");
 * ```
 */
export function webSocketLink(url: string | URL, options: WebSocketLinkOptions = {}): Link {
  return linkToServer(url, options);
}

/** The same, as the end it is: for a place, which hangs it up while its page is left. */
export function linkToServer(url: string | URL, options: WebSocketLinkOptions): SocketEnd {
  const { trusted = false, protocols = [] } = options;
  const maxFrameBytes = frameLimit(options.maxFrameBytes, trusted);
  const { origin, pathname } = new URL(url);
  const Socket =
    options.WebSocket ??
    hostWebSocket<NonNullable<WebSocketLinkOptions["WebSocket"]>>(
      "webSocketRealm(url, { WebSocket })",
    );
  const socket = new Socket(String(url), [...protocols]) as EventSocket;
  const name = options.name ?? (origin === "null" ? String(url) : `${origin}${pathname}`);
  return linkOfSocket(socket, { name, trusted, maxFrameBytes });
}

/** The link over a socket of either side. */
export function linkOfSocket(
  socket: EventSocket,
  options: { readonly name: string; readonly trusted: boolean; readonly maxFrameBytes: number },
): SocketEnd {
  socket.binaryType = "arraybuffer";
  const listeners: [type: string, listener: (event: unknown) => void][] = [
    ["open", () => end.opened()],
    ["message", (event) => end.message((event as MessageEvent).data)],
    [
      "close",
      (event) => {
        const { code, reason } = event as Partial<CloseEvent>;
        end.closed(code, reason);
      },
    ],
  ];
  const end = new SocketEnd(socket, {
    ...options,
    isOpen: socket.readyState === OPEN,
    release() {
      for (const [type, listener] of listeners) socket.removeEventListener(type, listener);
    },
  });
  for (const [type, listener] of listeners) socket.addEventListener(type, listener);
  // The package ws tells the cause, a browser tells nobody.
  socket.addEventListener("error", (event) => end.failed((event as Partial<ErrorEvent>).error));
  return end;
}
