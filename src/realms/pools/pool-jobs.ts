// Jobs of a pool: which worker has which, and what becomes of those whose worker ends.
//
// Owns the choice of a worker, the room each has, and whether a job is answered, lost or sent again. What a
// worker has in hand is pool-attempt.ts; what waits for one waits in the pool's mailbox: pool-program.ts.

import { Opening } from "../../behaviours/stream-opening.js";
import type { Failure } from "../../behaviours/stream-sink.js";
import type { CallRequest } from "../../kernel/call-request.js";
import { ActorExit } from "../../kernel/errors.js";
import { type ExitReason, thrownOf } from "../../kernel/exit-reason.js";
import { deliverCall, deliverFirst } from "../../kernel/inbox.js";
import { type Owed, type Process, watch } from "../../kernel/process.js";
import type { Slot } from "../../supervision/slot.js";
import { actorOf } from "../session/proxy.js";
import { LinkLost } from "../wire/link.js";
import { Attempt, type Job, type LostWith, Member, type Outcomes } from "./pool-attempt.js";
import { JobLost } from "./pool-errors.js";
import { PooledStream } from "./pool-stream.js";

/** The jobs of one pool, and its workers. */
export class PoolJobs implements Owed, Outcomes {
  readonly members: readonly Member[];
  done = 0;
  lost = 0;
  /** How a worker ended last that was not told to. */
  lastEnd: { reason: ExitReason; why?: string; cause?: unknown } = { reason: "normal" };
  readonly #pool: Process;
  readonly #perWorker: number;
  readonly #retry: number;
  /** Null for a call that no worker had yet when the pool began to end. */
  readonly #jobs: Map<CallRequest, Job | null> = new Map();
  #lastNumber = 0;
  #turn = 0;
  #wake: (() => void) | null = null;

  constructor(
    pool: Process,
    slots: readonly Slot[],
    { perWorker, retry }: { readonly perWorker: number; readonly retry: number },
  ) {
    this.#pool = pool;
    this.#perWorker = perWorker;
    this.#retry = retry;
    this.members = slots.map((slot, index) => new Member(index + 1, slot));
  }

  /** True while somebody waits in {@link room}. */
  get isWaiting(): boolean {
    return this.#wake !== null;
  }

