// LinkTimes: how long a session over a link waits for what.
//
// Owns the defaults and their check. What is done when a time is over is channel.ts; the words for users
// are those of PlaceOptions and ServeOptions.

import { checkMs } from "../../kernel/errors.js";

/** The times of a link, in milliseconds. */
export interface LinkTimes {
  /** How long the other side may take to say hello. Default 10,000. */
  readonly helloTimeoutMs: number;
  /** How long a cancelled call may go on before its realm is ended, where it can be. Default 500. */
  readonly graceMs: number;
  /** How often a peer is asked whether it is there, while something is pending. Default 500. */
  readonly busyAfterMs: number;
  /** How often while nothing is, over a link that does not tell of its end. Default 2,000. */
  readonly idleMs: number;
  /**
   * After which silence to such a question the link counts as lost. Default `Infinity`, where the link
   * tells of its end, else 15,000.
   */
  readonly unresponsiveMs?: number | undefined;
}

/** The times that a place, or `serve`, may be told. */
type TimeOptions = {
  readonly [Name in keyof LinkTimes | "keepAliveMs"]?: number | undefined;
};

/** Checks the times of a place, and fills in those that were left out. Throws RangeError. */
export function timesOf({
  helloTimeoutMs = 10_000,
  graceMs = 500,
  busyAfterMs = 500,
  idleMs = 2_000,
  unresponsiveMs,
  keepAliveMs = 1_000,
}: TimeOptions): LinkTimes & { readonly keepAliveMs: number } {
  const times = { helloTimeoutMs, graceMs, busyAfterMs, idleMs, unresponsiveMs, keepAliveMs };
  for (const [name, ms] of Object.entries(times)) if (ms !== undefined) checkMs(name, ms, true);
  // To ask without a pause would be all that is done.
  for (const name of ["busyAfterMs", "idleMs", "unresponsiveMs"] as const) {
    if (times[name] === 0)
      throw new RangeError(`${name} is 0: it must be a time in milliseconds, of 1 or more`);
  }
  return times;
}
