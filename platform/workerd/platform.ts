// workerd, and edge runtimes like it, as a Platform.
//
// Owns the macrotask (a timer: not clamped here, and the only turn that every edge has and that lets
// timers and fetches go on; a MessageChannel to itself starves both), the error channel, and the
// question whether a request is at hand: outside of one, workerd refuses timers and I/O.

import type { Platform } from "../../src/kernel/platform.js";
import { clock } from "../shared/clock.js";
import { timerTurns } from "../shared/timer-turns.js";

/** The platform of workerd and of edge runtimes. */
export const platform: Platform = {
  ...clock,
  ...timerTurns,
  host: "workerd",
};

/** What is refused outside of a request, and what to do instead. */
export const outsideRequest: { capability: string; host: string; alternative: string } = {
  capability: "createSystem at the top of a module",
  host: "workerd",
  alternative:
    "timers and I/O are refused there; " +
    "call it inside a handler, or in the constructor of a Durable Object",
};

/** True where the host refuses a timer: in workerd, while modules are evaluated. */
export function isGlobalScope(): boolean {
  try {
    clearTimeout(setTimeout(() => {}, 0));
    return false;
  } catch {
    return true;
  }
}
