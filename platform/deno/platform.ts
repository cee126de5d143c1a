// Deno as a Platform.
//
// Owns the macrotask and the error channel. Deno runs setImmediate between two polls of the network
// that find nothing: with actors that never rest, timers went on but 2 fetches a second came through
// instead of a thousand. Timers do poll, and cost 1 ms each, so one turn in 16 ms goes through one.

import type { Platform } from "../../src/kernel/platform.js";
import { clock } from "../shared/clock.js";

/** How long turns may go round the network, in milliseconds. */
const POLL_EVERY_MS = 16;

let polledAt = Number.NEGATIVE_INFINITY;

/** The platform of Deno 2 and later. */
export const platform: Platform = {
  ...clock,
  host: "deno",
  macrotask: (run) => {
    const now = performance.now();
    if (now - polledAt < POLL_EVERY_MS) {
      setImmediate(run);
      return;
    }
    polledAt = now;
    setTimeout(run, 0);
  },
  // An "error" event, and the end of the program where nobody prevents it.
  reportError: (error) => globalThis.reportError(error),
  warn: (message) => console.warn(message),
};
