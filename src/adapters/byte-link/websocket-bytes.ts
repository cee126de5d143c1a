// Connects a byte link over a binary WebSocket: how a browser reaches a serial line or a TCP device
// through a bridge.
//
// Owns one attempt: the constructor, the URL, the wait for `open`. The open socket is
// socket-duplex.ts's. For messages with an outbox, heartbeats and reconnecting use the WebSocket
// client; this link is a plain pipe of bytes for a client that has its own protocol.

import { checkMs } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import { hostWebSocket } from "../../realms/links/host-websocket.js";
import type { ByteDuplex, Connect, ConnectOptions } from "./byte-duplex.js";
import { classifyLinkError } from "./classify.js";
import { LinkError } from "./errors.js";
import { requireStreams } from "./require-streams.js";
import {
  type BinarySocket,
  checkSocketOptions,
  duplexOfWebSocket,
  ignoreSocketError,
  type WebSocketDuplexOptions,
} from "./socket-duplex.js";
import { signalTimers } from "./timers.js";

/** A URL, or a function that makes one for every attempt, so that it can carry a fresh token. */
export type LinkUrl = string | URL | (() => string | URL | PromiseLike<string | URL>);

/** A WebSocket constructor: the host's, or the package ws's. It is given no URL: workerd's takes text. */
export type WebSocketConstructor = new (url: string, protocols?: string[]) => BinarySocket;

/** Options of {@link webSocketBytes}. */
export interface WebSocketBytesOptions extends Omit<WebSocketDuplexOptions, "timers"> {
  /** Where the bridge listens: `ws:` or `wss:`, or `http:` and `https:` where the host takes them. */
  readonly url: LinkUrl;
  /** Subprotocols to offer. Default: none. */
  readonly protocols?: string | readonly string[] | undefined;
  /** Default: the host's `WebSocket`, looked up at each attempt. Node 20 has none: pass ws's. */
  readonly WebSocket?: WebSocketConstructor | undefined;
  /** A limit of one attempt beside the caller's signal. Default: none. */
  readonly connectTimeoutMs?: number | undefined;
}

/**
 * Gives a `Connect` over a binary WebSocket.
 *
 * The attempt rejects with the signal's reason when aborted, with a `LinkError` when the socket did
 * not open, and with an `UnsupportedError` where the host has no `WebSocket` or no streams.
 *
 * @throws TypeError or RangeError at once when an option is wrong.
 *
 * @example
 * ```ts
 * child(modbusClient, [{ connect: webSocketBytes({ url: "wss://bridge.example/line1" }), framing: "rtu" }])
 * ```
 */
export function webSocketBytes(options: WebSocketBytesOptions): Connect {
  const { url, protocols, WebSocket, connectTimeoutMs } = options;
  checkUrl(url);
  if (WebSocket !== undefined && typeof WebSocket !== "function") {
    throw new TypeError(`WebSocket is ${printed(WebSocket)}: it must be a class, or left out`);
  }
  checkSocketOptions(options);
  if (connectTimeoutMs !== undefined) checkMs("connectTimeoutMs", connectTimeoutMs);

  return async ({ signal, timers = signalTimers, host }: ConnectOptions): Promise<ByteDuplex> => {
    signal.throwIfAborted();
    const Socket =
      WebSocket ?? hostWebSocket<WebSocketConstructor>("webSocketBytes({ url, WebSocket })", host);
    requireStreams(host);
    const target = String(typeof url === "function" ? await url() : url);
    // Whoever made the URL may have taken longer than the attempt is worth.
    signal.throwIfAborted();
    const socket = openSocket(Socket, target, protocols);
    return new Promise<ByteDuplex>((resolve, reject) => {
      let timer: unknown;
      let cause: unknown;
      const settle = () => {
        signal.removeEventListener("abort", onAbort);
        if (timer !== undefined) timers.clearTimer(timer);
        socket.removeEventListener("open", onOpen);
        socket.removeEventListener("error", onError);
        socket.removeEventListener("close", onClose);
      };
      const fail = (error: unknown) => {
        settle();
        abandon(socket);
        reject(error);
      };
      const onAbort = () => fail(signal.reason);
      // The link is made within the event: ws may deliver the first message before a promise's turn.
      const onOpen = () => {
        settle();
        resolve(duplexOfWebSocket(socket, { ...options, timers }));
      };
      // ws tells the cause in its error event, a browser tells nobody.
      const onError = (event: unknown) => {
        cause = (event as { readonly error?: unknown } | undefined)?.error;
      };
      const onClose = () => fail(refused(target, cause));
      signal.addEventListener("abort", onAbort);
      socket.addEventListener("error", ignoreSocketError);
      socket.addEventListener("open", onOpen);
      socket.addEventListener("error", onError);
      socket.addEventListener("close", onClose);
      if (connectTimeoutMs !== undefined) {
        timer = timers.setTimer(() => fail(timeout(target, connectTimeoutMs)), connectTimeoutMs);
      }
    });
  };
}

function openSocket(
  Socket: WebSocketConstructor,
  url: string,
  protocols: string | readonly string[] = [],
): BinarySocket {
  try {
    return new Socket(url, typeof protocols === "string" ? [protocols] : [...protocols]);
  } catch (error) {
    throw new LinkError({
      message: `Cannot open a WebSocket to ${url}: correct the URL or the protocols`,
      disposition: "final",
      hostError: error instanceof Error ? error.name : undefined,
      cause: error,
    });
  }
}

/** Leaves a socket to its end. ws may report an error for it: the ignoring listener stays. */
function abandon(socket: BinarySocket): void {
  if (socket.terminate !== undefined) socket.terminate();
  else socket.close();
}

function checkUrl(url: unknown): void {
  if (typeof url === "function" || url instanceof URL) return;
  if (typeof url !== "string" || url === "") {
    throw new TypeError(`url is ${printed(url)}: it must be a URL, or a function that gives one`);
  }
}

function refused(url: string, cause: unknown): LinkError {
  const action = `open a WebSocket to ${url}`;
  // A system's error names its remedy. Others (a TypeError of Node's own WebSocket) say no more
  // than that it failed, and by their type alone they would count as final.
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  if (typeof code === "string") return classifyLinkError(cause, { action });
  const text = cause instanceof Error && cause.message !== "" ? ` (${cause.message})` : "";
  return new LinkError({
    message:
      `Cannot ${action}: the handshake failed${text}; ` +
      "check that the bridge runs there and accepts this origin and token",
    disposition: "retry",
    cause,
  });
}

function timeout(url: string, connectTimeoutMs: number): LinkError {
  return new LinkError({
    message:
      `Cannot open a WebSocket to ${url} within ${connectTimeoutMs} ms; ` +
      "check the network and the bridge",
    disposition: "retry",
    hostError: "TimeoutError",
  });
}
