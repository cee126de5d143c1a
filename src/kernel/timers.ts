// Timers: one list for each duration, one host timer for each list.
//
// Owns every timer of a system (call timeouts, sendAfter, state timeouts). Starting and cancelling
// are O(1) and allocate nothing: a call's timeout is a field of the call. A host timer for each call
// would cost more than the call itself. It does not know what a timer is for.
//
//   5000 ms:  first ⇄ node ⇄ node ⇄ last      (in order of their due time: they all wait as long)

import { append, List, Node, remove } from "./list.js";
import type { HostTimer, Platform } from "./platform.js";

/** Something that can wait for its time. Extend it; `onTimer` runs once when the time has come. */
export abstract class TimerNode extends Node {
  /** When it is due, in the platform's `now()` milliseconds; null until the clock was looked at. */
  dueAt: number | null = null;
  /** `ms` is how long it has waited. */
  abstract onTimer(ms: number): void;
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

class TimerList extends List {
  host: HostTimer | null = null;
  readonly ms: number;
  readonly fire: () => void;
  constructor(ms: number, expire: (list: TimerList) => void) {
    super();
    this.ms = ms;
    this.fire = () => expire(this);
  }
}

/** All timers of one system. */
export class Timers {
  readonly #platform: Platform;
  readonly #lists: Map<number, TimerList> = new Map();
  #tidying = false;
  readonly #expire = (list: TimerList): void => {
    const now = this.#platform.now();
    list.host = null;
    for (let node = firstOf(list); node !== null; node = firstOf(list)) {
      // Hosts fire up to a millisecond early (Node truncates): half a millisecond of slack spares a
      // second timer without ever cutting a time short that a person could measure. One that was
      // started just now is not due: its time has not begun.
      if (node.dueAt === null || node.dueAt > now + 0.5) break;
      this.drop(node);
      node.onTimer(list.ms);
    }
    this.#arm(list);
  };

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /**
   * Starts `node`, which must not be waiting: its time begins at the end of this turn of the host.
   * `ms` is at least 0; with `Infinity` it never fires.
   */
  start(node: TimerNode, ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return;
    let list = this.#lists.get(ms);
    if (list === undefined) {
      list = new TimerList(ms, this.#expire);
      this.#lists.set(ms, list);
    }
    node.dueAt = null;
    append(list, node);
    this.#tidySoon();
  }

  /** When `node` is due; `Infinity` if it does not wait. */
  dueAt(node: TimerNode): number {
    if (node.list === null) return Number.POSITIVE_INFINITY;
    this.#begin(node.list as TimerList);
    return node.dueAt as unknown as number;
  }

  /** The milliseconds that are left to `node`; `Infinity` if it does not wait. */
  leftMs({ list, dueAt }: TimerNode): number {
    if (list === null) return Number.POSITIVE_INFINITY;
    return dueAt === null ? (list as TimerList).ms : Math.max(0, dueAt - this.#platform.now());
  }

  /** Stops `node`: gives the milliseconds that were left, or `false` if it was not waiting. */
  cancel(node: TimerNode): number | false {
    if (node.list === null) return false;
    const leftMs = this.leftMs(node);
    this.drop(node);
    return leftMs;
  }

  /** Stops `node` without asking what was left: the path of every answered call. */
  drop(node: TimerNode): void {
    const { list } = node;
    if (list === null) return;
    remove(node);
    if (list.first === null) this.#tidySoon();
  }

  /** Gives every host timer back, at the end of the system. Waiting nodes never fire. */
  clear(): void {
    for (const list of this.#lists.values()) this.#disarm(list);
  }

  // At the end of a turn: most calls have their answer by then, and cost neither a look at the clock,
  // which is dearer than the rest of a timeout, nor a host timer.
  #tidySoon(): void {
    if (this.#tidying) return;
    this.#tidying = true;
    this.#platform.macrotask(() => {
      this.#tidying = false;
      for (const list of this.#lists.values()) {
        this.#begin(list);
        if (list.first === null) this.#disarm(list);
        else this.#arm(list);
      }
    });
  }

  /** Begins the time of those that were started since the last look at the clock. */
  #begin(list: TimerList): void {
    let node = list.last as TimerNode | null;
    const dueAt = node?.dueAt === null ? this.#platform.now() + list.ms : 0;
    for (; node?.dueAt === null; node = node.previous as TimerNode | null) node.dueAt = dueAt;
  }

  #arm(list: TimerList): void {
    const dueAt = firstOf(list)?.dueAt ?? null;
    if (dueAt === null || list.host !== null) return;
    list.host = this.#platform.setTimer(list.fire, Math.max(0, dueAt - this.#platform.now()));
  }

  #disarm(list: TimerList): void {
    if (list.host !== null) this.#platform.clearTimer(list.host);
    list.host = null;
    this.#lists.delete(list.ms);
  }
}

const firstOf = (list: TimerList): TimerNode | null => list.first as TimerNode | null;
