// A first-in, first-out queue whose every step is O(1) on average and allocates nothing once warm.
//
// Owns the order and the room of what waits, and nothing else: no bound, no policy, no waking. An
// array alone would do, but `shift` moves all the rest each time, which a burst makes quadratic.
//
//   items:  | – | – | a | b | c | – |     head → a, tail → the next free place

/** An emptied queue keeps room for so many values, and gives back more than that. */
const KEPT = 4_096;

/** Values in the order they came. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;
  #tail = 0;

  /** How many wait. */
  get size(): number {
    return this.#tail - this.#head;
  }

  /** Adds a value at the end. */
  put(value: T): void {
    if (this.#tail === this.#items.length && this.#head > this.#tail >> 1) {
      this.#items.copyWithin(0, this.#head);
      this.#tail -= this.#head;
      this.#items.fill(undefined, this.#tail);
      this.#head = 0;
    }
    this.#items[this.#tail++] = value;
  }

  /** Takes the oldest value; call it only while `size` is more than 0. */
  take(): T {
    const value = this.#items[this.#head] as T;
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#tail) {
      this.#head = this.#tail = 0;
      if (this.#items.length > KEPT) this.#items = [];
    }
    return value;
  }

  /** Those that wait, oldest first, without taking them. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = this.#head; index < this.#tail; index++) yield this.#items[index] as T;
  }

  /** Drops all. */
  clear(): void {
    this.#items = [];
    this.#head = this.#tail = 0;
  }
}
