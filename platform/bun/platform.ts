// Bun as a Platform.
//
// Owns the macrotask (setImmediate: after I/O, and cheap; a MessageChannel to itself starves timers
// here) and the error channel. Everything else is shared. Node's capabilities (tcp, serialport) are
// those of platform/node: Bun takes them by the condition "node".

import type { Platform } from "../../src/kernel/platform.js";
import { clock } from "../shared/clock.js";

/** The platform of Bun 1.2 and later. */
export const platform: Platform = {
  ...clock,
  host: "bun",
  macrotask: (run) => {
    setImmediate(run);
  },
  // As if nobody had caught it: the program ends with the error.
  reportError: (error) => globalThis.reportError(error),
  reportFault: (error) => console.error(error),
};
