// What a client of event streams does with a response: open it, try again, or give up.
//
// Owns the decision only (the status, the MIME type, Retry-After), so that an application can
// replace it with its own. It reads no body, starts no timer and keeps no state: the client acts
// on the decision, and says in the context what it has tried already.

import { checkMs } from "../../kernel/errors.js";
import { SseRefused } from "./errors.js";
import { retryAfterMs } from "./retry-after.js";

/** What {@link classify} looks at; a `Response` of `fetch` is one. */
export interface SseResponse {
  /** The status code, such as 200. */
  readonly status: number;
  /** Its `content-type` and `retry-after` are read. */
  readonly headers: { get(name: string): string | null };
  /** The URL that answered, for the error. */
  readonly url?: string | undefined;
}

/** What the client knows beside the response. */
export interface ClassifyContext {
  /** The present time in milliseconds since 1970, for a Retry-After that is a date. */
  readonly wallTimeMs: number;
  /** The longest time to stay away that is believed, in milliseconds. Default 300,000 (5 min). */
  readonly maxRetryAfterMs?: number | undefined;
  /** Whether the credentials were refreshed for this attempt already. Default `false`. */
  readonly authRefreshed?: boolean | undefined;
}

/**
 * What to do with a response.
 * - `open`: read its body as an event stream.
 * - `retry`: connect again after the backoff, and not before `afterMs` milliseconds.
 * - `refreshAuth`: fetch new credentials and connect again, once.
 * - `stop`: the server has nothing more to say; end without an error.
 * - `final`: trying again would not help; end with `error`.
 */
export type SseDecision =
  | { readonly action: "open" }
  | { readonly action: "retry"; readonly afterMs?: number }
  | { readonly action: "refreshAuth" }
  | { readonly action: "stop" }
  | { readonly action: "final"; readonly error: SseRefused };

/** The shape of {@link classify}, for an application's own. */
export type Classify = (response: SseResponse, context: ClassifyContext) => SseDecision;

/** The longest Retry-After that is believed without `maxRetryAfterMs`: 5 minutes. */
export const DEFAULT_MAX_RETRY_AFTER_MS: number = 300_000;

/**
 * Decides what to do with a response to a request for an event stream.
 *
 * Status 200 with `text/event-stream` opens, whatever the type's parameters and case. 204 stops.
 * 408, 429 and 5xx are retried, after Retry-After where there is one (seconds or a date, at most
 * `maxRetryAfterMs`). 401 and 403 ask for fresh credentials, once. The rest is final. The standard
 * has no retry and no refresh: to it all but 200 is final.
 *
 * @throws RangeError when `maxRetryAfterMs` is no time in milliseconds.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model
 *
 * @example A server that answers 404 while it deploys
 * ```ts
 * const patient: Classify = (response, context) =>
 *   response.status === 404 ? { action: "retry" } : classify(response, context);
 * ```
 */
export function classify(response: SseResponse, context: ClassifyContext): SseDecision {
  const { status, headers } = response;
  const { maxRetryAfterMs = DEFAULT_MAX_RETRY_AFTER_MS } = context;
  checkMs("maxRetryAfterMs", maxRetryAfterMs);
  const contentType = headers.get("content-type");
  if (status === 200 && isEventStream(contentType)) return { action: "open" };
  if (status === 204) return { action: "stop" };
  if (status === 408 || status === 429 || (status >= 500 && status <= 599)) {
    const afterMs = retryAfterMs(headers.get("retry-after"), context.wallTimeMs);
    if (afterMs === undefined) return { action: "retry" };
    return { action: "retry", afterMs: Math.min(afterMs, maxRetryAfterMs) };
  }
  if ((status === 401 || status === 403) && context.authRefreshed !== true) {
    return { action: "refreshAuth" };
  }
  const error = new SseRefused({ status, contentType, url: response.url ?? "" });
  return { action: "final", error };
}

/**
 * Whether a Content-Type is `text/event-stream`. Several values (a header set twice) count like in
 * `fetch`: the last valid one wins.
 */
function isEventStream(contentType: string | null): boolean {
  let essence = "";
  for (const value of contentType?.match(/(?:[^,"]|"[^"]*"?)+/g) ?? []) {
    const type = (value.split(";")[0] ?? "").trim().toLowerCase();
    if (/^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/.test(type) && type !== "*/*") essence = type;
  }
  return essence === "text/event-stream";
}
