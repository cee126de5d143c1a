// A request on the line.
//
// Owns what is known of it there: its number, since when, and the timer that runs. What its end means
// is client-bus.ts's.

import type { ClientJob } from "./client-job.js";
import type { Started } from "./own-turn.js";

/** One attempt of a job. */
export class Transaction {
  readonly id: number;
  readonly job: ClientJob;
  /** Nobody answers it. */
  readonly broadcast: boolean;
  /** When its bytes were written, or handed to the link until then. */
  sentAtMs: number;
  /** True once the transport took its bytes. */
  written = false;
  /** True once it is answered or given up. */
  over = false;
  timer: Started | null = null;

  constructor(id: number, job: ClientJob, broadcast: boolean, sentAtMs: number) {
    this.id = id;
    this.job = job;
    this.broadcast = broadcast;
    this.sentAtMs = sentAtMs;
  }
}
