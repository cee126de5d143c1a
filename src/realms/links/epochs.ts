// Epochs: what this realm has heard of the leaders of one name.
//
// Owns the highest number heard, and the news of a higher one. A link between tabs carries it in hello and
// welcome; where a leader has its own from is tabs/epoch-store.ts, what it is for is in docs/tabs.md.

import { inWords } from "../wire/frame-checks.js";
import type { EpochView } from "../wire/link.js";
import { MalformedFrame } from "../wire/malformed-frame.js";

/** What this realm has heard of the leaders of one name. */
export class Epochs implements EpochView {
  #current = 0;
  readonly #listeners: Set<(epoch: number) => void> = new Set();

  get current(): number {
    return this.#current;
  }

  saw(epoch: number, leads = false): void {
    if (leads && !(epoch >= this.#current)) {
      const known = `where ${this.#current} is known`;
      throw new MalformedFrame(`leader ${inWords(epoch)} speaks, ${known}`);
    }
    if (!Number.isSafeInteger(epoch) || epoch <= this.#current) return;
    this.#current = epoch;
    for (const listener of [...this.#listeners]) listener(epoch);
  }

  /** Calls `listener` with each epoch that is higher than all before. Gives the function that ends it. */
  onNewer(listener: (epoch: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
