// A first-in, first-out queue whose every step is O(1) on average.
//
// Owns the order and the room of what waits, and nothing else: no bound, no policy, no waking. An
// array alone would do, but `shift` moves all the rest each time, which a burst makes quadratic.

/** Values in the order they came. */
export class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  /** How many wait. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Adds a value at the end. */
  put(value: T): void {
    this.#items.push(value);
  }

  /** Takes the oldest value; call it only while `size` is more than 0. */
  take(): T {
    const value = this.#items[this.#head] as T;
    this.#items[this.#head] = undefined as T;
    this.#head++;
    if (this.#head === this.#items.length) this.clear();
    else if (this.#head >= 1_024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return value;
  }

  /** Those that wait, oldest first, without taking them. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = this.#head; index < this.#items.length; index++) {
      yield this.#items[index] as T;
    }
  }

  /** Drops all. */
  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
