// A Web Worker as a Platform.
//
// Owns the worker's wake-up event (online; a worker is never visible) and its error channel. Timers
// here are not throttled as those of a hidden page are: the better home for heartbeats and polls.

import type { Platform } from "../../src/kernel/platform.js";
import { clock } from "../shared/clock.js";
import { webMacrotask } from "../shared/web-macrotask.js";

/** The platform of dedicated workers. */
export const platform: Platform = {
  ...clock,
  host: "worker",
  macrotask: webMacrotask(),
  reportError: (error) => globalThis.reportError(error),
  onWake: (listener) => {
    globalThis.addEventListener("online", listener);
    return () => globalThis.removeEventListener("online", listener);
  },
};
