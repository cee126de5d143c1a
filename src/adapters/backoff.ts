// Full-jitter exponential backoff: how long to wait before the next attempt.
//
// Owns the number of failed attempts and the draw. It starts no timer and decides nothing about
// when an attempt counts as a success: the owner calls `reset` once its link has proven stable,
// because a peer that accepts and then rejects would otherwise be called in a tight loop.

import { checkMs, MAX_TIMER_MS } from "../kernel/errors.js";
import { printed } from "../kernel/exit-reason.js";

/** Options of {@link createBackoff}. */
export interface BackoffOptions {
  /** The shortest delay without a floor, in milliseconds: more than 0. */
  minMs: number;
  /** The longest delay without a floor, in milliseconds: at least `minMs`. */
  maxMs: number;
  /** By how much each attempt widens the range: 1 (never) or more. Default 2. */
  factor?: number | undefined;
  /**
   * The longest floor that is honoured, in milliseconds, so that a peer's wish cannot park a
   * client for ever. Default 300,000 (5 min), or `maxMs` if that is longer.
   */
  maxFloorMs?: number | undefined;
  /** A number of at least 0 and below 1: a platform's `random`. */
  random: () => number;
}

/** The delays between the attempts of one link. */
export interface Backoff {
  /**
   * Counts a failed attempt and draws the delay before the next one, in whole milliseconds.
   *
   * A floor (a server's `retry` or Retry-After) is never undercut, even above `maxMs`: the draw
   * then is at most `minMs` above it, so that the clients of one server do not return as one.
   *
   * @throws RangeError when `floorMs` is negative or no number.
   */
  next(floorMs?: number): number;
  /** Forgets the failed attempts. */
  reset(): void;
  /** The failed attempts since the last reset. */
  readonly attempts: number;
}

/** The default of `maxFloorMs`: 5 minutes. */
const DEFAULT_MAX_FLOOR_MS = 300_000;

/**
 * Makes the backoff of one link.
 *
 * The delay after the n-th failure is drawn evenly from `minMs` up to `minMs × factor^n`, at most
 * `maxMs`: the whole range, not a part on top of a fixed one ("full jitter"), because it spreads
 * the clients of a server that comes back the most.
 *
 * @throws RangeError when an option is out of its range.
 * @throws TypeError when `random` is no function.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @example
 * ```ts
 * const backoff = createBackoff({ minMs: 500, maxMs: 30_000, random: Math.random });
 * backoff.next(); // 500 to 1,000
 * backoff.next(); // 500 to 2,000
 * backoff.reset(); // the link was up for a while
 * ```
 */
export function createBackoff(options: BackoffOptions): Backoff {
  const { minMs, maxMs, factor = 2, random } = options;
  checkMs("minMs", minMs);
  checkMs("maxMs", maxMs);
  if (minMs === 0) {
    throw new RangeError("minMs is 0: it must be more than 0, or every delay would be 0 ms");
  }
  if (maxMs < minMs) {
    throw new RangeError(`maxMs is ${maxMs}: it must be at least minMs, which is ${minMs}`);
  }
  if (typeof factor !== "number" || !(factor >= 1) || factor === Infinity) {
    throw new RangeError(`factor is ${printed(factor)}: it must be a finite number, 1 or more`);
  }
  const { maxFloorMs = Math.max(DEFAULT_MAX_FLOOR_MS, maxMs) } = options;
  checkMs("maxFloorMs", maxFloorMs);
  if (typeof random !== "function") {
    throw new TypeError(`random is ${typeof random}: it must be a function that draws from 0 to 1`);
  }

  let attempts = 0;
  return {
    next(floorMs = 0) {
      checkMs("floorMs", floorMs, true);
      attempts++;
      // factor^attempts may overflow to Infinity; the minimum takes care of it.
      const ceilingMs = Math.min(maxMs, minMs * factor ** attempts);
      const lowMs = Math.min(floorMs, maxFloorMs);
      if (lowMs <= minMs) return Math.round(minMs + random() * (ceilingMs - minMs));
      const delayMs = lowMs + random() * Math.max(ceilingMs - lowMs, minMs);
      return Math.min(Math.round(delayMs), MAX_TIMER_MS);
    },
    reset() {
      attempts = 0;
    },
    get attempts() {
      return attempts;
    },
  };
}
