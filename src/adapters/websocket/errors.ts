// The errors of WebSocket adapters.
//
// Owns what a sender can be told (no room, dropped, no socket any more) and why a link was not opened
// or was given up. Which of the latter end a client, and which only make it try again, is the
// client's to say; its status shows them.

import { ActorError } from "../../kernel/errors.js";
import type { DropReason } from "./outbox-entry.js";

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

  constructor(detail: {
    closeCode: number;
    reason?: string | undefined;
    wasClean?: boolean | undefined;
    url?: string | undefined;
    cause?: unknown;
  }) {
    const { closeCode, reason = "", wasClean = false, url = "", cause } = detail;
    super(
      `Cannot use the WebSocket${url === "" ? "" : ` ${url}`}: it closed with code ${closeCode}` +
        (reason === "" ? "" : ` (${reason})`),
      cause,
    );
    this.closeCode = closeCode;
    this.reason = reason;
    this.wasClean = wasClean;
    this.url = url;
  }
}

/** A message was queued and then dropped. It was never handed to a socket. */
export class MessageDropped extends ActorError {
  override readonly name: string = "MessageDropped";
  readonly code: "message-dropped" = "message-dropped";
  readonly reason: DropReason;

  constructor(reason: DropReason) {
    super(`Cannot send the message: ${WHY_DROPPED[reason]}`);
    this.reason = reason;
  }
}

const WHY_DROPPED: Record<DropReason, string> = {
  full: "the outbox had no room for it",
  expired: "its ttlMs was over before a socket took it",
  closed: "the client has ended",
  cancelled: "its sender took it back",
};

/** A socket did not open. A browser tells nobody why; the package ws tells the status. */
export class HandshakeFailed extends ActorError {
  override readonly name: string = "HandshakeFailed";
  readonly code: "handshake-failed" = "handshake-failed";
  readonly url: string;
  /** The HTTP status of the refusal, where the host tells it. */
  readonly status: number | undefined;

  constructor(url: string, cause: unknown) {
    const why = cause instanceof Error && cause.message !== "" ? cause.message : undefined;
    super(
      `Cannot open the WebSocket ${url}: ${why ?? "the handshake failed"}; ` +
        "check that the server runs there and accepts this origin and token",
      cause,
    );
    this.url = url;
    const status = /unexpected server response: (\d{3})/i.exec(why ?? "")?.[1];
    this.status = status === undefined ? undefined : Number(status);
  }
}

/** Options that no socket can be made of: a URL or a subprotocol that is wrong. Final. */
export class SocketRefused extends ActorError {
  override readonly name: string = "SocketRefused";
  readonly code: "socket-refused" = "socket-refused";
  readonly url: string;

  constructor(url: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot make a WebSocket to ${url}: ${why}; correct the URL or the protocols`, cause);
    this.url = url;
  }
}

/** Nothing came within the heartbeat's `timeoutMs`: the link is given up and opened again. */
export class HeartbeatLost extends ActorError {
  override readonly name: string = "HeartbeatLost";
  readonly code: "heartbeat-lost" = "heartbeat-lost";
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super(
      `Cannot use the WebSocket any more: nothing came within ${timeoutMs} ms of a heartbeat; ` +
        "have the server answer it, or raise heartbeat.timeoutMs",
    );
    this.timeoutMs = timeoutMs;
  }
}

/** Messages came faster than they were handled, and the socket cannot pause: it was closed. */
export class InboxFull extends ActorError {
  override readonly name: string = "InboxFull";
  readonly code: "inbox-full" = "inbox-full";
  readonly max: number;

  constructor(max: number) {
    super(
      `Cannot receive more messages: ${max} wait for onMessage or for a consumer that blocks; ` +
        "handle them faster, or raise maxInbox",
    );
    this.max = max;
  }
}
