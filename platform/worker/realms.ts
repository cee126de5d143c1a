// The entry `troupe/realms` of this host: realms, with what they need of it.
//
// Owns the binding alone, as index.ts does for the core, which the two share: two entries in one bundle
// never make two kernels. Nothing happens at import.

import type { Behaviour } from "../../src/index.js";
import {
  type Listener,
  type Pool,
  type PoolOptions,
  parentListenerOn,
  poolOn,
  type Served,
  type ServeOptions,
  serveOn,
  type WorkerLike,
  workerLink,
} from "../../src/realms/index.js";
import { createSystem } from "./index.js";
import { parentPort } from "./parent-port.js";
import { platform } from "./platform.js";

export * from "../../src/realms/index.js";

/**
 * Gives the link to whoever started this worker, or in a shared worker a link for each page.
 *
 * @throws UnsupportedError where this realm is no worker.
 */
export function parentListener(): Listener {
  return parentListenerOn(parentPort(), platform.host);
}

/**
 * Lets other realms start and reach actors of these behaviours here: whoever started this worker, or who
 * comes by `on`.
 *
 * @throws UnsupportedError where this realm is no worker and `on` is left out; TypeError and RangeError
 * for wrong arguments.
 *
 * @example
 * ```ts
 * serve([Counter]);
 * ```
 */
export function serve(
  behaviours: readonly Behaviour<never, unknown>[],
  options?: ServeOptions,
): Served {
  return serveOn(createSystem, parentListener)(behaviours, options);
}

/**
 * Makes a place of several workers, behind one handle: see `MakePool`.
 *
 * @throws TypeError for a `create` that is no function; RangeError for numbers and times out of range.
 *
 * @example
 * ```ts
 * const place = pool({
 *   create: () => new Worker(new URL("./images.worker.js", import.meta.url), { type: "module" }),
 * });
 * ```
 */
export function pool(options: PoolOptions<WorkerLike>): Pool {
  const cores = () => globalThis.navigator?.hardwareConcurrency;
  const link = (worker: WorkerLike, name: string) => workerLink(worker, { name });
  return poolOn<WorkerLike>({ cores, link })(options);
}
