// The Platform interface: all that the kernel asks of its host.
//
// Owns the contract only. Each host implements it in `platform/<host>/platform.ts`; a virtual one
// for tests is in `src/testing`. Time, randomness and scheduling come from here and nowhere else,
// which is what lets a test replay a run exactly.

/** A running timer, as the host made it. */
export type HostTimer = unknown;

/**
 * A host of actors. Every member is a plain function that needs no `this`.
 *
 * @example A host of one's own
 * ```ts
 * const platform: Platform = {
 *   host: "mine",
 *   now: () => performance.now(),
 *   wallTime: () => Date.now(),
 *   random: Math.random,
 *   microtask: (run) => { Promise.resolve().then(run); },
 *   macrotask: (run) => { setTimeout(run, 0); },
 *   setTimer: (run, ms) => setTimeout(run, ms),
 *   clearTimer: (timer) => clearTimeout(timer as number),
 *   reportError: (error) => console.error(error),
 * };
 * ```
 */
export interface Platform {
  /** The host's name in words: `node`, `browser`, `worker`. */
  readonly host: string;
  /** Monotonic time in milliseconds, with fractions where the host has them. */
  now(): number;
  /** Milliseconds since 1970, for people and logs; it may jump. */
  wallTime(): number;
  /** A number of at least 0 and below 1. */
  random(): number;
  /** Runs `run` after the code that is running now, before timers and I/O: the cheapest turn. */
  microtask(run: () => void): void;
  /**
   * Runs `run` as `microtask` does, and gives the promise of what it gives or throws: a call that wakes an
   * idle system is answered by it, and spares a promise of its own. Left out, it has that.
   */
  microtaskOf?(run: () => unknown): Promise<unknown>;
  /** Runs `run` after the host had a chance for timers, I/O and rendering. */
  macrotask(run: () => void): void;
  /** Runs `run` once, `delayMs` milliseconds from now. */
  setTimer(run: () => void, delayMs: number): HostTimer;
  /** Stops a timer; a fired or stopped one is ignored. */
  clearTimer(timer: HostTimer): void;
  /** Shows an error that nobody handles: the host's own channel for uncaught errors. */
  reportError(error: unknown): void;
  /**
   * Shows an error of an observer, a listener or a view, which must end nothing (SUP-8): for hosts
   * whose channel for uncaught errors ends the program. Left out, `reportError` shows it.
   */
  reportFault?(error: unknown): void;
  /** True where the bundler or host chose the `development` build: hints are worth their cost. */
  readonly development?: boolean;
  /** Shows a hint to a developer. Left out where nobody would read it. */
  warn?(message: string): void;
  /**
   * Made for each view that somebody looks at; what it gives is called with each value the view gives.
   * Only development builds have it: see {@link viewHints}.
   */
  inspectView?(label: string): (value: unknown) => void;
  /**
   * Calls `listener` when the host comes back: online again, visible again. Gives the function
   * that ends it. Left out where a host has no such event.
   */
  onWake?(listener: () => void): () => void;
}
