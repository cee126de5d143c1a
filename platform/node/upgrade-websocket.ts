// Sockets of a server of Node, for realms, by the package ws.
//
// Owns the answer to a request that may not open one, before ws sees it. The package is the user's: it is
// handed in, and nothing of it is imported. Who may connect, and the link, is the listener's.

import type { SocketListener } from "../../src/realms/links/socket-listener.js";
import type { EventSocket } from "../../src/realms/links/websocket-link.js";

// Written out, so that users without the types of Node can compile what is about workers alone.

/** A request as `node:http` gives it: what is read of it. */
export interface UpgradeRequest {
  readonly headers: {
    readonly origin?: string | undefined;
    readonly host?: string | undefined;
  };
}

/** The socket of such a request: what is done with it. */
export interface UpgradeSocket {
  on(event: "error", listener: () => void): unknown;
  end(text: string): unknown;
}

/** The class `WebSocketServer` of ws: what is used of it. */
export type SocketServerClass = new (options: {
  readonly noServer: true;
  readonly maxPayload: number;
}) => {
  handleUpgrade(
    request: never,
    socket: never,
    head: never,
    // `unknown`, not `never`: the parameter of a parameter is given to us.
    accepted: (socket: unknown) => void,
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
): (request: UpgradeRequest, socket: UpgradeSocket, head: Uint8Array) => void {
  const server = new WebSocketServer({ noServer: true, maxPayload: listener.maxFrameBytes });
  return (request, socket, head) => {
    const { origin, host } = request.headers;
    if (listener.allows(origin, host)) {
      const accepted = (opened: unknown): void => listener.accept(opened as EventSocket);
      server.handleUpgrade(request as never, socket as never, head as never, accepted);
      return;
    }
    socket.on("error", () => {});
    socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  };
}