  /** The worker that has the least to do, if it has room; null if none has. */
  free(): Member | null {
    let best: Member | null = null;
    for (const member of this.members) {
      if (!this.#isLive(member) || member.busy >= this.#perWorker) continue;
      const isBetter =
        best === null ||
        member.busy < best.busy ||
        (member.busy === best.busy && member.turn < best.turn);
      if (isBetter) best = member;
    }
    if (best !== null) best.turn = ++this.#turn;
    return best;
  }

  /** Resolves when a worker may have room, or the pool begins to end. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Looks again for whoever waits in {@link room}. */
  wake(): void {
    const wake = this.#wake;
    this.#wake = null;
    // Nobody is to see a worker without a job in the moment before it gets the next.
    if (wake === null) this.#pool.extras?.view?.touch();
    else wake();
  }

  /** Gives a call to a worker. */
  give(member: Member, request: CallRequest, arg: unknown): void {
    const { process } = member;
    let job = this.#jobs.get(request);
    if (!job) {
      const { entry } = request;
      const stream = entry instanceof Opening ? new PooledStream(entry.sink) : null;
      const number = ++this.#lastNumber;
      job = { request, arg, number, stream, attempt: null, lost: null, losses: 0 };
      this.#jobs.set(request, job);
      // From now on its caller may give up, and the worker is told.
      request.owner = this;
    }
    const attempt = new Attempt(job, member, process as Process, this);
    job.attempt = attempt;
    member.busy++;
    deliverCall(process as Process, attempt, arg);
  }

  /** A worker has answered. One that has opened a stream is busy until that is over. */
  answered(attempt: Attempt, value: unknown): void {
    const { request, stream } = attempt.job;
    if (stream === null) {
      this.release(attempt);
      this.done++;
    }
    request.resolve(value);
  }

  /** A worker has refused, or has ended, or the caller gave up. */
  failed(attempt: Attempt, error: unknown, wasSent: boolean): void {
    const { job } = attempt;
    // What was given up keeps its worker busy until it has stopped there: see `#isLive`.
    if (job.request.settled) {
      if (!wasSent) this.release(attempt);
      return;
    }
    if (job.stream !== null) job.stream.watch = null;
    const reason = this.#endOf(attempt, error);
    this.release(attempt);
    if (reason === null) this.#refused(job, error, wasSent);
    // With the pool go its jobs, as it says why.
    else if (this.#pool.ending !== null) return;
    else if (!wasSent || reason === "noproc") this.#again(job);
    else {
      job.lost = this.#lossOf(attempt, reason);
      job.losses++;
      const comesAgain = job.losses <= this.#retry && job.stream?.hasBegun !== true;
      if (comesAgain) this.#again(job);
      else this.#lose(job, new JobLost(job.lost));
    }
  }

  /** A stream that was open is over. `tell` is called with what its reader is told. */
  streamEnded(
    attempt: Attempt,
    failure: Failure | null,
    tell: (failure: Failure | null) => void,
  ): void {
    const reason = this.#endOf(attempt, failure?.error);
    this.release(attempt);
    if (reason === null || this.#pool.ending !== null) {
      this.done++;
      tell(failure);
    } else {
      this.lost++;
      tell({ error: new JobLost(this.#lossOf(attempt, reason)) });
    }
  }

  /** A worker has room again, unless it was another incarnation. */
  release(attempt: Attempt): void {
    const { member, target, isHeld } = attempt;
    attempt.isHeld = false;
    if (!isHeld || member.process !== target) return;
    member.busy--;
    this.wake();
  }

  /**
   * The reason of the end of the worker's actor, if an error says that it ended; null for an error of the job
   * itself. An actor that begins to end says so before its last replies.
   */
  #endOf({ target }: Attempt, error: unknown): ExitReason | null {
    // The proxy here and the actor there have the same name, but for its number.
    const isExit =
      error instanceof ActorExit && error.process.startsWith(`${this.#pool.program.id}#`);
    return isExit && (target as Process).ending !== null ? error.reason : null;
  }

  /** Part of {@link Owed}: what a worker has is there already. */
  add(request: CallRequest): void {
    if (!this.#jobs.has(request)) this.#jobs.set(request, null);
  }

  /** A caller has its answer, or gave up: then its worker must know. */
  delete(request: CallRequest): void {
    const job = this.#jobs.get(request);
    this.#jobs.delete(request);
    job?.attempt?.giveUp(undefined);
  }

  [Symbol.iterator](): Iterator<CallRequest> {
    return this.#jobs.keys();
  }

  /** Sends it before everything that waits: it has waited already. */
  #again({ request, arg }: Job): void {
    deliverFirst(this.#pool, [{ op: request, arg }]);
    this.wake();
  }

  /** The job itself failed, or it could not be sent. */
  #refused({ request, lost }: Job, error: unknown, wasSent: boolean): void {
    const isUnsent = !wasSent || (error as Error | null)?.name === "DataCloneError";
    if (lost !== null && isUnsent) {
      this.#lose({ request }, new JobLost({ ...lost, isMoved: true }));
    } else {
      this.done++;
      request.reject(error);
    }
  }

  #lossOf({ job, member, target }: Attempt, reason: ExitReason): LostWith {
    return {
      behaviour: this.#pool.program.id,
      handler: job.request.name,
      job: job.number,
      worker: member.number,
      retried: job.losses,
      ...causeOf(target as Process, reason),
    };
  }

  #lose({ request }: Pick<Job, "request">, error: JobLost): void {
    this.lost++;
    request.reject(error);
  }

  #isLive(member: Member): boolean {
    const { slot } = member;
    const process = slot.standing === "live" ? slot.process : null;
    const actor = process === null ? null : actorOf(process);
    if (process === null || actor === null || process.ending !== null) {
      if (!member.isAwaited) this.#await(member);
      return false;
    }
    if (process !== member.process) {
      member.process = process;
      member.busy = 0;
      actor.onStopped = (request) => this.release(request as Attempt);
      watch(process, (reason) => {
        if (reason !== "shutdown") this.lastEnd = causeOf(process, reason);
        // Whoever looks is to see at once that nothing runs there any more.
        if (member.process === process) {
          member.process = null;
          member.busy = 0;
        }
        this.wake();
      });
    }
    return true;
  }

  #await(member: Member): void {
    member.isAwaited = true;
    member.slot.whenLive(() => {
      member.isAwaited = false;
      this.wake();
    });
  }
}

/** Why a worker ended: what its link says, if it was that, or what its actor threw. */
function causeOf(
  process: Process,
  reason: ExitReason,
): { reason: ExitReason; why?: string; cause?: unknown } {
  const loss = actorOf(process)?.channel.loss ?? null;
  if (reason !== "noconnection" || loss === null) return { reason, cause: thrownOf(reason) };
  return { reason, cause: loss, ...(loss instanceof LinkLost ? { why: loss.why } : {}) };
}
