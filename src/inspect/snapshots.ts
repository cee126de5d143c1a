// A store of snapshots: a value that listeners are told of, once for each batch of changes.
//
// Owns the subscribe/getSnapshot pair that UI libraries bind to. The value is made when asked for, and
// stays the same object until something changed. It does not know what the value is.

/** Something a UI can bind to. */
export interface Snapshots<Value> {
  /** The present value; the same object until it changes. */
  getSnapshot(): Value;
  /** Calls `listener` after a change; gives the function that ends it. */
  subscribe(listener: () => void): () => void;
}

/** A store whose value `make` gives. */
export class SnapshotStore<Value> implements Snapshots<Value> {
  readonly #make: () => Value;
  readonly #listeners: Set<() => void> = new Set();
  #value: Value | undefined;
  #fresh = false;
  #unsaid = false;
  #delivery: Promise<void> | null = null;

  constructor(make: () => Value) {
    this.#make = make;
  }

  /** The value has changed. Listeners hear of it after the present turn, once: see `tell`. */
  changed(): void {
    this.#fresh = false;
    this.#unsaid = true;
  }

  /**
   * Tells the listeners of what has changed since they were told, if anything, after the present
   * turn. All of them are told; then the promise rejects with what one of them threw. An observer
   * gives it to its system, which reports that.
   */
  tell(): Promise<void> | undefined {
    if (this.#listeners.size === 0) this.#unsaid = false;
    if (!this.#unsaid || this.#delivery !== null) return undefined;
    this.#delivery = Promise.resolve().then(() => {
      this.#delivery = null;
      this.#unsaid = false;
      const errors: unknown[] = [];
      for (const listener of [...this.#listeners]) {
        try {
          listener();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length === 1) throw errors[0];
      if (errors.length > 1) throw new AggregateError(errors, "Several listeners threw");
    });
    return this.#delivery;
  }

  getSnapshot(): Value {
    if (!this.#fresh) {
      this.#value = this.#make();
      this.#fresh = true;
    }
    return this.#value as Value;
  }

  subscribe(listener: () => void): () => void {
    // A function of its own: the same listener twice is two subscriptions.
    const tell = (): void => listener();
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }
}
