// The errors of pools: a job that was lost with its worker, a full queue, a pool that gave up.
//
// Owns their words and fields. Who rejects with them is pool-jobs.ts and pool-program.ts; what a job itself
// rejects with is its own, and passes a pool untouched.

import { ActorError } from "../../kernel/errors.js";
import { type ExitReason, formatReason, thrownOf } from "../../kernel/exit-reason.js";

const times = (count: number): string => `${count} ${count === 1 ? "time" : "times"}`;

/**
 * The worker that had a job ended before it answered, or the actor in it: because a handler threw, that of the job
 * itself or, where a worker has several, of another.
 */
export class JobLost extends ActorError {
  override readonly name: string = "JobLost";
  readonly code: "job-lost" = "job-lost";
  /** The behaviour's id. */
  readonly behaviour: string;
  /** The handler that was called. */
  readonly handler: string;
  /** Counts the jobs of the pool, 1 for the first. */
  readonly job: number;
  /** Which worker it was, 1 for the first. */
  readonly worker: number;
  /** Why the actor in the worker ended: `noconnection` if the worker itself did. */
  readonly reason: ExitReason;
  /**
   * Nobody can know how far it had come: what it did before the end, if it had begun, is done. A job that was not
   * sent yet is never lost.
   */
  readonly executed: "unknown" = "unknown";
  /** How often it was sent again before. */
  readonly retried: number;

  constructor(detail: {
    behaviour: string;
    handler: string;
    job: number;
    worker: number;
    reason: ExitReason;
    /** The reason in words, where more is known than it says. */
    why?: string | undefined;
    retried: number;
    /** True if it cannot be sent again: what it was called with has been moved away. */
    isMoved?: boolean;
    cause?: unknown;
  }) {
    const { behaviour, handler, job, worker, reason, retried, isMoved = false, cause } = detail;
    const again = isMoved
      ? "not retried, because what it was called with was transferred (retry it with a copy)"
      : retried > 0
        ? `retried ${times(retried)}`
        : "not retried (set retry: 1 if it is idempotent)";
    const why = detail.why ?? formatReason(reason);
    // Where only its actor ended, the worker lives on, and a handler ran: this one, or that of another job.
    const [end, executed] =
      thrownOf(reason) !== undefined
        ? [`a handler threw in worker ${worker}`, "it may have run, and had effects"]
        : [`${reason === "noconnection" ? "" : "its actor in "}worker ${worker} ended`, "unknown"];
    super(
      `Job ${handler}#${job} of ${behaviour} lost: ${end} (${why}); executed: ${executed}; ${again}`,
      cause,
    );
    this.behaviour = behaviour;
    this.handler = handler;
    this.job = job;
    this.worker = worker;
    this.reason = reason;
    this.retried = retried;
  }
}

/** As many jobs wait for a worker as may. Nothing was queued. */
export class QueueFull extends ActorError {
  override readonly name: string = "QueueFull";
  readonly code: "queue-full" = "queue-full";
  /** The pool, such as `images#3`. */
  readonly pool: string;
  readonly handler: string;
  readonly max: number;

  constructor(pool: string, handler: string, max: number) {
    super(
      `Cannot queue job ${handler} for ${pool}: ${max} jobs wait for a worker, which is its limit; ` +
        `send less at a time (asyncStream bounds that), or raise the option queue of its pool`,
    );
    this.pool = pool;
    this.handler = handler;
    this.max = max;
  }
}

/** The workers of a pool ended too often: the pool ends with this. */
export class PoolFailed extends ActorError {
  override readonly name: string = "PoolFailed";
  readonly code: "pool-failed" = "pool-failed";
  /** The behaviour's id. */
  readonly behaviour: string;
  readonly maxRestarts: number;
  readonly periodMs: number;
  /** Why the last of its workers ended. */
  readonly reason: ExitReason;

  constructor(detail: {
    behaviour: string;
    maxRestarts: number;
    periodMs: number;
    reason: ExitReason;
    why?: string | undefined;
    cause?: unknown;
  }) {
    const { behaviour, maxRestarts, periodMs, reason, why, cause } = detail;
    super(
      `Cannot keep the workers of ${behaviour} running: they ended more than ${times(maxRestarts)} ` +
        `within ${periodMs} ms, at last: ${why ?? formatReason(reason)}; mend that, or raise maxRestarts of the pool`,
      cause,
    );
    this.behaviour = behaviour;
    this.maxRestarts = maxRestarts;
    this.periodMs = periodMs;
    this.reason = reason;
  }
}
