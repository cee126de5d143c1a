// The run queue: which process runs next, and when the host gets its turn.
//
// Owns one queue of runnable processes, one pending microtask, and the time budget: after `budgetMs`
// of work (or a count of messages, for hosts whose clock stands still while code runs) the rest
// waits for a macrotask, so timers, I/O and rendering go on. It does not know what a process does.

import { Fifo } from "./fifo.js";
import type { Platform } from "./platform.js";

/** Lets `runnable` handle at most `quantum` messages; gives how many it handled. */
export type Run<Runnable> = (runnable: Runnable, quantum: number) => number;

/** The most messages between two looks at the clock. */
const MAX_STEP = 32;
/** Looks in half a budget at most: on some edges the clock stands still while code runs. */
const MAX_LOOKS = 1024;

/** No turn has been timed yet. */
const NO_TURN = Number.NEGATIVE_INFINITY;

/** The run queue of one system. */
export class RunQueue<Runnable> {
  readonly #platform: Platform;
  readonly #budgetMs: number;
  readonly #runOne: Run<Runnable>;
  readonly #waiting: Fifo<Runnable> = new Fifo();
  #scheduled = false;
  // The budget is that of a turn of the host, not of one drain: a chain of awaited calls makes a
  // drain each, all in one turn, and would starve the host just as one long drain would. Only the
  // host can say that its turn is over, and asking it costs: half a budget goes by before it is asked.
  #marked = false;
  #looks = 0;
  #halfEndsAt = NO_TURN;
  // Looking at the clock costs about what a message does: the quicker the messages, the rarer.
  #step = 1;
  #untilLook = 1;
  #lookedAt = 0;
  readonly #drain = (): void => {
    const waiting = this.#waiting;
    while (waiting.size > 0) {
      this.#untilLook -= this.#runOne(waiting.take(), this.#untilLook);
      if (this.#untilLook <= 0 && this.#overBudget()) {
        this.afterTurn?.();
        this.#platform.macrotask(this.#resume);
        return;
      }
    }
    this.#scheduled = false;
    this.afterTurn?.();
  };
  readonly #newTurn = (): void => {
    this.#marked = false;
    this.#looks = 0;
    this.#halfEndsAt = NO_TURN;
  };
  readonly #resume = (): void => {
    this.#newTurn();
    this.#drain();
  };
  /** Runs at the end of every drain: the turn's views are computed then. */
  afterTurn: (() => void) | null = null;

  constructor(platform: Platform, budgetMs: number, run: Run<Runnable>) {
    this.#platform = platform;
    this.#budgetMs = budgetMs;
    this.#runOne = run;
  }

  /** Queues `runnable`, which must not be queued already. */
  push(runnable: Runnable): void {
    this.#waiting.put(runnable);
    this.wake();
  }

  /** Asks for a turn although nothing may be queued, so that `afterTurn` runs. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#platform.microtask(this.#drain);
  }

  #overBudget(): boolean {
    const now = this.#platform.now();
    const half = this.#budgetMs / 2;
    const isSlow = now - this.#lookedAt > half / 4;
    this.#step = isSlow ? Math.max(1, this.#step >> 2) : Math.min(MAX_STEP, this.#step * 2);
    this.#untilLook = this.#step;
    this.#lookedAt = now;
    if (this.#halfEndsAt === NO_TURN) this.#halfEndsAt = now + half;
    else if (++this.#looks >= MAX_LOOKS || now >= this.#halfEndsAt) {
      if (this.#marked) return true;
      this.#marked = true;
      this.#looks = 0;
      this.#halfEndsAt = now + half;
      this.#platform.macrotask(this.#newTurn);
    }
    return false;
  }
}
