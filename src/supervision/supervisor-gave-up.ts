// The error of a supervisor that gave up: more restarts than it allows.
//
// Owns the class, and its words apart from it: whoever may only get one from another realm needs the class
// alone. When a supervisor gives up is supervisor-program.ts; it ends with `shutdown`.
// Its supervisor hears no more than that; where there is none, the system's `onCrash` gets this error.

import { WordedError } from "../kernel/errors.js";
import { type ExitReason, formatReason } from "../kernel/exit-reason.js";
import type { Child } from "./children.js";
import type { RestartLimit } from "./restart.js";

type Limit = Pick<RestartLimit, "maxRestarts" | "periodMs">;
type FailedChild = Pick<Child, "id" | "reason" | "failure">;

/**
 * A supervisor had to restart more often than it allows, and gave up (SUP-3). What its `onCrash` gets when
 * nobody supervises it. `cause` is what its child failed with: the same error of a supervisor further in.
 * A realm that does not trust this one tells neither that nor which child it was, and why that ended.
 */
export class SupervisorGaveUp extends WordedError<SupervisorGaveUp> {
  override readonly name: string = "SupervisorGaveUp";
  readonly code: "gave-up" = "gave-up";
  /** The supervisor, such as `app#1`. */
  declare readonly supervisor: string;
  /** The id of the child that ended once too often, where it is told. */
  declare readonly child: string | undefined;
  /** Why that ended, where it is told. */
  declare readonly reason: ExitReason | undefined;
  /** The limit: the supervisor's, or the child's own. */
  declare readonly maxRestarts: number;
  declare readonly periodMs: number;
}

/** The error of the supervisor `label`, whose child `failed` once more than `limit` allows. */
export function supervisorGaveUp(
  label: string,
  { id: child, reason, failure: cause }: FailedChild,
  { maxRestarts, periodMs }: Limit,
): SupervisorGaveUp {
  const message =
    `Cannot keep ${label} running: child ${child} exited with reason ${formatReason(reason)}, ` +
    `with maxRestarts ${maxRestarts} within ${periodMs} ms; mend that, or raise maxRestarts`;
  const limit = { maxRestarts, periodMs };
  return new SupervisorGaveUp({ message, cause, supervisor: label, child, reason, ...limit });
}
