// The errors of WebSocket adapters.
//
// Owns what a sender can be told: no room in the outbox, or no socket any more. A lost connection
// by itself is no error of these: a client waits and connects again, and its status shows it.

import { ActorError } from "../../kernel/errors.js";

/** An outbox had no room for a message and its policy is `reject`. Nothing was queued. */
export class OutboxFull extends ActorError {
  override readonly name: string = "OutboxFull";
  readonly code: "outbox-full" = "outbox-full";
  /** The messages that wait, and their limit. */
  readonly count: number;
  readonly maxCount: number;
  /** The bytes that wait, and their limit. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** The size of the message that had no room, in bytes. */
  readonly messageBytes: number;

  constructor(detail: {
    count: number;
    maxCount: number;
    bytes: number;
    maxBytes: number;
    messageBytes: number;
  }) {
    const { count, maxCount, bytes, maxBytes, messageBytes } = detail;
    super(
      `Cannot queue a message of ${messageBytes} bytes: ${count} of ${maxCount} messages and ` +
        `${bytes} of ${maxBytes} bytes wait to be sent; ` +
        `raise the limits, or choose policy "block", "dropOldest" or "dropNewest"`,
    );
    this.count = count;
    this.maxCount = maxCount;
    this.bytes = bytes;
    this.maxBytes = maxBytes;
    this.messageBytes = messageBytes;
  }
}

/** A WebSocket closed and will not be opened again, or its client was stopped. */
export class SocketClosed extends ActorError {
  override readonly name: string = "SocketClosed";
  readonly code: "socket-closed" = "socket-closed";
  /** The close code (RFC 6455, section 7.4): 1006 when the connection was cut. */
  readonly closeCode: number;
  /** The reason the peer gave, or `""`. It is the peer's text: do not trust it. */
  readonly reason: string;
  /** Whether the closing handshake was completed. */
  readonly wasClean: boolean;
  /** The socket's URL; `""` where it is not known. */
  readonly url: string;

  constructor(
    detail: {
      closeCode: number;
      reason?: string | undefined;
      wasClean?: boolean | undefined;
      url?: string | undefined;
    },
    options?: ErrorOptions,
  ) {
    const { closeCode, reason = "", wasClean = false, url = "" } = detail;
    super(
      `Cannot use the WebSocket${url === "" ? "" : ` ${url}`}: it closed with code ${closeCode}` +
        (reason === "" ? "" : ` (${reason})`),
      options,
    );
    this.closeCode = closeCode;
    this.reason = reason;
    this.wasClean = wasClean;
    this.url = url;
  }
}
