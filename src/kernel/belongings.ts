// What a process owns beside its children: links, watches, timers, resources and its signal.
//
// Owns the sets, each made when first used (most processes never need one), and the disposal of
// resources within its time. When a process ends, and who is told, is lifecycle.ts.

import type { ExitReason } from "./exit-reason.js";
import { isThenable } from "./operation.js";
import { Alarm, type TimerNode, type Timers } from "./timers.js";

/** One watch of a process: told once, when the process is gone. */
export class Monitor {
  readonly #watchers: Set<Monitor> | null;
  readonly notify: (reason: ExitReason) => void;
  constructor(watchers: Set<Monitor> | null, notify: (reason: ExitReason) => void) {
    this.#watchers = watchers;
    this.notify = notify;
    watchers?.add(this);
  }
  /** Ends the watch; one that has fired is ignored. */
  cancel(): void {
    this.#watchers?.delete(this);
  }
}

/** The belongings of one process; `Peer` is what it can be linked to. */
export class Belongings<Peer> {
  links: Set<Peer> | null = null;
  /** Those who watch this process. */
  watchers: Set<Monitor> | null = null;
  /** The watches this process has of others. */
  watching: Set<Monitor> | null = null;
  resources: (() => unknown)[] | null = null;
  timers: Set<TimerNode> | null = null;
  controller: AbortController | null = null;
  trapsExits = false;

  /** Stops all owned timers. */
  dropTimers(service: Timers): void {
    if (this.timers === null) return;
    for (const timer of this.timers) service.drop(timer);
    this.timers = null;
  }
}

/**
 * Gives resources back, last first, each awaited, and calls `done` once: when all are given back or
 * `timeoutMs` has passed. One that takes too long does not keep those behind it from being disposed
 * of: they are, without waiting. What a disposal throws goes to `failed`.
 */
export function disposeAll(
  resources: (() => unknown)[],
  timers: Timers,
  timeoutMs: number,
  failed: (error: unknown) => void,
  done: () => void,
): void {
  let over = false;
  const finish = (): void => {
    if (over) return;
    over = true;
    timers.drop(deadline);
    done();
  };
  const deadline = new Alarm(() => {
    for (let dispose = resources.pop(); dispose !== undefined; dispose = resources.pop()) {
      try {
        const result = dispose();
        if (isThenable(result)) Promise.resolve(result).then(undefined, failed);
      } catch (error) {
        failed(error);
      }
    }
    finish();
  });
  if (timeoutMs !== Number.POSITIVE_INFINITY) timers.start(deadline, timeoutMs);
  void (async () => {
    for (let dispose = resources.pop(); dispose !== undefined; dispose = resources.pop()) {
      try {
        const result = dispose();
        if (isThenable(result)) await result;
      } catch (error) {
        failed(error);
      }
    }
    finish();
  })();
}
