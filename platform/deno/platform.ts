// Deno as a Platform.
//
// Owns the macrotask and the error channel. While a setImmediate waits, Deno hardly polls the network:
// with actors that never rest, 2 fetches a second came through instead of a thousand. While only
// timers wait it polls, but each costs 1 ms: so every 16 ms turns go through timers, until one of
// them fired with no setImmediate waiting beside it. Whichever of the two the host comes to first takes the
// turn that was asked for first, so they keep their order.

import type { Platform } from "../../src/kernel/platform.js";
import { clock } from "../shared/clock.js";

/** How long turns may go round the network, in milliseconds. */
const POLL_EVERY_MS = 16;

let polledAt = Number.NEGATIVE_INFINITY;
let immediates = 0;

/** A turn that was asked for. */
interface Turn {
  readonly run: () => void;
  next: Turn | null;
}
let first: Turn | null = null;
let last: Turn | null = null;

function ask(run: () => void): void {
  const turn: Turn = { run, next: null };
  if (last === null) first = turn;
  else last.next = turn;
  last = turn;
}

/** Runs the one that was asked for first; every turn of the host is for one. */
function runFirst(): void {
  const { run, next } = first as Turn;
  first = next;
  if (next === null) last = null;
  run();
}

/** The platform of Deno 2 and later. */
export const platform: Platform = {
  ...clock,
  host: "deno",
  macrotask: (run) => {
    ask(run);
    if (performance.now() - polledAt < POLL_EVERY_MS) {
      immediates++;
      setImmediate(() => {
        immediates--;
        runFirst();
      });
      return;
    }
    setTimeout(() => {
      if (immediates === 0) polledAt = performance.now();
      runFirst();
    }, 0);
  },
  // An "error" event, and the end of the program where nobody prevents it.
  reportError: (error) => globalThis.reportError(error),
  reportFault: (error) => console.error(error),
};
