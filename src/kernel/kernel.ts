// The kernel of one system: the services that all its processes share.
//
// Owns the run queue, the timers, the observers, the limits, the deaths that are being told and the
// notion of "the process that is running now". It holds no process: the tree of processes hangs on the
// system's root.

import { Fifo } from "./fifo.js";
import { Observers } from "./observers.js";
import type { Platform } from "./platform.js";
import { type Run, RunQueue } from "./run-queue.js";
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

/** The services of one system, whose processes are `P`. */
export class KernelOf<P> {
  readonly platform: Platform;
  readonly limits: Limits;
  /** Takes the crash of a process that nobody supervises. */
  readonly onCrash: (error: unknown) => void;
  /** Whether a shutdown ends processes in order that do not trap exits. */
  readonly terminateUntrapped: boolean;
  readonly queue: RunQueue<P>;
  readonly timers: Timers;
  readonly observers: Observers;
  /** The process whose handler is on the stack, for chains of calls. */
  running: P | null = null;
  /** The number of the process that was made last. */
  lastId = 0;
  /** What is to be told of ends, in order; see ending.ts. */
  readonly deaths: Fifo<P | (() => void)> = new Fifo();
  burying = false;
  #dirty: (() => void)[] = [];

  constructor(
    platform: Platform,
    budgetMs: number,
    limits: Limits,
    onCrash: (error: unknown) => void,
    run: Run<P>,
    terminateUntrapped: boolean,
  ) {
    this.platform = platform;
    this.limits = limits;
    this.onCrash = onCrash;
    this.terminateUntrapped = terminateUntrapped;
    this.queue = new RunQueue(platform, budgetMs, run);
    this.timers = new Timers(platform);
    this.observers = new Observers(platform);
  }

  /** Shows an error of code that only looks on: an observer, a listener, a view. */
  fault(error: unknown): void {
    this.observers.fault(error);
  }

  /** Calls each, whatever one of them throws. */
  notify(listeners: Iterable<() => void>): void {
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        this.fault(error);
      }
    }
  }

  /** Runs `refresh` once at the end of this turn: an observed view has to be computed again. */
  atEndOfTurn(refresh: () => void): void {
    this.#dirty.push(refresh);
    this.queue.afterTurn ??= () => {
      while (this.#dirty.length > 0) for (const next of this.#dirty.splice(0)) next();
    };
    this.queue.wake();
  }
}
