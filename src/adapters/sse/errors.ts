// The errors of server-sent events.
//
// Owns what a stream can fail with for reasons of its content or of the server's answer. Failures
// of the network are not here: a client retries those, and its status shows them.

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
