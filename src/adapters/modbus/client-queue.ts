// The requests that wait for the line, first come first served, each with a limit to its wait.
//
// Owns their order and their timers. It holds no limit of its own length (the client refuses what
// is too much), and does not know whether the link is up.

import type { ClientJob } from "./client-job.js";

/** A timer that was started. */
export interface Started {
  cancel(): void;
}

/** Waiting requests. At most some hundreds: a list is enough. */
export class ClientQueue {
  readonly #waitMs: number;
  readonly #after: (delayMs: number, run: () => void) => Started;
  readonly #overdue: (job: ClientJob) => void;
  readonly #jobs: ClientJob[] = [];
  readonly #timers: Map<ClientJob, Started> = new Map();

  /** `overdue` gets each request that waited `waitMs`; it is out of the queue by then. */
  constructor(
    waitMs: number,
    after: (delayMs: number, run: () => void) => Started,
    overdue: (job: ClientJob) => void,
  ) {
    this.#waitMs = waitMs;
    this.#after = after;
    this.#overdue = overdue;
  }

  /** How many wait. */
  get size(): number {
    return this.#jobs.length;
  }

  /** Puts a request behind the others, or before them if it had its turn already. */
  add(job: ClientJob, options: { first?: boolean; delayMs?: number } = {}): void {
    const { first = false, delayMs = 0 } = options;
    if (first) this.#jobs.unshift(job);
    else this.#jobs.push(job);
    const overdue = (): void => {
      if (this.remove(job)) this.#overdue(job);
    };
    this.#timers.set(job, this.#after(this.#waitMs + delayMs, overdue));
  }

  /** Takes the first request that may be sent at `nowMs`. */
  take(nowMs: number): ClientJob | undefined {
    // Half a millisecond of slack, as the kernel's timers have it.
    const job = this.#jobs.find(({ notBeforeMs }) => notBeforeMs <= nowMs + 0.5);
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

  /** Takes out, in order, all requests that `stays` does not keep. */
  takeUnless(stays: (job: ClientJob) => boolean): ClientJob[] {
    const taken = this.#jobs.filter((job) => !stays(job));
    for (const job of taken) this.remove(job);
    return taken;
  }
}
