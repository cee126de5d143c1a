// The errors of server-sent events.
//
// Owns what a stream can fail with: its content, the server's answer, the network. Which of them end
// a client and which only make it try again is the client's to say.

import { ActorError } from "../../kernel/errors.js";

/**
 * One event of a stream is larger than `maxEventBytes`. The parser stops at it: what follows
 * cannot be trusted to be whole events, and reading on would only buffer more.
 */
export class EventTooLarge extends ActorError {
  override readonly name: string = "EventTooLarge";
  readonly code: "sse-event-too-large" = "sse-event-too-large";
  /** The limit that was exceeded, in bytes. */
  readonly maxEventBytes: number;
  /** The id to resume after: that of the last event before this one, or `""`. */
  readonly lastEventId: string;

  constructor(detail: { maxEventBytes: number; lastEventId: string }) {
    super(
      `Cannot read a server-sent event of more than ${detail.maxEventBytes} bytes: ` +
        "raise maxEventBytes, or have the server send smaller events",
    );
    this.maxEventBytes = detail.maxEventBytes;
    this.lastEventId = detail.lastEventId;
  }
}

/** A server gave an answer that is no event stream, and trying again would not change it. */
export class SseRefused extends ActorError {
  override readonly name: string = "SseRefused";
  readonly code: "sse-refused" = "sse-refused";
  /** The HTTP status; 0 where the host hides it (a redirect that was not followed). */
  readonly status: number;
  /** The `Content-Type` as it came, or `null` without one. */
  readonly contentType: string | null;
  /** The URL that answered, after redirects; `""` where the host does not tell. */
  readonly url: string;

  constructor(detail: { status: number; contentType: string | null; url: string }) {
    const { status, contentType, url } = detail;
    super(`Cannot open the event stream${url === "" ? "" : ` ${url}`}: ${whyRefused(detail)}`);
    this.status = status;
    this.contentType = contentType;
    this.url = url;
  }
}

/** A server gave an answer that is worth another try: 408, 429 or 5xx. The client waits. */
export class SseUnavailable extends ActorError {
  override readonly name: string = "SseUnavailable";
  readonly code: "sse-unavailable" = "sse-unavailable";
  /** The HTTP status. */
  readonly status: number;
  /** How long the server asked to be left alone, in milliseconds, if it did. */
  readonly retryAfterMs: number | undefined;

  constructor(detail: { status: number; retryAfterMs?: number | undefined; url: string }) {
    const { status, retryAfterMs, url } = detail;
    super(
      `Cannot open the event stream${url === "" ? "" : ` ${url}`} now: the server answered status ` +
        `${status}${retryAfterMs === undefined ? "" : ` and asks to wait ${retryAfterMs} ms`}`,
    );
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The network failed: the server could not be reached, or the stream was cut. */
export class SseLost extends ActorError {
  override readonly name: string = "SseLost";
  readonly code: "sse-lost" = "sse-lost";
  /** The URL that was asked. */
  readonly url: string;

  constructor(action: "reach" | "read on from", url: string, cause: unknown) {
    super(`Cannot ${action} the event stream ${url}: ${inWords(cause)}`, cause);
    this.url = url;
  }
}

/** Nothing came for `stallMs`, not even a comment: the stream is given up and opened again. */
export class SseStalled extends ActorError {
  override readonly name: string = "SseStalled";
  readonly code: "sse-stalled" = "sse-stalled";
  readonly stallMs: number;

  constructor(stallMs: number) {
    super(
      `Cannot read on from the event stream: no byte came for ${stallMs} ms; ` +
        "raise stallMs, or have the server send heartbeats",
    );
    this.stallMs = stallMs;
  }
}

/** An error with its cause: `fetch` says "fetch failed", and only the cause says why. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== ""
    ? `${error.message} (${cause.message})`
    : error.message;
}

function whyRefused({
  status,
  contentType,
}: {
  status: number;
  contentType: string | null;
}): string {
  if (status === 200) {
    const came = contentType === null ? "without a Content-Type" : `with type ${contentType}`;
    return `the server answered ${came}, and text/event-stream is required`;
  }
  if (status === 401 || status === 403) {
    return `the server answered status ${status}: it does not accept the credentials sent`;
  }
  return `the server answered status ${status}, and 200 is required`;
}
