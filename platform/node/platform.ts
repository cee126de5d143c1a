// Node as a Platform.
//
// Owns the macrotask (setImmediate: after I/O, and cheap), and where uncaught errors go. Everything
// else is shared. Capabilities of Node (tcp, serialport) are files of their own beside this one.

import type { Platform } from "../../src/kernel/platform.js";
import { clock } from "../shared/clock.js";

/** The platform of Node 20 and later. */
export const platform: Platform = {
  ...clock,
  host: "node",
  macrotask: (run) => {
    setImmediate(run);
  },
  // As if nobody had caught it: an "uncaughtException", on a stack of its own.
  reportError: (error) => {
    queueMicrotask(() => {
      throw error;
    });
  },
  reportFault: (error) => console.error(error),
};
