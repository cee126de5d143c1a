// A view: the snapshot of a process's state that a UI subscribes to.
//
// Owns one computed value, its listeners and the rule of when it is computed: only while somebody
// looks, after a handler settled, once a turn. A snapshot stays the same object until the view gives
// another. It knows nothing of frameworks: bindings build on subscribe and getSnapshot.

import type { Kernel } from "./kernel.js";

const NOTHING: unique symbol = Symbol("troupe.nothing");

/** The view of one process. */
export class View {
  readonly #kernel: Kernel;
  readonly #label: string;
  readonly #compute: () => unknown;
  readonly #listeners: Set<() => void> = new Set();
  #value: unknown = NOTHING;
  #told: unknown = NOTHING;
  #initial: unknown = NOTHING;
  #stale = true;
  #scheduled = false;
  #warned = false;
  #shape: string | null = null;
  readonly #refresh = (): void => {
    if (!this.#scheduled || this.#listeners.size === 0) return;
    this.#scheduled = false;
    // Against what was told, not what was read last: somebody may have read the new value already.
    const value = this.read();
    if (Object.is(value, this.#told)) return;
    this.#told = value;
    this.#notify();
  };

  constructor(kernel: Kernel, label: string, compute: () => unknown) {
    this.#kernel = kernel;
    this.#label = label;
    this.#compute = compute;
  }

  /** A handler has settled: what was computed may be old. */
  touch(): void {
    this.#stale = true;
    if (this.#listeners.size > 0 && !this.#scheduled) {
      this.#scheduled = true;
      this.#kernel.atEndOfTurn(this.#refresh);
    }
  }

  /** The present snapshot. A view that throws keeps the last one and reports the error. */
  read(): unknown {
    if (this.#stale) {
      try {
        const value = this.#compute();
        if (this.#kernel.platform.development) this.#warnOfMutation(value);
        this.#value = value;
      } catch (error) {
        this.#kernel.fault(error);
      }
      this.#stale = false;
      if (this.#initial === NOTHING) this.#initial = this.#value;
    }
    return this.#value === NOTHING ? undefined : this.#value;
  }

  /** The first snapshot that was taken. */
  readInitial(): unknown {
    if (this.#initial === NOTHING) this.read();
    return this.#initial === NOTHING ? undefined : this.#initial;
  }

  /** Calls `listener` after each change; gives the function that ends it. */
  subscribe(listener: () => void): () => void {
    if (this.#listeners.size === 0) this.#told = this.read();
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#scheduled = false;
    };
  }

  /** Tells listeners now what they would be told at the end of the turn. */
  flush(): void {
    if (this.#scheduled) this.#refresh();
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        this.#kernel.fault(error);
      }
    }
  }

  // A view that gives the same object although a handler changed what is in it never notifies: the
  // commonest mistake with snapshots, and silent. Development only, once a process.
  #warnOfMutation(value: unknown): void {
    if (this.#warned || typeof value !== "object" || value === null) return;
    let shape: string | null = null;
    try {
      shape = JSON.stringify(value) ?? null;
    } catch {
      return;
    }
    if (value === this.#value && shape !== this.#shape) {
      this.#warned = true;
      this.#kernel.platform.warn?.(
        `The view of ${this.#label} gave the same object after a handler had changed it, so nobody ` +
          `is told; give a new object from view, or replace self.state instead of mutating it`,
      );
    }
    this.#shape = shape;
  }
}
