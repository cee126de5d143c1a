// What a close code means for a client: connect again, later, or never.
//
// Owns the table of close codes and the application's say in it. It knows no socket and no timer;
// how long "later" is, and after how many instant failures a token is refreshed (a browser shows a
// 401 at the handshake as 1006 only), is the client's.

import { printed } from "../../kernel/exit-reason.js";
/**
 * What to do after a close.
 * - `retry`: connect again after the backoff.
 * - `retryLater`: the same, with a longer delay, because the server said that it is overloaded.
 * - `final`: trying again would not help.
 */
export type CloseClass = "retry" | "retryLater" | "final";

/** How a socket closed; a `CloseEvent` is one. */
export interface CloseInfo {
  /** The close code: 1005 for a close frame without one, 1006 for a cut connection. */
  readonly code: number;
  /** The peer's text, or `""`. */
  readonly reason?: string | undefined;
  /** Whether the closing handshake was completed. */
  readonly wasClean?: boolean | undefined;
}

/** Options of {@link classifyClose}. */
export interface CloseClassOptions {
  /** Whether to connect again after 1000, the normal end. Default `false`. */
  retryNormal?: boolean | undefined;
  /**
   * Decides about the codes of applications and libraries, 3000 to 4999: `true` retries, `false`
   * is final, a class is itself, and `undefined` leaves it to the default.
   */
  shouldRetry?: ((close: CloseInfo) => boolean | CloseClass | undefined) | undefined;
}

/**
 * The codes from 3000 to 4999 that are final unless `shouldRetry` says otherwise: refusals that
 * the same request would meet again. The others are retried.
 *
 * 3000 and 3003 are IANA's unauthorized and forbidden. 4400, 4401, 4406, 4409, 4429 and 4500 are
 * those of graphql-ws, 4004 and 4005 are Discord's (authentication failed, already authenticated).
 */
export const FATAL_CLOSE_CODES: readonly number[] = [
  3000, 3003, 4004, 4005, 4400, 4401, 4406, 4409, 4429, 4500,
];

/**
 * Decides what a client does after its socket closed.
 *
 * | code | class |
 * |---|---|
 * | 1000 normal | `final`, or `retry` with `retryNormal` |
 * | 1001 going away, 1005 no code, 1006 cut, 1012 restart, 1014 bad gateway | `retry` |
 * | 1013 try again later | `retryLater` |
 * | other codes below 3000 | `final`: a fault of the protocol, or a use that no RFC defines |
 * | 3000 to 4999 | what `shouldRetry` says; else `final` for {@link FATAL_CLOSE_CODES}, `retry` for the rest |
 *
 * @throws RangeError when the code is not a whole number from 0 to 65,535.
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-7.4
 * @see https://www.iana.org/assignments/websocket/websocket.xhtml
 *
 * @example
 * ```ts
 * classifyClose({ code: 1006 }); // "retry"
 * classifyClose({ code: 4401 }, { shouldRetry: ({ code }) => code === 4401 || undefined }); // "retry"
 * ```
 */
export function classifyClose(close: CloseInfo, options: CloseClassOptions = {}): CloseClass {
  const { code } = close;
  if (!Number.isInteger(code) || code < 0 || code > 65_535) {
    throw new RangeError(
      `The close code is ${printed(code)}: it must be a whole number from 0 to 65535`,
    );
  }
  switch (code) {
    case 1000:
      return options.retryNormal === true ? "retry" : "final";
    case 1001:
    case 1005:
    case 1006:
    case 1012:
    case 1014:
      return "retry";
    case 1013:
      return "retryLater";
  }
  if (code < 3000 || code > 4999) return "final";
  const decision = options.shouldRetry?.(close);
  if (decision === true) return "retry";
  if (decision === false) return "final";
  return decision ?? (FATAL_CLOSE_CODES.includes(code) ? "final" : "retry");
}
