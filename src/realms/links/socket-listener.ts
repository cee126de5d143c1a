// The listening end of WebSockets: gives a link for each socket that a server accepted.
//
// Owns who may open one, by the request's Origin, before anything is accepted. A server's own way of
// accepting is platform/<host>/upgrade-websocket.ts, which asks `allows` and hands over the socket; any
// other server can do the same.

import { jsonCodec } from "../values/json-codec.js";
import type { Link } from "../wire/link.js";
import { checkOrigin } from "./exact-origin.js";
import type { Listener } from "./listener.js";
import { type RawSocket, SocketEnd, type SocketFeed } from "./socket-end.js";
import { type EventSocket, frameLimit, linkOfSocket } from "./websocket-link.js";

/** Options of {@link socketListener}. */
export interface SocketListenerOptions {
  /**
   * The exact origins of the pages that may open a socket. Default: the server's own, by host and port alone, since
   * behind a proxy a server does not know its scheme: name the origins of what is served by https, or a page that came
   * by plain http from the same host is let in as well. What is no browser names no origin, and is let in: who it
   * is, `authenticate` of `serve` asks.
   */
  readonly origins?: readonly string[] | undefined;
  /** The longest packet that is taken, in bytes. Default 1 MiB, or 256 MiB where it is trusted. */
  readonly maxFrameBytes?: number | undefined;
  /** Whether all who connect run our own code, as between servers. Default `false`. */
  readonly trusted?: boolean | undefined;
}

/** A listener that a WebSocket server feeds. */
export interface SocketListener extends Listener {
  /** The longest packet that is taken: the limit to give the server, too. */
  readonly maxFrameBytes: number;
  /** Whether a request may open a socket now, by its headers `Origin` and `Host`. */
  allows(origin: string | null | undefined, host: string | null | undefined): boolean;
  /** Makes a link of a socket with events, open or about to be. */
  accept(socket: EventSocket): void;
  /** Makes a link of an open socket whose server calls functions; gives those to be called. */
  acceptFed(socket: RawSocket): SocketFeed;
}

/**
 * Makes a listener for a WebSocket server of any host, to be given to `serve` as `on`.
 *
 * @throws TypeError for an origin that is not exact; RangeError for a `maxFrameBytes` that is no whole
 * number of 1 or more.
 *
 * @example
 * ```ts
 * const on = socketListener({ origins: ["https://shop.example"] });
 * serve([Counter], { on });
 * ```
 */
export function socketListener(options: SocketListenerOptions = {}): SocketListener {
  const { origins, trusted = false } = options;
  for (const origin of origins ?? []) checkOrigin(origin);
  const maxFrameBytes = frameLimit(options.maxFrameBytes, trusted);
  const listeners = new Set<(link: Link) => void>();
  const settings = { name: "a client's WebSocket", trusted, maxFrameBytes };
  const give = (link: Link): void => {
    const [onLink] = listeners;
    // Nobody serves any more, or not yet.
    if (onLink === undefined) link.close();
    else onLink(link);
  };
  return {
    codec: jsonCodec,
    trusted,
    maxFrameBytes,
    listen(onLink) {
      listeners.add(onLink);
      return () => listeners.delete(onLink);
    },
    allows(origin, host) {
      // Deno cannot close a socket that is not open yet: what nobody serves is not to open at all.
      if (listeners.size === 0) return false;
      if (origin === null || origin === undefined) return true;
      if (origins !== undefined) return origins.includes(origin);
      try {
        return new URL(origin).host === host;
      } catch {
        return false;
      }
    },
    accept: (socket) => give(linkOfSocket(socket, settings)),
    acceptFed(socket) {
      const end = new SocketEnd(socket, { ...settings, isOpen: true });
      give(end);
      return end;
    },
  };
}
