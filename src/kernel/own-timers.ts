// The timers of a process, which end with it (P-7).
//
// Owns which timers are whose: a process that has none pays nothing. What a timer is, and how many share
// one of the host's, is timers.ts.

import { extrasOf, type Process } from "./process.js";
import { Alarm, type TimerNode } from "./timers.js";

/** Calls `run` after `ms`, unless the end begins before. One that has fired is owned no more. */
export function after(process: Process, ms: number, run: () => void): TimerNode {
  const extras = extrasOf(process);
  extras.timers ??= new Set();
  const { timers } = extras;
  const timer: Alarm = new Alarm(() => {
    timers.delete(timer);
    run();
  });
  timers.add(timer);
  process.kernel.timers.start(timer, ms);
  return timer;
}

/** Gives up an owned timer: the milliseconds left, or false if it is not waiting. */
export function disownTimer({ kernel, extras }: Process, timer: TimerNode): number | false {
  extras?.timers?.delete(timer);
  return kernel.timers.cancel(timer);
}

/** Stops all of them: the end has begun. */
export function dropTimers({ kernel, extras }: Process): void {
  if (extras?.timers) for (const timer of extras.timers) kernel.timers.drop(timer);
}
