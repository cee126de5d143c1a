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
  /** Those of calls, whose time begins at the end of a turn. */
  readonly #callLists: Map<number, TimerList> = new Map();
  #tidying = false;
  readonly #expire = (list: TimerList): void => {
    const now = this.#platform.now();
    list.host = null;
    list.firing = true;
    for (let node = firstOf(list); node !== null; node = firstOf(list)) {
      // Hosts fire up to a millisecond early (Node truncates): half a millisecond of slack spares a
      // second timer without ever cutting a time short that a person could measure.
      if (node.dueAt === null || node.dueAt > now + 0.5) break;
      this.drop(node);
      node.onTimer(list.ms);
    }
    list.firing = false;
    this.#arm(list);
  };

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Starts `node`, which must not be waiting. `ms` is at least 0; with `Infinity` it never fires. */
  start(node: TimerNode, ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return;
    const list = this.#add(this.#lists, node, ms);
    node.dueAt = this.#platform.now() + ms;
    this.#arm(list);
  }

  /**
   * Starts `node` at the end of this turn of the host: for calls, most of which have their answer by
   * then. The clock, which costs more than the rest of a call's timeout, is looked at once a turn.
   */
  startCall(node: TimerNode, ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return;
    this.#add(this.#callLists, node, ms);
    this.#tidySoon();
  }

  /** When `node` is due; `Infinity` if it does not wait. */
  dueAt({ list, dueAt }: TimerNode): number {
    if (list === null) return Number.POSITIVE_INFINITY;
    return dueAt ?? this.#begin(list as TimerList);
  }

  /** Stops `node`: gives the milliseconds that were left, or `false` if it was not waiting. */
  cancel(node: TimerNode): number | false {
    if (node.list === null) return false;
    const leftMs = this.dueAt(node) - this.#platform.now();
    this.drop(node);
    return Math.max(0, leftMs);
  }

  /** Stops `node` without asking what was left: the path of every answered call. */
  drop(node: TimerNode): void {
    const { list } = node;
    if (list === null) return;
    remove(node);
    // A list that ran empty keeps its host timer for the rest of this turn: timers started one after
    // the other would otherwise pay for a host timer each.
    if (list.first === null) this.#tidySoon();
  }

  /** Gives every host timer back, at the end of the system. Waiting nodes never fire. */
  clear(): void {
    for (const lists of [this.#lists, this.#callLists]) {
      for (const list of lists.values()) this.#disarm(lists, list);
    }
  }

  #add(lists: Map<number, TimerList>, node: TimerNode, ms: number): TimerList {
    let list = lists.get(ms);
    if (list === undefined) {
      list = new TimerList(ms, this.#expire);
      lists.set(ms, list);
    }
    node.dueAt = null;
    append(list, node);
    return list;
  }

  #tidySoon(): void {
    if (this.#tidying) return;
    this.#tidying = true;
    this.#platform.macrotask(() => {
      this.#tidying = false;
      for (const lists of [this.#lists, this.#callLists]) {
        for (const list of lists.values()) {
          if (list.first === null) this.#disarm(lists, list);
          else {
            if (list.last !== null && (list.last as TimerNode).dueAt === null) this.#begin(list);
            this.#arm(list);
          }
        }
      }
    });
  }

  /** Starts the time of those that were added last; gives when they are due. */
  #begin(list: TimerList): number {
    const dueAt = this.#platform.now() + list.ms;
    let node = list.last as TimerNode | null;
    for (; node !== null && node.dueAt === null; node = node.previous as TimerNode | null) {
      node.dueAt = dueAt;
    }
    return dueAt;
  }

  #arm(list: TimerList): void {
    const first = firstOf(list);
    if (first === null || first.dueAt === null || list.host !== null || list.firing) return;
    const waitMs = Math.max(0, first.dueAt - this.#platform.now());
    list.host = this.#platform.setTimer(list.fire, waitMs);
  }

  #disarm(lists: Map<number, TimerList>, list: TimerList): void {
    if (list.host !== null) this.#platform.clearTimer(list.host);
    list.host = null;
    lists.delete(list.ms);
  }
}

const firstOf = (list: TimerList): TimerNode | null => list.first as TimerNode | null;
