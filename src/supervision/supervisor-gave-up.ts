// The error of a supervisor that gave up: more restarts than it allows.
//
// Owns the class and its words. When a supervisor gives up is supervisor-program.ts; it ends with `shutdown`.
// Its supervisor hears no more than that; where there is none, the system's `onCrash` gets this error.

import { ActorError } from "../kernel/errors.js";
import { type ExitReason, formatReason } from "../kernel/exit-reason.js";
import type { Child } from "./children.js";
import type { RestartLimit } from "./restart.js";

/**
 * A supervisor had to restart more often than it allows, and gave up (SUP-3). What its `onCrash` gets when
 * nobody supervises it. `cause` is what its child failed with: the same error of a supervisor further in.
 */
export class SupervisorGaveUp extends ActorError {
  override readonly name: string = "SupervisorGaveUp";
  readonly code: "gave-up" = "gave-up";
  /** The supervisor, such as `app#1`. */
  readonly supervisor: string;
  /** The id of the child that ended once too often. */
  readonly child: string;
  /** Why that ended. */
  readonly reason: ExitReason;
  /** The limit: the supervisor's, or the child's own. */
  readonly maxRestarts: number;
  readonly periodMs: number;

  constructor(
    supervisor: string,
    { id, reason, failure }: Child,
    { maxRestarts, periodMs }: RestartLimit,
  ) {
    super(
      `Cannot keep ${supervisor} running: child ${id} exited with reason ${formatReason(reason)}, ` +
        `past its limit of ${maxRestarts} restarts within ${periodMs} ms; mend that, or raise maxRestarts`,
      failure === undefined ? undefined : { cause: failure },
    );
    this.supervisor = supervisor;
    this.child = id;
    this.reason = reason;
    this.maxRestarts = maxRestarts;
    this.periodMs = periodMs;
  }
}
