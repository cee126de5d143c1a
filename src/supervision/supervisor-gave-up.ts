// The error of a supervisor that gave up: more restarts than it allows.
//
// Owns the class, and its words apart from it: whoever may only get one from another realm needs the class
// alone. When a supervisor gives up is supervisor-program.ts; it ends with `shutdown`.
// Its supervisor hears no more than that; where there is none, the system's `onCrash` gets this error.

import { ActorError } from "../kernel/errors.js";
import { type ExitReason, formatReason } from "../kernel/exit-reason.js";
import type { Child } from "./children.js";
import type { RestartLimit } from "./restart.js";

type Limit = Pick<RestartLimit, "maxRestarts" | "periodMs">;
type FailedChild = Pick<Child, "id" | "reason" | "failure">;

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
    message: string,
    supervisor: string,
    { id, reason, failure }: FailedChild,
    { maxRestarts, periodMs }: Limit,
  ) {
    super(message, failure === undefined ? undefined : { cause: failure });
    this.supervisor = supervisor;
    this.child = id;
    this.reason = reason;
    this.maxRestarts = maxRestarts;
    this.periodMs = periodMs;
  }
}

/** The error of the supervisor `label`, whose child `failed` once more than `limit` allows. */
export function supervisorGaveUp(
  label: string,
  failed: FailedChild,
  limit: Limit,
): SupervisorGaveUp {
  const { maxRestarts, periodMs } = limit;
  return new SupervisorGaveUp(
    `Cannot keep ${label} running: child ${failed.id} exited with reason ${formatReason(failed.reason)}, ` +
      `with maxRestarts ${maxRestarts} within ${periodMs} ms; mend that, or raise maxRestarts`,
    label,
    failed,
    limit,
  );
}
