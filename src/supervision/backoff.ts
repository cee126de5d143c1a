// backoff: a delay before a restart that grows with each attempt, and is drawn at random.
//
// Owns the arithmetic of SUP-8's delay, which realms wait by too, and the check of its ends. Which attempt it
// is, and what waits, is the supervisor's; the adapters' backoff (src/adapters/backoff.ts) is about links,
// which come back without a restart.

import { checkMs } from "../kernel/errors.js";
import { printed } from "../kernel/exit-reason.js";
import type { RestartDelay } from "./child-spec.js";

/** Throws RangeError unless these are the shortest and the longest wait before attempts. */
export function checkBackoff(minBackoffMs: number, maxBackoffMs: number): void {
  checkMs("minBackoffMs", minBackoffMs);
  checkMs("maxBackoffMs", maxBackoffMs);
  if (minBackoffMs === 0) {
    throw new RangeError("minBackoffMs is 0: it must be more than 0, or attempts never pause");
  }
  if (maxBackoffMs < minBackoffMs) {
    throw new RangeError(
      `maxBackoffMs is ${maxBackoffMs}: it must be at least minBackoffMs, which is ${minBackoffMs}`,
    );
  }
}

/**
 * Makes the `restartDelayMs` of a child: the delay before the n-th attempt is drawn evenly from `minMs`
 * up to `minMs × factor^n`, at most `maxMs` ("full jitter", so that many children do not return as one).
 *
 * @example
 * ```ts
 * child(Counter, [3], {
 *   restartDelayMs: backoff({ minMs: 100, maxMs: 10_000 }),
 *   restartLimit: { maxRestarts: 20, periodMs: 60_000 },
 * });
 * ```
 *
 * @throws RangeError for times that are none, a `maxMs` below `minMs`, a `factor` below 1.
 */
export function backoff(options: {
  /** The shortest delay, in milliseconds. */
  minMs: number;
  /** The longest delay, in milliseconds. */
  maxMs: number;
  /** By how much each attempt widens the range: 1 (never) or more. Default 2. */
  factor?: number;
}): RestartDelay {
  const { minMs, maxMs, factor = 2 } = options;
  checkMs("minMs", minMs);
  checkMs("maxMs", maxMs);
  if (maxMs < minMs) throw new RangeError(`maxMs is ${maxMs}: it must be at least minMs, ${minMs}`);
  if (!(factor >= 1)) throw new RangeError(`factor is ${printed(factor)}: it must be 1 or more`);
  return (attempt, random) =>
    Math.round(minMs + random() * (Math.min(maxMs, minMs * factor ** attempt) - minMs));
}
