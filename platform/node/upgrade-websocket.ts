// Sockets of a server of Node, for realms, by the package ws.
//
// Owns the answer to a request that may not open one, before ws sees it. The package is the user's: it is
// handed in, and nothing of it is imported. Who may connect, and the link, is the listener's.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { SocketListener } from "../../src/realms/socket-listener.js";

/** The class `WebSocketServer` of ws: what is used of it. */
export type SocketServerClass = new (options: {
  readonly noServer: true;
  readonly maxPayload: number;
}) => {
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    accepted: (socket: never) => void,
  ): void;
};

/**
 * Makes the listener of a server's event `upgrade`: sockets of the server's own origin, or of those that
 * the listener allows, become links; others are answered with 403.
 *
 * @example
 * ```ts
 * // import { createServer } from "node:http";
 * // import { WebSocketServer } from "ws";
 * // const on = socketListener({ origins: ["https://shop.example"] });
 * // createServer().on("upgrade", webSocketUpgrade(on, WebSocketServer)).listen(8080);
 * ```
 */
export function webSocketUpgrade(
  listener: SocketListener,
  WebSocketServer: SocketServerClass,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const server = new WebSocketServer({ noServer: true, maxPayload: listener.maxFrameBytes });
  return (request, socket, head) => {
    const { origin, host } = request.headers;
    if (listener.allows(origin, host)) {
      server.handleUpgrade(request, socket, head, (accepted) => listener.accept(accepted));
      return;
    }
    socket.on("error", () => {});
    socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  };
}
