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

class TimerList extends List {
  host: HostTimer | null = null;
  /** Its host timer has fired and is told: who is added meanwhile must not delay who waits. */
  firing = false;
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
  #sweeping = false;
  readonly #expire = (list: TimerList): void => {
    const { now } = this.#platform;
    const at = now();
    list.host = null;
    list.firing = true;
    // Hosts fire up to a millisecond early (Node truncates): half a millisecond of slack spares a
    // second timer without ever cutting a time short that a person could measure.
    for (
      let node = list.first as TimerNode | null;
      node !== null && node.dueAt <= at + 0.5;
      node = list.first as TimerNode | null
    ) {
      this.drop(node);
      node.onTimer();
    }
    list.firing = false;
    const { first } = list as { first: TimerNode | null };
    if (first !== null && this.#lists.get(list.ms) === list) {
      list.host = this.#platform.setTimer(list.fire, Math.max(0, first.dueAt - at));
    }
  };

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Starts `node`, which must not be waiting. `ms` is at least 0; with `Infinity` it never fires. */
  start(node: TimerNode, ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return;
    let list = this.#lists.get(ms);
    if (list === undefined) {
      list = new TimerList(ms, this.#expire);
      this.#lists.set(ms, list);
    }
    node.dueAt = this.#platform.now() + ms;
    append(list, node);
    if (list.host === null && !list.firing) list.host = this.#platform.setTimer(list.fire, ms);
  }

  /** Stops `node`: gives the milliseconds that were left, or `false` if it was not waiting. */
  cancel(node: TimerNode): number | false {
    if (node.list === null) return false;
    this.drop(node);
    return Math.max(0, node.dueAt - this.#platform.now());
  }

  /** Stops `node` without asking what was left: the path of every answered call. */
  drop(node: TimerNode): void {
    const { list } = node;
    if (list === null) return;
    remove(node);
    // A list that ran empty keeps its host timer for the rest of this turn: calls made one after
    // the other would otherwise pay for a host timer each. One sweep a turn gives them back.
    if (list.first === null && !this.#sweeping) {
      this.#sweeping = true;
      this.#platform.macrotask(() => {
        this.#sweeping = false;
        this.#sweep(false);
      });
    }
  }

  /** Gives every host timer back, at the end of the system. Waiting nodes never fire. */
  clear(): void {
    this.#sweep(true);
  }

  #sweep(all: boolean): void {
    for (const list of this.#lists.values()) {
      if (list.first !== null && !all) continue;
      if (list.host !== null) this.#platform.clearTimer(list.host);
      list.host = null;
      this.#lists.delete(list.ms);
    }
  }
}
