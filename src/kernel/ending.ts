// An end that has begun: why, how far it is, and what it is waiting for.
//
// Owns the record alone. The path that an end takes, and everything it does on the way, is
// lifecycle.ts.

import type { ProcessEnded } from "./errors.js";
import type { ExitReason } from "./exit-reason.js";
import type { TimerNode } from "./timers.js";

// Where an end stands.
export const HANDLER = 0;
export const TERMINATE = 1;
export const CHILDREN = 2;
export const RESOURCES = 3;

/** One end of one process. */
export class Ending {
  stage: number = HANDLER;
  /** Counts the steps, so that a step that was overtaken by a kill is not continued. */
  step = 0;
  /** The handler whose throw was the reason. */
  handler: string | undefined = undefined;
  /** Kills the process when its time is over. */
  timer: TimerNode | null = null;
  /** What its signals abort with, once somebody has asked. */
  abortReason: ProcessEnded | null = null;

  reason: ExitReason;
  abrupt: boolean;
  constructor(reason: ExitReason, abrupt: boolean) {
    this.reason = reason;
    this.abrupt = abrupt;
  }
}
