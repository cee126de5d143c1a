// The workers of the page: where the analysts of the pool live.
//
// Owns how many there are, which leaves a core to the page, and a way to kill one behind everybody's back, as
// a browser does that runs out of memory. Nobody tells the pool: it finds out.

import { type Pool, pool } from "troupe/realms";

const MOST = 3;

/** The page's workers. */
export interface Workers {
  readonly place: Pool;
  /** Ends one, the next at each press. */
  kill(): void;
}

/** Makes the place; a worker is started with the first actor there. */
export function hireWorkers(): Workers {
  const workers = new Map<number, Worker>();
  // One core is the page's: what it shares with a worker is not flat.
  const size = Math.max(1, Math.min(MOST, navigator.hardwareConcurrency - 1));
  const place = pool({
    name: "analyst",
    size,
    create: (number) => {
      const worker = new Worker(new URL("./analyst.worker.ts", import.meta.url), {
        type: "module",
      });
      workers.set(number, worker);
      return worker;
    },
    // A visitor may press as often as he likes.
    maxRestarts: 50,
  });
  let last = 0;
  return {
    place,
    kill() {
      last = (last % size) + 1;
      workers.get(last)?.terminate();
    },
  };
}
