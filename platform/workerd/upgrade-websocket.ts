// Sockets of workerd, for realms: in a handler, and in a Durable Object that may hibernate.
//
// Owns the pair of sockets that workerd has for it, and the functions that it calls on a Durable Object. A
// link does not outlive hibernation: what wakes an object without its memory is told to come again.

import type { RawSocket, SocketFeed } from "../../src/realms/links/socket-end.js";
import type { SocketListener } from "../../src/realms/links/socket-listener.js";

/** A socket of workerd: what is used of it. */
export type EdgeSocket = Parameters<SocketListener["accept"]>[0] & { accept(): void };

/** The state of a Durable Object: what is used of it. */
export interface SocketKeeper {
  /** Keeps a socket open while the object is out of memory. */
  acceptWebSocket(socket: EdgeSocket): void;
}

/** What a Durable Object passes on: its methods of these names. */
export interface HibernatingSockets {
  /** Answers a request that opens a WebSocket, whose socket does not keep the object in memory. */
  upgrade(request: Request, state: SocketKeeper): Response;
  /** For the method of this name. */
  webSocketMessage(socket: RawSocket, data: string | ArrayBuffer): void;
  /** For the method of this name. */
  webSocketClose(socket: RawSocket, code: number, reason: string): void;
  /** For the method of this name. */
  webSocketError(socket: RawSocket, error: unknown): void;
}

/** "Service restart": come again. */
const RESTART = 1012;

/**
 * Answers a request that opens a WebSocket: with the response for it, or with 403 for a page of another
 * origin and 426 for what asks for no WebSocket.
 *
 * @example
 * ```ts
 * const on = socketListener();
 * const fetch = (request: Request): Response => upgradeWebSocket(on, request);
 * ```
 */
export function upgradeWebSocket(listener: SocketListener, request: Request): Response {
  return answer(listener, request, (socket) => {
    socket.accept();
    listener.accept(socket);
  });
}

/**
 * Sockets of a Durable Object that may hibernate between two messages. Give both sides `unresponsiveMs: Infinity`:
 * then they ask nothing while nothing is pending, and no timer and no question keeps it awake.
 *
 * @example
 * ```ts
 * const sockets = hibernatingSockets(socketListener());
 * ```
 */
export function hibernatingSockets(listener: SocketListener): HibernatingSockets {
  const feeds = new WeakMap<RawSocket, SocketFeed>();
  return {
    upgrade: (request, state) =>
      answer(listener, request, (socket) => {
        state.acceptWebSocket(socket);
        feeds.set(socket, listener.acceptFed(socket));
      }),
    webSocketMessage(socket, data) {
      const feed = feeds.get(socket);
      if (feed === undefined) socket.close(RESTART, "the object has been out of memory");
      else feed.message(data);
    },
    webSocketClose: (socket, code, reason) => feeds.get(socket)?.closed(code, reason),
    webSocketError(socket, error) {
      feeds.get(socket)?.failed(error);
      feeds.get(socket)?.closed(undefined);
    },
  };
}

function answer(
  listener: SocketListener,
  request: Request,
  take: (socket: EdgeSocket) => void,
): Response {
  const { headers } = request;
  if (headers.get("upgrade")?.toLowerCase() !== "websocket")
    return new Response("a WebSocket is served here", { status: 426 });
  if (!listener.allows(headers.get("origin"), headers.get("host") ?? new URL(request.url).host))
    return new Response("this origin may not connect", { status: 403 });
  const { WebSocketPair: Pair } = globalThis as unknown as {
    readonly WebSocketPair: new () => { readonly 0: EdgeSocket; readonly 1: EdgeSocket };
  };
  const { 0: client, 1: server } = new Pair();
  take(server);
  return new Response(null, { status: 101, webSocket: client } as ResponseInit);
}
