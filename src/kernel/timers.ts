// Timers: one intrusive list for each duration, one host timer for each list.
//
// Owns every timer of a system (call timeouts, sendAfter, state timeouts). Starting and cancelling
// are O(1) and allocate nothing: a call's timeout is a field of the call. A host timer for each call
// would cost more than the call itself. It does not know what a timer is for.
//
//   5000 ms:  head ⇄ node ⇄ node ⇄ tail      (in order of their due time: they all wait as long)

import type { HostTimer, Platform } from "./platform.js";

/** Something that can wait for its time. Extend it; `onTimer` runs once when the time has come. */
export abstract class TimerNode {
  timerPrevious: TimerNode | null = null;
  timerNext: TimerNode | null = null;
  timerList: TimerList | null = null;
  /** When it is due, in the platform's `now()` milliseconds. */
  dueAt: number = 0;
  abstract onTimer(): void;
}

/** A timer that runs a function. */
export class Alarm extends TimerNode {
  readonly run: () => void;
  constructor(run: () => void) {
    super();
    this.run = run;
  }
  override onTimer(): void {
    this.run();
  }
}

class TimerList {
  head: TimerNode | null = null;
  tail: TimerNode | null = null;
  host: HostTimer | null = null;
  /** Its host timer has fired and is told: who is added meanwhile must not delay who waits. */
  firing = false;

  readonly ms: number;
  readonly fire: () => void;
  constructor(ms: number, fire: () => void) {
    this.ms = ms;
    this.fire = fire;
  }
}

/** All timers of one system. */
export class Timers {
  readonly #platform: Platform;
  readonly #lists: Map<number, TimerList> = new Map();
  #sweeping = false;
  #size = 0;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** How many timers wait. */
  get size(): number {
    return this.#size;
  }

  /** Starts `node`; it must not be waiting. `ms` is at least 0 and finite. */
  start(node: TimerNode, ms: number): void {
    let list = this.#lists.get(ms);
    if (list === undefined) {
      const made: TimerList = new TimerList(ms, () => this.#expire(made));
      list = made;
      this.#lists.set(ms, list);
    }
    node.dueAt = this.#platform.now() + ms;
    node.timerList = list;
    node.timerPrevious = list.tail;
    if (list.tail === null) list.head = node;
    else list.tail.timerNext = node;
    list.tail = node;
    this.#size++;
    if (list.host === null && !list.firing) list.host = this.#platform.setTimer(list.fire, ms);
  }

  /** Stops `node`: gives the milliseconds that were left, or `false` if it was not waiting. */
  cancel(node: TimerNode): number | false {
    if (node.timerList === null) return false;
    this.#remove(node);
    return Math.max(0, node.dueAt - this.#platform.now());
  }

  /** Stops `node` without asking what was left: the path of every answered call. */
  drop(node: TimerNode): void {
    if (node.timerList !== null) this.#remove(node);
  }

  /** Gives every host timer back, at the end of the system. Waiting nodes never fire. */
  clear(): void {
    for (const list of this.#lists.values()) this.#disarm(list);
    this.#lists.clear();
    this.#size = 0;
  }

  #remove(node: TimerNode): void {
    const list = node.timerList as TimerList;
    const { timerPrevious, timerNext } = node;
    if (timerPrevious === null) list.head = timerNext;
    else timerPrevious.timerNext = timerNext;
    if (timerNext === null) list.tail = timerPrevious;
    else timerNext.timerPrevious = timerPrevious;
    node.timerPrevious = node.timerNext = node.timerList = null;
    this.#size--;
    // A list that ran empty keeps its host timer for the rest of this turn: calls made one after
    // the other would otherwise pay for a host timer each. One sweep a turn gives them back.
    if (list.head === null && !this.#sweeping) {
      this.#sweeping = true;
      this.#platform.macrotask(() => this.#sweep());
    }
  }

  #sweep(): void {
    this.#sweeping = false;
    for (const list of this.#lists.values()) {
      if (list.head === null) {
        this.#disarm(list);
        this.#lists.delete(list.ms);
      }
    }
  }

  #disarm(list: TimerList): void {
    if (list.host !== null) this.#platform.clearTimer(list.host);
    list.host = null;
  }

  #expire(list: TimerList): void {
    list.host = null;
    list.firing = true;
    const now = this.#platform.now();
    // Hosts fire up to a millisecond early (Node truncates): half a millisecond of slack spares a
    // second timer without ever cutting a time short that a person could measure.
    for (let node = list.head; node !== null && node.dueAt <= now + 0.5; node = list.head) {
      this.#remove(node);
      node.onTimer();
    }
    list.firing = false;
    if (list.head !== null && this.#lists.get(list.ms) === list) {
      list.host = this.#platform.setTimer(list.fire, Math.max(0, list.head.dueAt - now));
    }
  }
}
