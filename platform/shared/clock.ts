// What every JavaScript host gives alike: clocks, randomness, the microtask, timers, and the console.
//
// Owns the members of Platform that do not differ between hosts. The macrotask, the error channel and
// the wake-up do differ: each host's platform.ts adds them.

import type { HostTimer, Platform } from "../../src/kernel/platform.js";

const resolved: Promise<void> = Promise.resolve();

/** The members of Platform that are the same on every host. */
export const clock: Pick<
  Platform,
  "now" | "wallTime" | "random" | "microtask" | "microtaskOf" | "setTimer" | "clearTimer" | "warn"
> = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  random: () => Math.random(),
  // The same queue as queueMicrotask, and several times cheaper on V8.
  microtask: (run) => {
    resolved.then(run);
  },
  microtaskOf: (run) => resolved.then(run),
  setTimer: (run, delayMs) => setTimeout(run, delayMs),
  clearTimer: (timer: HostTimer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  warn: (message) => console.warn(message),
};
