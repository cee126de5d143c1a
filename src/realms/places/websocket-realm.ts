// webSocketRealm: the place behind a WebSocket server.
//
// Owns what such a place adds to its link: text as its codec, actors that are shared, how long its silence
// is borne, and that its outage is a state. The link is links/websocket-link.ts; the other places are
// places.ts, which is apart because whoever starts workers needs no codec for text.

import { whilePageIsHere } from "../links/page-life.js";
import { frameLimit, linkToServer, type WebSocketLinkOptions } from "../links/websocket-link.js";
import { jsonCodec } from "../values/json-codec.js";
import type { Place, PlaceOptions } from "./lease.js";
import type { BackoffTimes } from "./outage.js";
import { placeOf } from "./place.js";

/**
 * A realm behind a WebSocket server. Nothing is started there: what it shares is reached, of a server that
 * is trusted too. It is not trusted unless that is said.
 *
 * A server that goes away is a state and no failure: the restarts of what was reached there wait, between
 * `minBackoffMs` and `maxBackoffMs`, longer each time, and use up none of what a supervisor allows, until it is
 * back. One that refuses is a failure, whose restarts count.
 *
 * @throws RangeError for times and limits that are none.
 *
 * @example
 * ```ts
 * const place = webSocketRealm("wss://shop.example/realm");
 * ```
 */
export function webSocketRealm(
  url: string | URL,
  options: PlaceOptions & WebSocketLinkOptions & BackoffTimes = {},
): Place {
  frameLimit(options.maxFrameBytes, options.trusted ?? false);
  // A connection that is half open says nothing: unlike a worker that is busy, it will not come back.
  const unresponsiveMs = options.unresponsiveMs ?? 30_000;
  const open = whilePageIsHere(() => linkToServer(url, options));
  const kind = { shared: true, codec: jsonCodec, backoff: options };
  return placeOf(String(url), open, { ...options, unresponsiveMs }, kind);
}
