// Sockets of a server of Deno, for realms.
//
// Owns the one call that only Deno has, and the answers to what may open no socket. Who may connect, and
// the link over the socket, is the listener's.

import type { SocketListener } from "../../src/realms/links/socket-listener.js";

interface DenoSockets {
  readonly Deno: {
    upgradeWebSocket(request: Request): {
      readonly response: Response;
      readonly socket: Parameters<SocketListener["accept"]>[0];
    };
  };
}

/**
 * Answers a request that opens a WebSocket: with the response for it, or with 403 for a page of another
 * origin and 426 for what asks for no WebSocket.
 *
 * @example
 * ```ts
 * Deno.serve((request) => upgradeWebSocket(on, request));
 * ```
 */
export function upgradeWebSocket(listener: SocketListener, request: Request): Response {
  const { headers } = request;
  if (headers.get("upgrade")?.toLowerCase() !== "websocket")
    return new Response("a WebSocket is served here", { status: 426 });
  if (!listener.allows(headers.get("origin"), headers.get("host")))
    return new Response("this origin may not connect", { status: 403 });
  const { Deno } = globalThis as unknown as DenoSockets;
  const { socket, response } = Deno.upgradeWebSocket(request);
  listener.accept(socket);
  return response;
}
