// The kernel of one system: the services that all its processes share.
//
// Owns the run queue, the timers, the observers, the limits and the notion of "the process that is
// running now". It holds no process: the tree of processes hangs on the system's root.

import type { Caller } from "./call-request.js";
import { Observers } from "./observers.js";
import type { Platform } from "./platform.js";
import { RunQueue } from "./run-queue.js";
import { Timers } from "./timers.js";

/** Times that apply where nobody said otherwise, in milliseconds. */
export interface Limits {
  /** How long a call waits for its reply. Default 5,000; `Infinity` waits for ever. */
  readonly callTimeoutMs: number;
  /** How long an `init` may take. Default `Infinity`. */
  readonly initTimeoutMs: number;
  /** How long an orderly shutdown may take before the process is killed. Default 5,000. */
  readonly shutdownMs: number;
  /** How long the disposal of owned resources may take before the end goes on. Default 5,000. */
  readonly disposeTimeoutMs: number;
}

/** The services of one system. */
export class Kernel {
  readonly platform: Platform;
  readonly queue: RunQueue;
  readonly timers: Timers;
  readonly observers: Observers;
  readonly limits: Limits;
  /** The process whose handler is on the stack, for chains of calls. */
  running: Caller | null = null;
  /** Takes the crash of a process that nobody supervises. */
  readonly onCrash: (error: unknown) => void;
  #nextId = 1;
  #deaths: (() => void)[] = [];
  #burying = false;
  #dirty: (() => void)[] = [];

  constructor(
    platform: Platform,
    options: { budgetMs: number; limits: Limits; onCrash: (error: unknown) => void },
  ) {
    this.platform = platform;
    this.limits = options.limits;
    this.onCrash = options.onCrash;
    this.queue = new RunQueue(platform, options.budgetMs);
    this.timers = new Timers(platform);
    this.observers = new Observers(
      () => platform.now(),
      (error) => this.fault(error),
    );
  }

  /** Shows an error of code that only looks on: an observer, a listener, a view. */
  fault(error: unknown): void {
    const { platform } = this;
    if (platform.reportFault === undefined) platform.reportError(error);
    else platform.reportFault(error);
  }

  /** The next process number. */
  nextId(): number {
    return this.#nextId++;
  }

  /**
   * Runs `notify` after the deaths that are being told already. A chain of a hundred thousand links
   * falls in a loop, not in a recursion.
   */
  bury(notify: () => void): void {
    this.#deaths.push(notify);
    if (this.#burying) return;
    this.#burying = true;
    try {
      for (let i = 0; i < this.#deaths.length; i++) (this.#deaths[i] as () => void)();
    } finally {
      this.#deaths = [];
      this.#burying = false;
    }
  }

  /** Runs `refresh` once at the end of this turn: an observed view has to be computed again. */
  atEndOfTurn(refresh: () => void): void {
    this.#dirty.push(refresh);
    if (this.queue.afterTurn === null) this.queue.afterTurn = () => this.#endTurn();
    this.queue.wake();
  }

  #endTurn(): void {
    while (this.#dirty.length > 0) {
      const dirty = this.#dirty;
      this.#dirty = [];
      for (const refresh of dirty) refresh();
    }
  }
}
