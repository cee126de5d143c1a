// One request for an event stream: from the options of the moment to a body that can be read.
//
// Owns the URL, headers and body of an attempt, the judgement of the response, and the one refresh
// of credentials. It retries nothing else, parses nothing and starts no timer: its caller limits the
// attempt by a signal, and gives the stream back with `abort`.

import { UnsupportedError } from "../../kernel/errors.js";
import { forAttempt } from "../per-attempt.js";
import { classify as classifyByDefault } from "./classify.js";
import { SseLost, SseUnavailable } from "./errors.js";
import { type EventSourceOptions, type Fetch, isStream } from "./options.js";

/** What an attempt is told by the client. */
export interface Attempt {
  /** Ends the attempt, and closes what it has opened. */
  readonly signal: AbortSignal;
  /** The id to resume after, or `""`. */
  readonly lastEventId: string;
  /** The present time in milliseconds since 1970. */
  readonly wallTimeMs: number;
  /** The host in words, for errors. */
  readonly host: string;
  /** Whether credentials were refreshed since a stream was open. */
  readonly authRefreshed: boolean;
  /** Credentials are being refreshed: the next 401 is final. */
  refreshed(): void;
}

/** The server has nothing more to say (status 204, or the `stop` of a `classify`). */
export class Stopped {}

/** An open event stream. */
export interface OpenStream {
  /** The URL that answered. */
  readonly url: string;
  /** The next bytes; `undefined` at the end. Rejects with SseLost when the stream was cut. */
  read(): Promise<Uint8Array | undefined>;
  /** Closes the stream. What is being read rejects. Idempotent. */
  abort(): void;
}

/**
 * Makes one attempt. Rejects with {@link Stopped}, SseRefused (both are final), SseUnavailable,
 * SseLost, UnsupportedError without a `fetch` that streams, what an option's function threw, or the signal's
 * reason. On every rejection the response is closed.
 */
export async function openStream(
  options: EventSourceOptions,
  attempt: Attempt,
): Promise<OpenStream> {
  const { signal } = attempt;
  const fetch = options.fetch ?? hostFetch(attempt.host);
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", abort, { once: true });
  try {
    let { authRefreshed } = attempt;
    const canRefresh = options.refreshAuth !== undefined || makesCredentials(options);
    for (;;) {
      const url = await forAttempt(options.url);
      const init = await requestInit(options, attempt.lastEventId, controller.signal);
      signal.throwIfAborted();
      const response = await fetch(url, init).catch((error: unknown) => {
        signal.throwIfAborted();
        throw new SseLost("reach", String(url), error);
      });
      const decision = (options.classify ?? classifyByDefault)(response, {
        wallTimeMs: attempt.wallTimeMs,
        authRefreshed: authRefreshed || !canRefresh,
      });
      const { status } = response;
      switch (decision.action) {
        case "open":
          return streamOf(response, String(url), controller, attempt.host);
        case "refreshAuth":
          discard(response);
          await options.refreshAuth?.({ signal });
          attempt.refreshed();
          authRefreshed = true;
          continue;
        case "retry":
          throw new SseUnavailable({ status, retryAfterMs: decision.afterMs, url: String(url) });
        case "stop":
          throw new Stopped();
        default:
          throw decision.error;
      }
    }
  } catch (error) {
    controller.abort();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function makesCredentials({ url, headers }: EventSourceOptions): boolean {
  return typeof url === "function" || typeof headers === "function";
}

async function requestInit(
  options: EventSourceOptions,
  lastEventId: string,
  signal: AbortSignal,
): Promise<RequestInit> {
  const { method = "GET", credentials } = options;
  const headers = new Headers(await forAttempt(options.headers ?? {}));
  if (!headers.has("accept")) headers.set("accept", "text/event-stream");
  if (lastEventId !== "") headers.set("last-event-id", headerText(lastEventId));
  const body = options.body === undefined ? undefined : await forAttempt(options.body);
  return {
    method,
    headers,
    signal,
    // Not a Cache-Control header: set by hand it needs a preflight across origins.
    cache: "no-store",
    ...(credentials === undefined ? {} : { credentials }),
    ...(body === undefined ? {} : { body }),
    // Hosts demand it for the body that is a stream, and ignore it for others.
    ...(isStream(body) ? { duplex: "half" } : {}),
  };
}

/** An id as a header can carry it: its UTF-8 bytes, each as one character (the standard's way). */
function headerText(id: string): string {
  let text = "";
  for (const byte of new TextEncoder().encode(id)) text += String.fromCharCode(byte);
  return text;
}

function streamOf(
  response: Response,
  asked: string,
  controller: AbortController,
  host: string,
): OpenStream {
  // `null` is an empty body; a fetch that reads bodies as a whole (React Native's) has no such member.
  if (response.body === undefined) {
    throw new UnsupportedError({
      capability: "a response's body as a stream",
      host,
      alternative: "pass a fetch that streams: eventSource with { url, fetch }",
    });
  }
  const reader = response.body?.getReader();
  const url = response.url || asked;
  return {
    url,
    async read() {
      try {
        const result = await reader?.read();
        return result?.value;
      } catch (error) {
        throw new SseLost("read on from", url, error);
      }
    },
    abort() {
      controller.abort();
      // A fetch that is not the host's may not tie the body to the signal.
      reader?.cancel().catch(() => {});
    },
  };
}

function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}

function hostFetch(host: string): Fetch {
  const { fetch } = globalThis as { fetch?: Fetch };
  if (typeof fetch === "function") return fetch;
  throw new UnsupportedError({
    capability: "fetch",
    host,
    alternative: "pass a fetch of your own: eventSource with { url, fetch }",
  });
}
