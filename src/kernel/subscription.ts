// A subscription to one process: told of each new snapshot, of its start and of its end.
//
// Owns the joining of the three for refs. Subscriptions through a handle, which go on over restarts,
// are the slot's in ref.ts; computing a snapshot is view.ts.

import type { Process } from "./process.js";
import { DEAD } from "./status.js";

/** Calls `listener` after each change of the snapshot, and when the process starts and is gone. */
export function subscribeTo(process: Process, listener: () => void): () => void {
  let live = true;
  const tell = (): void => {
    try {
      if (live) listener();
    } catch (error) {
      process.kernel.fault(error);
    }
  };
  let unsubscribe = process.view?.subscribe(tell);
  if (!process.hasStarted) {
    process.whenStarted((reason) => {
      if (reason !== null || !live) return;
      unsubscribe = process.view?.subscribe(tell);
      tell();
    });
  }
  const monitor = process.status === DEAD ? null : process.watch(tell);
  return () => {
    live = false;
    monitor?.cancel();
    unsubscribe?.();
  };
}
