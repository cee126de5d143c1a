// Attempt: a job of a pool in the hands of one worker.
//
//   CallRequest of a caller ──► Job ──► Attempt ──► mailbox of a worker's proxy
//                                └────► Attempt (retry) ──► …
//
// Owns the records of workers, jobs and attempts. The caller's request stays what its timeout, its signal and
// its place among callers belong to; an attempt is what a worker has in hand, so that the end of that worker
// is not yet the end of the request. What follows from an outcome is pool-jobs.ts.

import { Opening } from "../../behaviours/stream-opening.js";
import type { Failure } from "../../behaviours/stream-sink.js";
import type { ActorRef } from "../../kernel/actor-ref.js";
import { CallRequest } from "../../kernel/call-request.js";
import { Entry } from "../../kernel/operation.js";
import type { Process } from "../../kernel/process.js";
import type { Slot } from "../../supervision/slot.js";
import type { JobLost } from "./pool-errors.js";
import type { PooledStream, StreamWatch } from "./pool-stream.js";

/** One worker of a pool: the place of its actor, and what the present incarnation does. */
export class Member {
  /** 1 for the first. */
  readonly number: number;
  readonly slot: Slot;
  process: Process | null = null;
  /** How many jobs it has, those included that were given up and have not stopped yet. */
  busy = 0;
  /** When it was last given something: whoever rests longest is next. */
  turn = 0;
  /** True while its return is waited for. */
  isAwaited = false;

  constructor(number: number, slot: Slot) {
    this.number = number;
    this.slot = slot;
  }
}

/** One call through a pool. */
export interface Job {
  readonly request: CallRequest;
  readonly arg: unknown;
  readonly number: number;
  /** Set for a job that opens a stream. */
  readonly stream: PooledStream | null;
  attempt: Attempt | null;
  /** The last loss, and how many there were. */
  lost: LostWith | null;
  losses: number;
}

/** What is told of a loss. */
export type LostWith = ConstructorParameters<typeof JobLost>[0];

/** Who hears what becomes of attempts. */
export interface Outcomes {
  /** The worker has answered. */
  answered(attempt: Attempt, value: unknown): void;
  /** The worker has refused, or has ended, or the caller gave up. */
  failed(attempt: Attempt, error: unknown, wasSent: boolean): void;
  /** A stream that was open is over. `tell` is called with what its reader is told. */
  streamEnded(
    attempt: Attempt,
    failure: Failure | null,
    tell: (failure: Failure | null) => void,
  ): void;
  /** The worker has room again for another. */
  release(attempt: Attempt): void;
}

/** A job in the hands of one worker. */
export class Attempt extends CallRequest implements StreamWatch {
  readonly job: Job;
  readonly member: Member;
  readonly #jobs: Outcomes;
  /** True until its worker has room again for another. */
  isHeld = true;

  constructor(job: Job, member: Member, process: Process, jobs: Outcomes) {
    super(entryOf(job), process, null);
    this.job = job;
    this.member = member;
    this.#jobs = jobs;
    if (job.stream !== null) job.stream.watch = this;
  }

  override get caller(): ActorRef | undefined {
    return this.job.request.caller;
  }

  override get leftMs(): number {
    return this.job.request.leftMs;
  }

  override get deadlineMs(): number {
    return this.job.request.deadlineMs;
  }

  override resolve(value: unknown): boolean {
    const isFirst = this.settle();
    if (isFirst) this.#jobs.answered(this, value);
    return isFirst;
  }

  override reject(error: unknown): boolean {
    // The proxy owns what it has sent, and nothing that still waits in its mailbox.
    const wasSent = this.owner !== null;
    const isFirst = this.settle();
    if (isFirst) this.#jobs.failed(this, error, wasSent);
    return isFirst;
  }

  ended(failure: Failure | null, tell: (failure: Failure | null) => void): void {
    this.#jobs.streamEnded(this, failure, tell);
  }

  stopped(): void {
    this.#jobs.release(this);
  }
}

/** What a worker is sent: the opening of a stream has a sink for each attempt. */
function entryOf({ request, stream }: Job): Entry {
  const { entry } = request;
  if (stream !== null) return new Opening(entry, stream.open());
  // What comes from a third realm is copied, not moved on: a job may be sent again.
  return entry.handler === null ? entry : new Entry(entry.kind, entry.name, null);
}
