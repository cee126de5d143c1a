// Sockets of a server of Bun, for realms.
//
// Owns how Bun tells of sockets: by functions of its server, one set for all sockets, each with the `data`
// it was given. Who may connect, and the link over a socket, is the listener's.

import type { RawSocket, SocketFeed } from "../../src/realms/links/socket-end.js";
import type { SocketListener } from "../../src/realms/links/socket-listener.js";

/** What of ours hangs on a socket of Bun. */
export interface SocketData {
  feed?: SocketFeed;
}

/** A socket of Bun's server: what is used of it. */
export interface BunSocket extends RawSocket {
  /** What `upgrade` gave it. */
  readonly data: SocketData;
}

/** A server of Bun: what is used of it. */
export interface BunServer {
  /** Makes a WebSocket of a request. */
  upgrade(request: Request, options: { readonly data: SocketData }): boolean;
}

/** The option `websocket` of `Bun.serve`. */
export interface BunSocketHandlers {
  /** The longest packet that is taken, in bytes. */
  readonly maxPayloadLength: number;
  /** In seconds; 0: Bun ends no socket for its silence, as realms ask for themselves. */
  readonly idleTimeout: number;
  /** Called by Bun. */
  open(socket: BunSocket): void;
  /** Called by Bun. */
  message(socket: BunSocket, data: string | Uint8Array): void;
  /** Called by Bun. */
  close(socket: BunSocket, code: number, reason: string): void;
}

/** The functions that Bun calls for the sockets of a listener: the option `websocket` of `Bun.serve`. */
export function webSocketHandlers(listener: SocketListener): BunSocketHandlers {
  return {
    maxPayloadLength: listener.maxFrameBytes,
    idleTimeout: 0,
    open(socket) {
      socket.data.feed = listener.acceptFed(socket);
    },
    message: (socket, data) => socket.data.feed?.message(data),
    close: (socket, code, reason) => socket.data.feed?.closed(code, reason),
  };
}

/**
 * Answers a request that opens a WebSocket: with nothing where it did, or with 403 for a page of another
 * origin and 426 for what asks for no WebSocket.
 *
 * @example
 * ```ts
 * Bun.serve({
 *   fetch: (request, server) => upgradeWebSocket(on, request, server),
 *   websocket: webSocketHandlers(on),
 * });
 * ```
 */
export function upgradeWebSocket(
  listener: SocketListener,
  request: Request,
  server: BunServer,
): Response | undefined {
  const { headers } = request;
  if (!listener.allows(headers.get("origin"), headers.get("host")))
    return new Response("this origin may not connect", { status: 403 });
  if (server.upgrade(request, { data: {} })) return undefined;
  return new Response("a WebSocket is served here", { status: 426 });
}
