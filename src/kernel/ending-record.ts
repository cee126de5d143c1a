// An end that has begun: how far it is, and why.
//
// Owns the record only: one for each process that has begun to end, whatever takes part in that. The path
// that fills it is ending.ts.

import type { ProcessEnded } from "./errors.js";
import type { ExitReason } from "./exit-reason.js";
import type { TimerNode } from "./timers.js";

// Where an end stands.
export const HANDLER = 0;
export const TERMINATE = 1;
export const CHILDREN = 2;
export const RESOURCES = 3;

/** An end that has begun: why, how far it is, and what it is waiting for. The path is ending.ts. */
export class Ending {
  reason: ExitReason;
  abrupt: boolean;
  /** The handler whose throw was the reason. */
  handler: string | undefined;
  stage: number = HANDLER;
  /** Counts the steps, so that a step that was overtaken by a kill is not continued. */
  step = 0;
  /** Kills the process when its time is over. */
  timer: TimerNode | null = null;
  /** What its signals abort with, once somebody has asked. */
  abortReason: ProcessEnded | null = null;
  /** Asked for by a message: what had been sent before it was handled. */
  wasAsked = false;
  /** The error behind a reason that is only a word, such as `noconnection`. */
  failure: unknown;
  /** Calls that were rejected because of it. */
  rejectedCalls = 0;
  constructor(reason: ExitReason, abrupt: boolean, handler: string | undefined, failure: unknown) {
    this.reason = reason;
    this.abrupt = abrupt;
    this.handler = handler;
    this.failure = failure;
  }
}
