// The options of an event stream's client.
//
// Owns their names, their documentation and their check, which runs when the client starts. What is
// done with them is in session.ts (the life of the client) and request.ts (one attempt).

import { checkCount, checkMs } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import type { PerAttempt } from "../per-attempt.js";
import type { Classify } from "./classify.js";
import type { ServerSentEvent } from "./parser.js";

/** What a client needs of `fetch`. */
export type Fetch = (url: string | URL, init: RequestInit) => Promise<Response>;

/** Whether a page is hidden, and when that changes. */
export interface Visibility {
  /** Whether it is hidden now. */
  readonly hidden: boolean;
  /** Calls `listener` when `hidden` changes; gives the function that ends it. */
  subscribe(listener: () => void): () => void;
}

/** Options of `eventSource`. Functions of `url`, `headers` and `body` run for each attempt. */
export interface EventSourceOptions {
  /** Where the stream is: an absolute URL, or in a page also one that is relative to the page. */
  readonly url: PerAttempt<string | URL>;
  /** Default `GET`. */
  readonly method?: string | undefined;
  /** The body of each request but GET and HEAD. One that can be read once only must be a function. */
  readonly body?: PerAttempt<BodyInit> | undefined;
  /**
   * Beside `Accept` and `Last-Event-ID`, which are set for you. Across origins a server must name
   * `Last-Event-ID`, and what you add, in `Access-Control-Allow-Headers`.
   */
  readonly headers?: PerAttempt<HeadersInit> | undefined;
  /** As of `fetch`; its default is `same-origin`. */
  readonly credentials?: RequestCredentials | undefined;
  /** Default: the host's `fetch`, looked up at each attempt. */
  readonly fetch?: Fetch | undefined;
  /** The id to resume after with the first request. Default `""`: none. */
  readonly lastEventId?: string | undefined;
  /** What to do with each response. Default: `classify`. */
  readonly classify?: Classify | undefined;
  /**
   * Gets fresh credentials after a 401 or 403, which is final at the second time in a row. Without
   * it the second time needs `url` or `headers` to be functions; else the first is final.
   */
  readonly refreshAuth?: ((context: { signal: AbortSignal }) => unknown) | undefined;
  /**
   * Whether to request again after a stream ended, was cut, or could not be reached. Default: `true`
   * for GET, `false` for other methods, because the server may do it twice. Answers like 503 are
   * tried again in any case.
   */
  readonly repeat?: boolean | undefined;
  /**
   * Give a stream up after so long without a byte, in milliseconds, and connect again: at least
   * three times the server's heartbeat. Default: never.
   */
  readonly stallMs?: number | undefined;
  /** How large an event may be. Default 1 MiB; a larger one is final: `EventTooLarge`. */
  readonly maxEventBytes?: number | undefined;
  /** Close the stream while the page is hidden, and resume when it is visible. Default `false`. */
  readonly pauseWhileHidden?: boolean | undefined;
  /** Default: that of the host's `document`; a host without one is never hidden. */
  readonly visibility?: Visibility | undefined;
  /**
   * Takes every event, in order. A promise holds back the next one, and with it the stream. A throw
   * or a rejection crashes the client: its supervisor restarts it.
   */
  readonly onEvent?: ((event: ServerSentEvent) => unknown) | undefined;
  /** How long one attempt may take until the response's head is there. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** The shortest wait before an attempt. Default 250; the server's `retry` is its floor. */
  readonly minBackoffMs?: number | undefined;
  /** The longest wait before an attempt, without such a floor. Default 30,000. */
  readonly maxBackoffMs?: number | undefined;
  /** How long a stream without an event must last to start the backoff afresh. Default 5,000. */
  readonly stableMs?: number | undefined;
}

/**
 * Checks options before anything is sent; the times of the backoff are checked by their owner.
 *
 * @throws TypeError or RangeError that names the option and what it must be.
 */
export function checkEventSourceOptions(options: EventSourceOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`eventSource got ${printed(options)}: it needs options, such as { url }`);
  }
  const { url, lastEventId, stallMs, maxEventBytes, method, body, visibility } = options;
  const isUrl = typeof url === "function" || url instanceof URL;
  if (!isUrl && (typeof url !== "string" || url === "")) {
    throw new TypeError(`url is ${printed(url)}: it must be a URL, or a function that gives one`);
  }
  if (typeof url === "string" && options.fetch === undefined && !isReachable(url)) {
    throw new TypeError(
      `url is ${printed(url)}: it must be an absolute URL, such as "https://example.com/events"; ` +
        "only a page resolves others",
    );
  }
  for (const name of ["fetch", "classify", "refreshAuth", "onEvent"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "function") {
      throw new TypeError(`${name} is ${printed(value)}: it must be a function, or left out`);
    }
  }
  if (method !== undefined && (typeof method !== "string" || method === "")) {
    throw new TypeError(`method is ${printed(method)}: it must be an HTTP method, such as "POST"`);
  }
  if (body !== undefined && /^(?:get|head)$/i.test(method ?? "GET")) {
    throw new TypeError(`body cannot be sent with method ${method ?? "GET"}: pass method "POST"`);
  }
  if (isStream(body)) {
    throw new TypeError(
      "body is a ReadableStream, which can be sent once only: pass a function that makes one",
    );
  }
  if (lastEventId !== undefined && typeof lastEventId !== "string") {
    throw new TypeError(`lastEventId is ${printed(lastEventId)}: it must be a string`);
  }
  if (visibility !== undefined && typeof visibility?.subscribe !== "function") {
    throw new TypeError(
      `visibility is ${printed(visibility)}: it must be { hidden, subscribe }, or left out`,
    );
  }
  if (maxEventBytes !== undefined) checkCount("maxEventBytes", maxEventBytes, 1);
  if (stallMs !== undefined) {
    checkMs("stallMs", stallMs, true);
    if (stallMs === 0) {
      throw new RangeError("stallMs is 0: it must be at least three heartbeats, or left out");
    }
  }
}

/** Whether a host's `fetch` can make sense of a URL: in a page, relative to the page's own. */
function isReachable(url: string): boolean {
  try {
    return new URL(url, (globalThis as { location?: Location }).location?.href) !== undefined;
  } catch {
    return false;
  }
}

/** Whether a body is a stream; false on a host that has none. */
export function isStream(body: unknown): boolean {
  return typeof ReadableStream === "function" && body instanceof ReadableStream;
}
