// The silences of a serial line: the gap before a request (MB-6), and the quiet after a failure
// (MB-7) or in the middle of a frame (MB-5).
//
// Owns when the line was last used, and its two timers. Knows no frames: the bus tells it when bytes
// pass, and what is to happen when the line is free, or quiet.

import type { OwnTurn, Started } from "./own-turn.js";

/** How long the silences of one link are, in milliseconds. */
export interface Silences {
  /** Between the last byte and the next request; 0 for none. */
  readonly gapMs: number;
  /** Without a byte for so long, the line is quiet. */
  readonly idleGapMs: number;
  /** A line that does not fall quiet is taken for drained after so long. */
  readonly maxDrainMs: number;
}

/** The silences of a client's line. */
export class LineSilence {
  readonly #turn: OwnTurn;
  readonly #onFree: () => void;
  readonly #onQuiet: () => void;
  #silences: Silences = { gapMs: 0, idleGapMs: 0, maxDrainMs: 0 };
  #freeAtMs = 0;
  #drainsSinceMs: number | null = null;
  #gapTimer: Started | null = null;
  #quietTimer: Started | null = null;

  /** `onFree` is called when a request may be sent that could not before, `onQuiet` before it. */
  constructor(turn: OwnTurn, onFree: () => void, onQuiet: () => void) {
    this.#turn = turn;
    this.#onFree = onFree;
    this.#onQuiet = onQuiet;
  }

  /** A link is up. */
  opened(silences: Silences): void {
    this.#silences = silences;
    this.#freeAtMs = 0;
  }

  /** The link is down: nothing is waited for. */
  stop(): void {
    this.#gapTimer?.cancel();
    this.#gapTimer = null;
    this.#stopQuiet();
  }

  /** Bytes have passed, either way. */
  used(): void {
    const { gapMs } = this.#silences;
    if (gapMs > 0) this.#freeAtMs = this.#now() + gapMs;
  }

  /** Whether a request may be sent now. If not, `onFree` is called when it may. */
  isFree(): boolean {
    if (this.#drainsSinceMs !== null) return false;
    const waitMs = this.#freeAtMs - this.#now();
    if (waitMs <= 0) return true;
    this.#gapTimer ??= this.#turn.after(Math.ceil(waitMs), () => {
      this.#gapTimer = null;
      this.#onFree();
    });
    return false;
  }

  /** Sends nothing until the line is quiet. */
  drain(): void {
    this.#drainsSinceMs ??= this.#now();
    this.awaitQuiet(true);
  }

  /** Bytes have come: the quiet starts afresh, if it is waited for or half a frame is `pending`. */
  awaitQuiet(pending: boolean): void {
    const since = this.#drainsSinceMs;
    if (since === null && !pending) return;
    this.#quietTimer?.cancel();
    // Others wait for their turn: a line that never falls quiet must not hold them for ever.
    if (since !== null && this.#now() - since > this.#silences.maxDrainMs) this.#quiet();
    else {
      this.#quietTimer = this.#turn.after(this.#silences.idleGapMs, () => {
        this.#quiet();
        this.#onFree();
      });
    }
  }

  #quiet(): void {
    this.#stopQuiet();
    this.#onQuiet();
  }

  #stopQuiet(): void {
    this.#quietTimer?.cancel();
    this.#quietTimer = null;
    this.#drainsSinceMs = null;
  }

  #now(): number {
    return this.#turn.platform.now();
  }
}
