// The options of a WebSocket's client.
//
// Owns their names, their documentation and their check, which runs when the client starts. What is
// done with them is in session.ts (the life of the client), socket.ts (one socket), sender.ts and
// heartbeat.ts.

import { checkCount, checkMs } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import type { PerAttempt } from "../per-attempt.js";
import type { CloseClassOptions } from "./close-class.js";
import type { OutboxData } from "./message-bytes.js";
import type { OutboxOptions } from "./outbox.js";
import type { SocketConstructor } from "./socket.js";

/** What comes over a WebSocket. */
export type SocketMessage = string | ArrayBuffer | Blob;

/** How a client finds out that a link is dead. */
export interface HeartbeatOptions {
  /** A frame is sent so often, in milliseconds. */
  readonly everyMs: number;
  /** What is sent. Default `"ping"`. */
  readonly frame?: OutboxData | (() => OutboxData) | undefined;
  /** The answer, which is kept from `messages`: a text, or who knows it. Default `"pong"`. */
  readonly reply?: string | ((message: SocketMessage) => boolean) | undefined;
  /**
   * Any message within this time is a sign of life, in milliseconds. Default: `everyMs`. A timer
   * that fires late (a hidden page, a sleep) asks once more before it gives up.
   */
  readonly timeoutMs?: number | undefined;
}

/** Options of `webSocket`. Functions of `url` and `protocols` run for each attempt. */
export interface WebSocketOptions extends CloseClassOptions {
  /** Where the server is: `ws:` or `wss:`. A function can put a fresh token into it. */
  readonly url: PerAttempt<string | URL>;
  /** Subprotocols to offer. */
  readonly protocols?: PerAttempt<string | readonly string[]> | undefined;
  /** Default: the host's `WebSocket`, looked up at each attempt. Node 20 has none: pass ws's. */
  readonly WebSocket?: SocketConstructor | undefined;
  /** How binary messages come. Default `arraybuffer`. */
  readonly binaryType?: "arraybuffer" | "blob" | undefined;
  /**
   * Gets fresh credentials: after a handshake that was refused with 401 or 403 (only the package ws
   * tells), after close code 3000 or 4401, and after every `refreshAfter` failures in a row.
   */
  readonly refreshAuth?: ((context: { signal: AbortSignal }) => unknown) | undefined;
  /** How many links in a row end before `minUptimeMs` until `refreshAuth` is tried. Default 3. */
  readonly refreshAfter?: number | undefined;
  /** How long one attempt may take. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** The shortest wait before an attempt. Default 250. */
  readonly minBackoffMs?: number | undefined;
  /** The longest wait before an attempt. Default 30,000. */
  readonly maxBackoffMs?: number | undefined;
  /** The shortest wait after close code 1013, "try again later". Default 10,000. */
  readonly overloadedMs?: number | undefined;
  /** How long a link must last to start the backoff afresh. Default 5,000. */
  readonly minUptimeMs?: number | undefined;
  /** How long the closing handshake may take; then the socket is left. Default 1,000. */
  readonly closeTimeoutMs?: number | undefined;
  /** Messages that wait to be sent. See `createOutbox`. */
  readonly outbox?: OutboxOptions | undefined;
  /** So many bytes in the socket's own buffer stop the sending. Default 1,048,576. */
  readonly highWaterBytes?: number | undefined;
  /** So few start it again. Default: a quarter of `highWaterBytes`. */
  readonly lowWaterBytes?: number | undefined;
  /** Default: none, and a link that dies without a sign stays open. */
  readonly heartbeat?: HeartbeatOptions | undefined;
  /**
   * Takes every message, in order. A promise holds back the next one. A throw or a rejection
   * crashes the client: its supervisor restarts it.
   */
  readonly onMessage?: ((message: SocketMessage) => unknown) | undefined;
  /**
   * How many messages may wait for `onMessage`, or for a consumer that blocks, where the socket
   * cannot pause; one more closes the link (`InboxFull`). Default 1,000.
   */
  readonly maxInbox?: number | undefined;
}

/**
 * Checks options before anything is opened; those of the outbox and the backoff are checked by
 * their owners.
 *
 * @throws TypeError or RangeError that names the option and what it must be.
 */
export function checkWebSocketOptions(options: WebSocketOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`webSocket got ${printed(options)}: it needs options, such as { url }`);
  }
  const { url, binaryType = "arraybuffer", heartbeat, highWaterBytes = 1_048_576 } = options;
  const isUrl = typeof url === "function" || url instanceof URL;
  if (!isUrl && (typeof url !== "string" || url === "")) {
    throw new TypeError(`url is ${printed(url)}: it must be a URL, or a function that gives one`);
  }
  for (const name of ["WebSocket", "refreshAuth", "shouldRetry", "onMessage"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "function") {
      throw new TypeError(`${name} is ${printed(value)}: it must be a function, or left out`);
    }
  }
  if (binaryType !== "arraybuffer" && binaryType !== "blob") {
    throw new RangeError(
      `binaryType is ${printed(binaryType)}: it must be "arraybuffer" or "blob"`,
    );
  }
  for (const name of ["overloadedMs", "minUptimeMs", "closeTimeoutMs"] as const) {
    const value = options[name];
    if (value !== undefined) checkMs(name, value);
  }
  checkCount("highWaterBytes", highWaterBytes, 1);
  const { lowWaterBytes = 0 } = options;
  checkCount("lowWaterBytes", lowWaterBytes, 0);
  if (lowWaterBytes >= highWaterBytes) {
    throw new RangeError(
      `lowWaterBytes is ${lowWaterBytes}: it must be less than highWaterBytes, ${highWaterBytes}`,
    );
  }
  if (options.refreshAfter !== undefined) checkCount("refreshAfter", options.refreshAfter, 1);
  if (options.maxInbox !== undefined) checkCount("maxInbox", options.maxInbox, 1);
  if (heartbeat === undefined) return;
  const { everyMs, timeoutMs = everyMs } = heartbeat;
  for (const [name, value] of Object.entries({ everyMs, timeoutMs })) {
    checkMs(`heartbeat.${name}`, value);
    if (value === 0) throw new RangeError(`heartbeat.${name} is 0: it must be more than 0`);
  }
}
