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
  #scheduled = false;

  constructor(make: () => Value) {
    this.#make = make;
  }

  /** The value has changed. Listeners hear of it after the present turn, once. */
  changed(): void {
    this.#fresh = false;
    if (this.#scheduled || this.#listeners.size === 0) return;
    this.#scheduled = true;
    Promise.resolve().then(() => {
      this.#scheduled = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  getSnapshot(): Value {
    if (!this.#fresh) {
      this.#value = this.#make();
      this.#fresh = true;
    }
    return this.#value as Value;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
