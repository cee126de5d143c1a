// An owner: a process as the holder of resources, timers and watches.
//
// Owns adding and giving up what belongs to a process; the sets are belongings.ts, made when first
// needed. When they are let go, and in which order, is lifecycle.ts.

import { Belongings, Monitor } from "./belongings.js";
import type { ExitReason } from "./exit-reason.js";
import type { Kernel } from "./kernel.js";
import { DEAD, NEW } from "./status.js";
import { Alarm, type TimerNode } from "./timers.js";

/** What a process owns; `Peer` is what it can be linked to. */
export abstract class Owner<Peer> {
  readonly kernel: Kernel;
  readonly id: number;
  status: number = NEW;
  /** Null until something is owned, and again when all is let go. */
  protected belongings: Belongings<Peer> | null = null;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.id = kernel.nextId();
  }

  get trapsExits(): boolean {
    return this.belongings?.trapsExits ?? false;
  }

  set trapsExits(on: boolean) {
    if (on || this.belongings !== null) this.owned().trapsExits = on;
  }

  /** Owns a resource: `dispose` runs when the process ends, last owned first. */
  own(dispose: () => unknown): void {
    const belongings = this.owned();
    if (belongings.resources === null) belongings.resources = [];
    belongings.resources.push(dispose);
  }

  /** Calls `run` after `ms`, unless the end begins before. One that has fired is owned no more. */
  after(ms: number, run: () => void): TimerNode {
    const belongings = this.owned();
    if (belongings.timers === null) belongings.timers = new Set();
    const { timers } = belongings;
    const timer: Alarm = new Alarm(() => {
      timers.delete(timer);
      run();
    });
    timers.add(timer);
    this.kernel.timers.start(timer, ms);
    return timer;
  }

  /** Gives up an owned timer: the milliseconds left, or false if it is not waiting. */
  disownTimer(timer: TimerNode): number | false {
    this.belongings?.timers?.delete(timer);
    return this.kernel.timers.cancel(timer);
  }

  /** Calls `notify` once when this process is gone; with `noproc` at once if it is already. */
  watch(notify: (reason: ExitReason) => void): Monitor {
    if (this.status === DEAD) {
      const monitor = new Monitor(null, notify);
      notify("noproc");
      return monitor;
    }
    const belongings = this.owned();
    if (belongings.watchers === null) belongings.watchers = new Set();
    return new Monitor(belongings.watchers, notify);
  }

  /** Owns a watch of another process: it ends with this one. */
  ownWatch(monitor: Monitor): void {
    const belongings = this.owned();
    if (belongings.watching === null) belongings.watching = new Set();
    belongings.watching.add(monitor);
  }

  /** Gives up an owned watch. */
  disownWatch(monitor: Monitor): void {
    this.belongings?.watching?.delete(monitor);
    monitor.cancel();
  }

  /** The belongings, made now if there were none. */
  protected owned(): Belongings<Peer> {
    if (this.belongings === null) this.belongings = new Belongings();
    return this.belongings;
  }
}
