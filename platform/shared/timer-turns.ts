// The turns of hosts that have timers and nothing better: edges and React Native.
//
// Owns a macrotask made of a timer, and the error channel where a host may lack `reportError`. Why a
// host has no better turn is said in its own platform.ts.

import type { Platform } from "../../src/kernel/platform.js";

/** The members of Platform that such hosts share. */
export const timerTurns: Pick<Platform, "macrotask" | "reportError"> = {
  macrotask: (run) => {
    setTimeout(run, 0);
  },
  reportError: (error) => {
    const { reportError } = globalThis as { reportError?: (error: unknown) => void };
    if (reportError === undefined) console.error(error);
    else reportError(error);
  },
};
