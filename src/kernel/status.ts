// Where a process stands in its life, and the small words its owners need.
//
// Owns the constants of the status, the shutdown vocabulary and the place of a supervised child. What
// moves a process from one to the next is lifecycle.ts and process.ts.

/** Status of a process. */
export const NEW = 0;
export const IDLE = 1;
export const READY = 2;
export const RUNNING = 3;
/** An asynchronous handler is pending. */
export const WAITING = 4;
export const DEAD = 5;

/** How long a child may take to end: milliseconds, `Infinity`, or no time at all. */
export type Shutdown = number | "brutalKill";

/** The place of a supervised child, which outlives each of its processes. */
export interface Place {
  /** The child id. */
  readonly name: string;
  /** How often the child has been restarted. */
  readonly restarts: number;
}
