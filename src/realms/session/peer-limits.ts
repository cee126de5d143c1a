// PeerLimits: how much of this realm a peer that is not trusted may hold at once.
//
// Owns the defaults and their check. What a packet may cost is limits.ts; what is done at a limit is
// incoming.ts, exports.ts and imports.ts. A realm of our own has no such limits, only credit.

import { checkCount } from "../../kernel/errors.js";
import { type ErrorClasses, knownErrors } from "../values/remote-error.js";

/** What a peer that is not trusted may have at once. */
export interface PeerLimits {
  /**
   * Calls that wait for an answer; those beyond are refused with PeerBusy. As many streams may be open, and
   * never more than 1,024. Default 1,000.
   */
  readonly maxCalls: number;
  /**
   * Actors shown to it, which it may watch: what would show more fails with PeerBusy, as does what would show
   * it more than it takes itself. As many of its own are known here, and signals; more close the link. Default 1,000.
   */
  readonly maxRefs: number;
}

/**
 * How many messages an actor takes from a peer before that must wait; twice as many from a realm of our own,
 * which may send a thousand in one turn, and more where an end is to be told behind them. Half of it is granted
 * at a time: each grant wakes a thread.
 */
export const CREDIT = 1_024;

/** The limits, with those that were left out. */
export function peerLimits({
  maxCalls = 1_000,
  maxRefs = 1_000,
}: Partial<PeerLimits> = {}): PeerLimits {
  return { maxCalls, maxRefs };
}

/**
 * Checks what a place or `serve` is told about its peers, before there are any. Throws TypeError if
 * `errors` names what is no class of errors, RangeError for limits that are none.
 */
export function checkPeers(
  errors: ErrorClasses = [],
  limits: Readonly<Record<string, number | undefined>> = {},
): void {
  knownErrors(errors);
  for (const [name, max] of Object.entries(limits)) {
    if (max !== undefined) checkCount(`limits.${name}`, max, 1);
  }
}
