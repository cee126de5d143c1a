// The run queue: which process runs next, and when the host gets its turn.
//
// Owns one ring of runnable processes, one pending microtask, and the time budget: after `budgetMs`
// of work (or a count of messages, for hosts whose clock stands still while code runs) the rest
// waits for a macrotask, so timers, I/O and rendering go on. It does not know what a process does.

import type { Platform } from "./platform.js";

/** Something that can be run in slices. */
export interface Runnable {
  /** Handles at most `quantum` messages and gives how many it handled. */
  run(quantum: number): number;
}

/** The most messages between two looks at the clock. */
const MAX_STEP = 32;
/** Looks in half a budget at most: on some edges the clock stands still while code runs. */
const MAX_LOOKS = 1024;

/** No turn has been timed yet. */
const NO_TURN = Number.NEGATIVE_INFINITY;

/** The run queue of one system. */
export class RunQueue {
  readonly #platform: Platform;
  readonly #budgetMs: number;
  #ring: (Runnable | null)[] = new Array<Runnable | null>(64).fill(null);
  #head = 0;
  #tail = 0;
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
  readonly #drain = (): void => this.#run();
  readonly #newTurn = (): void => {
    this.#marked = false;
    this.#looks = 0;
    this.#halfEndsAt = NO_TURN;
  };
  readonly #resume = (): void => {
    this.#newTurn();
    this.#run();
  };
  /** Runs at the end of every drain: the turn's views are computed then. */
  afterTurn: (() => void) | null = null;

  constructor(platform: Platform, budgetMs: number) {
    this.#platform = platform;
    this.#budgetMs = budgetMs;
  }

  /** Queues `runnable`, which must not be queued already. */
  push(runnable: Runnable): void {
    const ring = this.#ring;
    ring[this.#tail] = runnable;
    this.#tail = (this.#tail + 1) & (ring.length - 1);
    if (this.#tail === this.#head) this.#grow();
    if (!this.#scheduled) this.#schedule();
  }

  /** Asks for a turn although nothing is queued, so that `afterTurn` runs. */
  wake(): void {
    if (!this.#scheduled) this.#schedule();
  }

  #schedule(): void {
    this.#scheduled = true;
    this.#platform.microtask(this.#drain);
  }

  #run(): void {
    while (this.#head !== this.#tail) {
      const runnable = this.#ring[this.#head] as Runnable;
      this.#ring[this.#head] = null;
      this.#head = (this.#head + 1) & (this.#ring.length - 1);
      this.#untilLook -= runnable.run(this.#untilLook);
      if (this.#untilLook <= 0 && this.#overBudget()) {
        this.afterTurn?.();
        this.#platform.macrotask(this.#resume);
        return;
      }
    }
    this.#scheduled = false;
    this.afterTurn?.();
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

  #grow(): void {
    const old = this.#ring;
    const size = old.length;
    const ring = new Array<Runnable | null>(size * 2).fill(null);
    for (let i = 0; i < size; i++) ring[i] = old[(this.#head + i) & (size - 1)] as Runnable;
    this.#ring = ring;
    this.#head = 0;
    this.#tail = size;
  }
}
