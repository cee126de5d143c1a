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

/** Something waits all the time once it has waited through so many turns, one after the other. */
const STEADY_TURNS = 16;
/** How much later times then begin, at most; the same for a host timer that is given back. */
const SLACK_MS = 50;
/** Times that are shorter always begin at the end of their turn. */
const LONG_MS = 1_000;

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
  /** Through how many turns, one after the other, something waited. */
  #turns = 0;
  #nextLook: HostTimer | null = null;
  readonly #tidy = (): void => {
    this.#tidying = false;
    this.#nextLook = null;
    let waits = false;
    for (const list of this.#lists.values()) {
      this.#begin(list);
      if (list.first === null) this.#disarm(list);
      else {
        if (list.host !== null) waits = true;
        this.#arm(list);
      }
    }
    this.#turns = waits ? this.#turns + 1 : 0;
  };
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
   * Starts `node`, which must not be waiting: its time begins at the end of this turn of the host; a
   * long one's up to 50 ms later where something waits all the time.
   * `ms` is at least 0; with `Infinity` it never fires.
   */
  start(node: TimerNode, ms: number): void {
    if (ms === Infinity) return;
    let list = this.#lists.get(ms);
    if (list === undefined) {
      list = new TimerList(ms, this.#expire);
      this.#lists.set(ms, list);
    }
    node.dueAt = null;
    append(list, node);
    if (this.#nextLook !== null && ms < LONG_MS) this.#hurry();
    this.#tidySoon();
  }

  /** When `node` is due; `Infinity` if it does not wait. */
  dueAt(node: TimerNode): number {
    if (node.list === null) return Infinity;
    this.#begin(node.list as TimerList);
    return node.dueAt as unknown as number;
  }

  /** The milliseconds that are left to `node`; `Infinity` if it does not wait. */
  leftMs({ list, dueAt }: TimerNode): number {
    if (list === null) return Infinity;
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
    this.#hurry();
    for (const list of this.#lists.values()) this.#disarm(list);
  }

  // At the end of a turn: most calls have their answer by then, and cost neither a look at the clock,
  // which is dearer than the rest of a timeout, nor a host timer. But where something waits through one
  // turn after the other, as calls to a worker do, a turn for each costs a browser more than the call.
  #tidySoon(): void {
    if (this.#tidying) return;
    this.#tidying = true;
    if (this.#turns >= STEADY_TURNS) this.#nextLook = this.#platform.setTimer(this.#tidy, SLACK_MS);
    else this.#platform.macrotask(this.#tidy);
  }

  /** The next look is at the end of a turn again. */
  #hurry(): void {
    this.#turns = 0;
    if (this.#nextLook === null) return;
    this.#platform.clearTimer(this.#nextLook);
    this.#nextLook = null;
    this.#tidying = false;
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
