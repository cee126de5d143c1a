// The requests that wait for the line, first come first served, each with a limit to its wait.
//
// Owns their order and their timers. It has no limit of its own length (the client refuses what is
// too much), and does not know whether the link is up.

import type { ClientJob } from "./client-job.js";
import type { OwnTurn, Started } from "./own-turn.js";

/** Waiting requests. At most some hundreds: a list is enough. */
export class ClientQueue {
  readonly #turn: OwnTurn;
  readonly #waitMs: number;
  readonly #overdue: (job: ClientJob) => void;
  readonly #jobs: ClientJob[] = [];
  readonly #timers: Map<ClientJob, Started> = new Map();

  /** `overdue` gets each request that waited `waitMs`; it is out of the queue by then. */
  constructor(turn: OwnTurn, waitMs: number, overdue: (job: ClientJob) => void) {
    this.#turn = turn;
    this.#waitMs = waitMs;
    this.#overdue = overdue;
  }

  /** How many wait. */
  get size(): number {
    return this.#jobs.length;
  }

  /** Those who wait, the first first. Copy it to change the queue on the way. */
  [Symbol.iterator](): Iterator<ClientJob> {
    return this.#jobs[Symbol.iterator]();
  }

  /**
   * Puts a request behind the others, or before them if it had its turn already. It is not taken for
   * `delayMs` milliseconds, which do not count as its wait.
   */
  add(job: ClientJob, options: { first?: boolean; delayMs?: number } = {}): void {
    const { first = false, delayMs = 0 } = options;
    job.notBeforeMs = this.#turn.platform.now() + delayMs;
    if (first) this.#jobs.unshift(job);
    else this.#jobs.push(job);
    const overdue = (): void => {
      if (this.remove(job)) this.#overdue(job);
    };
    this.#timers.set(job, this.#turn.after(this.#waitMs + delayMs, overdue));
  }

  /** Takes the first request that may be sent now. */
  take(): ClientJob | undefined {
    // Half a millisecond of slack, as the kernel's timers have it.
    const nowMs = this.#turn.platform.now() + 0.5;
    // A caller may have given up in this very turn: its request is on its way out.
    const job = this.#jobs.find(({ settled, notBeforeMs }) => !settled && notBeforeMs <= nowMs);
    if (job !== undefined) this.remove(job);
    return job;
  }

  /** Takes a request out. False if it is not here. */
  remove(job: ClientJob): boolean {
    const at = this.#jobs.indexOf(job);
    if (at < 0) return false;
    this.#jobs.splice(at, 1);
    this.#timers.get(job)?.cancel();
    this.#timers.delete(job);
    return true;
  }
}
