// Numbered: things under numbers that rise, such as the requests of a link that wait for an answer.
//
// Owns the ring they stand in. Most are gone before the ring comes round to their place; one that is not,
// and stands in the way of a later one, is moved to a map. A map for all of them would leave a dead table
// behind for each thousand, which holds its successor, and so everything in it, until the heap is
// collected as a whole.
//
//   number & mask ──► place in the ring, free or its own;  older ones ──► map

const LEAST = 8;
/** A ring that has grown beyond this is given back when it is empty. */
const KEPT = 4_096;

/** Things under rising numbers, each of which is added once. */
export class Numbered<T> {
  #numbers: (number | null)[] = [];
  #things: (T | undefined)[] = [];
  #older: Map<number, T> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(number: number): T | undefined {
    const place = number & (this.#numbers.length - 1);
    if (this.#numbers[place] === number) return this.#things[place];
    return this.#older?.get(number);
  }

  has(number: number): boolean {
    return this.get(number) !== undefined;
  }

  /** Adds a thing under a number above all that were added before. */
  add(number: number, thing: T): void {
    if (this.#size >= this.#numbers.length) this.#grow();
    const place = number & (this.#numbers.length - 1);
    const older = this.#numbers[place] ?? null;
    if (older !== null) {
      this.#older ??= new Map();
      this.#older.set(older, this.#things[place] as T);
    }
    this.#numbers[place] = number;
    this.#things[place] = thing;
    this.#size++;
  }

  /** Takes out what is under a number, if anything is. */
  take(number: number): T | undefined {
    const place = number & (this.#numbers.length - 1);
    let thing: T | undefined;
    if (this.#numbers[place] === number) {
      thing = this.#things[place];
      this.#numbers[place] = null;
      this.#things[place] = undefined;
    } else {
      thing = this.#older?.get(number);
      if (thing === undefined) return undefined;
      this.#older?.delete(number);
    }
    this.#size--;
    if (this.#size === 0 && this.#numbers.length > KEPT) this.clear();
    return thing;
  }

  clear(): void {
    this.#numbers = [];
    this.#things = [];
    this.#older = null;
    this.#size = 0;
  }

  /** All of them, oldest number first. */
  values(): T[] {
    return this.#all().map(([, thing]) => thing);
  }

  #all(): [number, T][] {
    const all: [number, T][] = [...(this.#older ?? [])];
    this.#numbers.forEach((number, place) => {
      if (number !== null) all.push([number, this.#things[place] as T]);
    });
    return all.sort(([one], [other]) => one - other);
  }

  #grow(): void {
    const all = this.#all();
    const length = Math.max(LEAST, this.#numbers.length * 2);
    this.#numbers = new Array<number | null>(length).fill(null);
    this.#things = new Array<T | undefined>(length).fill(undefined);
    this.#older = null;
    this.#size = 0;
    for (const [number, thing] of all) this.add(number, thing);
  }
}
