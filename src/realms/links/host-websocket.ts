// The WebSocket constructor of the host, for realms, the client of messages and the link of bytes.
//
// Owns the look-up, when an attempt is made and not before, and the remedy where a host has none.
// Whether a user has brought one is asked before.

import { UnsupportedError } from "../../kernel/errors.js";
import { hostName } from "./host-name.js";

/**
 * The host's constructor. `use` is the call that takes one instead, such as `webSocket({ url, WebSocket })`.
 *
 * @throws UnsupportedError where there is none: Node before 22.
 */
export function hostWebSocket<Constructor>(use: string, host: string = hostName()): Constructor {
  const found = (globalThis as { WebSocket?: unknown }).WebSocket;
  if (typeof found === "function") return found as Constructor;
  throw new UnsupportedError({
    capability: "WebSocket",
    host,
    alternative:
      `it has none of its own (Node has one from version 22 on); run npm install ws, and pass ` +
      `${use} with import { WebSocket } from "ws"`,
  });
}
