// Restart decisions: whether an ended child comes back, and how many restarts are too many.
//
// Owns the rule of restart types (SUP-2) and the count of restarts in a period (SUP-3). It knows no
// process and no clock: it is told the time.

import { type ExitReason, isNormalReason } from "../kernel/exit-reason.js";
import type { Restart, RestartAllowance } from "./child-spec.js";

/** True if a child of this restart type comes back after this reason. */
export function comesBack(restart: Restart, reason: ExitReason): boolean {
  if (restart === "permanent") return true;
  return restart === "transient" && !isNormalReason(reason);
}

/** Counts the restarts of one supervisor. */
export class RestartLimit {
  readonly maxRestarts: number;
  readonly periodMs: number;
  #times: number[] = [];

  constructor({ maxRestarts = 1, periodMs = 5_000 }: RestartAllowance) {
    this.maxRestarts = maxRestarts;
    this.periodMs = periodMs;
  }

  /** Counts a restart at `nowMs`. False if it is one more than the period allows. */
  allow(nowMs: number): boolean {
    // Without a limit there is nothing to count, and a list of all restarts would only grow.
    if (this.maxRestarts === Infinity) return true;
    const since = nowMs - this.periodMs;
    this.#times = this.#times.filter((time) => time >= since);
    this.#times.push(nowMs);
    return this.#times.length <= this.maxRestarts;
  }
}
