// A view: the snapshot of a process's state that a UI subscribes to.
//
// Owns one computed value, its listeners and the rule of when it is computed: only while somebody
// looks, after a handler settled, once a turn. A snapshot stays the same object until the view gives
// another. It knows nothing of frameworks: bindings build on subscribe and getSnapshot.

import type { KernelOf } from "./kernel.js";

type Services = Pick<KernelOf<unknown>, "platform" | "fault" | "notify" | "atEndOfTurn">;

/** The view of one process. */
export class View {
  readonly #kernel: Services;
  readonly #compute: () => unknown;
  readonly #look: ((value: unknown) => void) | undefined;
  readonly #listeners: Set<() => void> = new Set();
  #value: unknown = undefined;
  /** What the listeners know. */
  #told: unknown = undefined;
  /** The first that could be computed. */
  #initial: { readonly value: unknown } | null = null;
  #stale = true;
  #scheduled = false;

  /** `label` is the name of the process. */
  constructor(kernel: Services, label: string, compute: () => unknown) {
    this.#kernel = kernel;
    this.#compute = compute;
    this.#look = kernel.platform.inspectView?.(label);
  }

  /** A handler has settled: what was computed may be old. */
  touch(): void {
    this.#stale = true;
    if (this.#listeners.size > 0 && !this.#scheduled) {
      this.#scheduled = true;
      this.#kernel.atEndOfTurn(() => this.flush());
    }
  }

  /** The present snapshot. A view that throws keeps the last one and reports the error. */
  read(): unknown {
    if (this.#stale) {
      try {
        this.#value = this.#compute();
        this.#initial ??= { value: this.#value };
        this.#look?.(this.#value);
      } catch (error) {
        this.#kernel.fault(error);
      }
      this.#stale = false;
    }
    return this.#value;
  }

  /** The first snapshot that was taken. */
  readInitial(): unknown {
    if (this.#initial === null) this.read();
    return this.#initial?.value;
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
    if (!this.#scheduled) return;
    this.#scheduled = false;
    // Against what was told, not what was read last: somebody may have read the new value already.
    const value = this.read();
    if (Object.is(value, this.#told)) return;
    this.#told = value;
    this.#kernel.notify(this.#listeners);
  }
}
