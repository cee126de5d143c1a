// The times of a connection: what a user may set, the defaults, and what is refused.
//
// Owns their check, in the names that a user wrote, and the error of the one time that ends
// something: an attempt that takes too long. Starts no timer: connection.ts does.

import { ActorError, checkMs } from "../kernel/errors.js";
import { checkBackoff } from "../supervision/backoff.js";

/** Times of a connection, in milliseconds. */
export interface ConnectionTimes {
  /** How long one attempt may take: more than 0. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** The shortest wait before an attempt: more than 0. Default 250. */
  readonly minBackoffMs?: number | undefined;
  /** The longest wait before an attempt. Default 30,000, or `minBackoffMs` if that is longer. */
  readonly maxBackoffMs?: number | undefined;
  /** How long a link must last before the backoff starts afresh. Default 5,000. */
  readonly stableMs?: number | undefined;
}

/**
 * Fills the times in and checks them.
 *
 * @throws RangeError that names the option, its value and what it must be.
 */
export function checkConnectionTimes(times: ConnectionTimes): {
  readonly [Name in keyof ConnectionTimes]-?: number;
} {
  const { connectTimeoutMs = 10_000, minBackoffMs = 250, stableMs = 5_000 } = times;
  const { maxBackoffMs = Math.max(30_000, minBackoffMs) } = times;
  checkMs("connectTimeoutMs", connectTimeoutMs);
  checkBackoff(minBackoffMs, maxBackoffMs);
  checkMs("stableMs", stableMs);
  if (connectTimeoutMs === 0) {
    throw new RangeError("connectTimeoutMs is 0: it must be more than 0, or no attempt succeeds");
  }
  return { connectTimeoutMs, minBackoffMs, maxBackoffMs, stableMs };
}

/** An attempt took longer than its `connectTimeoutMs`. It is tried again. */
export class ConnectTimeout extends ActorError {
  override readonly name: string = "ConnectTimeout";
  readonly code: "connect-timeout" = "connect-timeout";
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super(
      `Cannot connect within ${timeoutMs} ms: check that the far end is there and answers, ` +
        "or raise connectTimeoutMs",
    );
    this.timeoutMs = timeoutMs;
  }
}
