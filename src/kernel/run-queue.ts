// The run queue: which process runs next, and when the host gets its turn.
//
// Owns one queue of runnable processes, one pending microtask, and the time budget: after `budgetMs`
// of work (or a count of messages, for hosts whose clock stands still while code runs) the rest
// waits for a macrotask, so timers, I/O and rendering go on. It does not know what a process does.

import { Fifo } from "./fifo.js";
import type { Platform } from "./platform.js";

/** Lets `runnable` handle at most `quantum` messages; gives how many it handled. */
export type Run<Runnable> = (runnable: Runnable, quantum: number) => number;

/** A call whose answer is that of the turn which handles it. */
export interface Rider {
  readonly settled: boolean;
  /** The reply, or a promise of it; throws the refusal. */
  answer(): unknown;
}

/** The most messages between two looks at the clock. */
const MAX_STEP = 32;
/** Looks in half a budget at most: on some edges the clock stands still while code runs. */
const MAX_LOOKS = 1024;

/** No turn has been timed yet. */
const NO_TURN = -Infinity;

/** The run queue of one system. */
export class RunQueue<Runnable> {
  readonly #platform: Platform;
  readonly #budgetMs: number;
  readonly #runOne: Run<Runnable>;
  readonly #waiting: Fifo<Runnable> = new Fifo();
  #scheduled = false;
  /** The call that woke the queue, until its turn is over. */
  #rider: Rider | null = null;
  /** Replies that must not be told before the rider's: a function and what it is told. */
  readonly #held: Fifo<unknown> = new Fifo();
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
  readonly #drain = (): unknown => {
    const waiting = this.#waiting;
    while (waiting.size > 0) {
      this.#untilLook -= this.#runOne(waiting.take(), this.#untilLook);
      if (this.#untilLook <= 0 && this.#overBudget()) {
        this.afterTurn?.();
        this.#platform.macrotask(this.#resume);
        return this.#answer();
      }
    }
    this.#scheduled = false;
    this.afterTurn?.();
    return this.#answer();
  };
  readonly #tellHeld = (): void => {
    const held = this.#held;
    while (held.size > 0) (held.take() as (value: unknown) => void)(held.take());
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

  /**
   * Wakes the queue for a call that is about to be queued: the promise of the turn is that of its answer.
   * Null if the queue is awake already, or the host gives no such promise.
   */
  ride(rider: Rider): Promise<unknown> | null {
    const { microtaskOf } = this.#platform;
    if (this.#scheduled || microtaskOf === undefined) return null;
    this.#scheduled = true;
    this.#rider = rider;
    return microtaskOf(this.#drain);
  }

  /**
   * Tells a reply. What is replied after the rider was is told after it, though its promise settles only
   * with the turn: callers go on in the order in which they were answered.
   */
  tell(told: (value: unknown) => void, value: unknown): void {
    if (this.#rider === null || !this.#rider.settled) told(value);
    else {
      if (this.#held.size === 0) this.#platform.microtask(this.#tellHeld);
      this.#held.put(told);
      this.#held.put(value);
    }
  }

  #answer(): unknown {
    const rider = this.#rider;
    if (rider === null) return undefined;
    this.#rider = null;
    return rider.answer();
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
