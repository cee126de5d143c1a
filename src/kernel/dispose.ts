// Giving resources back: the `use`d resources of a process, within their time.
//
// Owns the order (last first, each awaited) and the deadline. What a resource is, and when it is given
// back, is context.ts and ending.ts.

import { isThenable } from "./operation.js";
import { Alarm, type Timers } from "./timers.js";

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
  /** Gives one back; a promise if that takes time. */
  const giveBack = (): Promise<void> | undefined => {
    try {
      const result = resources.pop()?.();
      if (isThenable(result)) return Promise.resolve(result).then(() => {}, failed);
    } catch (error) {
      failed(error);
    }
    return undefined;
  };
  const deadline = new Alarm(() => {
    while (resources.length > 0) giveBack();
    finish();
  });
  timers.start(deadline, timeoutMs);
  void (async () => {
    while (resources.length > 0) {
      const pending = giveBack();
      if (pending !== undefined) await pending;
    }
    finish();
  })();
}
