// Deno as a Platform.
//
// Owns the macrotask and the error channel. While a setImmediate waits, Deno hardly polls the network:
// with actors that never rest, 2 fetches a second came through instead of a thousand. While only
// timers wait it polls, but each costs 1 ms: so every 16 ms turns go through timers, until one of
// them fired with no setImmediate waiting beside it. Whichever of the two the host comes to first takes the
// turn that was asked for first, so they keep their order.

import { Fifo } from "../../src/kernel/fifo.js";
import type { Platform } from "../../src/kernel/platform.js";
import { clock } from "../shared/clock.js";

/** How long turns may go round the network, in milliseconds. */
const POLL_EVERY_MS = 16;

let polledAt = Number.NEGATIVE_INFINITY;
let immediates = 0;
const waiting: Fifo<() => void> = new Fifo();

/** The platform of Deno 2 and later. */
export const platform: Platform = {
  ...clock,
  host: "deno",
  macrotask: (run) => {
    waiting.put(run);
    if (performance.now() - polledAt < POLL_EVERY_MS) {
      immediates++;
      setImmediate(() => {
        immediates--;
        waiting.take()();
      });
      return;
    }
    setTimeout(() => {
      if (immediates === 0) polledAt = performance.now();
      waiting.take()();
    }, 0);
  },
  // An "error" event, and the end of the program where nobody prevents it.
  reportError: (error) => globalThis.reportError(error),
  reportFault: (error) => console.error(error),
};
