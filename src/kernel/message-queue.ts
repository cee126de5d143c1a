// The message queue of a process: an inline first slot, then a recycled ring of pairs.
//
// Owns the order of messages and nothing else: no bound, no waking, no meaning. A message is a pair,
// an operation and its argument, so that a cast with one argument allocates nothing. An idle process
// holds no ring; most of the time the one message it gets fits the slot.
//
//   slot: (op, arg)   ring: | op arg | op arg | op arg | … |   head → oldest, tail → next free

const EMPTY_RING: readonly unknown[] = [];
const FIRST_RING = 16;
const KEPT_RINGS = 64;
const KEPT_RING_LENGTH = 1024;
const rings: unknown[][] = [];

/** A queue of (operation, argument) pairs; `null` is no operation. */
export class MessageQueue<Op extends object> {
  #slotOp: Op | null = null;
  #slotArg: unknown = undefined;
  #ring: unknown[] = EMPTY_RING as unknown[];
  #head = 0;
  #tail = 0;
  /** The argument of the operation that {@link take} gave last. */
  taken: unknown = undefined;

  /** Adds a message at the end. */
  put(op: Op, arg: unknown): void {
    if (this.#ring === EMPTY_RING) {
      if (this.#slotOp === null) {
        this.#slotOp = op;
        this.#slotArg = arg;
        return;
      }
      this.#ring = rings.pop() ?? new Array<unknown>(FIRST_RING).fill(undefined);
    }
    const ring = this.#ring;
    ring[this.#tail] = op;
    ring[this.#tail + 1] = arg;
    this.#tail = (this.#tail + 2) & (ring.length - 1);
    if (this.#tail === this.#head) this.#grow();
  }

  /** Takes the oldest message: gives its operation and leaves its argument in `taken`. */
  take(): Op | null {
    const slot = this.#slotOp;
    if (slot !== null) {
      this.#slotOp = null;
      this.taken = this.#slotArg;
      this.#slotArg = undefined;
      return slot;
    }
    const ring = this.#ring;
    if (ring === EMPTY_RING) return null;
    const head = this.#head;
    const op = ring[head] as Op;
    this.taken = ring[head + 1];
    ring[head] = ring[head + 1] = undefined;
    this.#head = (head + 2) & (ring.length - 1);
    if (this.#head === this.#tail) this.#recycle();
    return op;
  }

  /** True if nothing is queued. */
  get isEmpty(): boolean {
    return this.#slotOp === null && this.#ring === EMPTY_RING;
  }

  /** Takes everything out, oldest first: for refusals at the end, and for overflow. */
  takeAll(): { op: Op; arg: unknown }[] {
    const all: { op: Op; arg: unknown }[] = [];
    for (let op = this.take(); op !== null; op = this.take()) all.push({ op, arg: this.taken });
    this.taken = undefined;
    return all;
  }

  /** Removes the oldest message whose operation `wanted` accepts; its argument is in `taken`. */
  removeFirst(wanted: (op: Op) => boolean): Op | null {
    if (this.#slotOp !== null && wanted(this.#slotOp)) return this.take();
    if (this.#slotOp === null && !this.isEmpty && wanted(this.#ring[this.#head] as Op)) {
      return this.take();
    }
    // The head is not wanted: rare (an info message at the head of a full mailbox).
    const all = this.takeAll();
    const at = all.findIndex(({ op }) => wanted(op));
    const [found] = at < 0 ? [] : all.splice(at, 1);
    for (const { op, arg } of all) this.put(op, arg);
    this.taken = found?.arg;
    return found?.op ?? null;
  }

  #recycle(): void {
    if (rings.length < KEPT_RINGS && this.#ring.length <= KEPT_RING_LENGTH) rings.push(this.#ring);
    this.#ring = EMPTY_RING as unknown[];
    this.#head = this.#tail = 0;
  }

  #grow(): void {
    const old = this.#ring;
    const size = old.length;
    const ring = new Array<unknown>(size * 2).fill(undefined);
    for (let i = 0; i < size; i++) ring[i] = old[(this.#head + i) & (size - 1)];
    this.#ring = ring;
    this.#head = 0;
    this.#tail = size;
  }
}
