// Waiting for a limited time, and timers for callers that bring none.
//
// Owns `settledWithin` and `signalTimers`. Links take their timers from the caller, which is what
// lets a virtual clock rule them; only a link that somebody opens by hand falls back on the host's.

import { UnsupportedError } from "../../kernel/errors.js";
import { hostName } from "../../realms/links/host-name.js";
import type { LinkTimers } from "./byte-duplex.js";

/**
 * Timers made of `AbortSignal.timeout`, the one timer that is part of the web platform itself. A
 * cleared one calls nothing and holds nothing of ours, but the host forgets it only when it is due.
 */
export const signalTimers: LinkTimers = {
  setTimer(run, delayMs) {
    if (typeof AbortSignal.timeout !== "function") {
      throw new UnsupportedError({
        capability: "AbortSignal.timeout",
        host: hostName(),
        alternative: "pass timers: connect({ signal, timers })",
      });
    }
    const signal = AbortSignal.timeout(delayMs);
    signal.addEventListener("abort", run, { once: true });
    return () => signal.removeEventListener("abort", run);
  },
  clearTimer(timer) {
    (timer as () => void)();
  },
};

/**
 * Resolves when `work` settled either way, or after `limitMs` milliseconds. Never rejects. Resolves
 * with whether the work settled in time.
 */
export function settledWithin(
  work: PromiseLike<unknown>,
  limitMs: number,
  timers: LinkTimers,
): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = timers.setTimer(() => resolve(false), limitMs);
    const settled = () => {
      timers.clearTimer(timer);
      resolve(true);
    };
    work.then(settled, settled);
  });
}
