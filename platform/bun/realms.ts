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
import { cores } from "../shared/cores.js";
import { createSystem } from "./index.js";
import { parentPort } from "./parent-port.js";

export * from "../../src/realms/index.js";
export { upgradeWebSocket, webSocketHandlers } from "./upgrade-websocket.js";

/**
 * Gives the link to whoever started this worker. A shared worker has `sharedWorkerListener`.
 *
 * @throws UnsupportedError where this realm is no worker, or a shared one.
 */
export function parentListener(): Listener {
  return parentListenerOn(parentPort());
}

/**
 * Lets other realms start and reach actors of these behaviours here: whoever started this worker, or who
 * comes by `on`.
 *
 * @throws UnsupportedError where `on` is left out and this realm is no worker, or a shared one; TypeError
 * and RangeError for wrong arguments.
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
 * A place of several workers: one handle, whose calls, casts and streams go to the worker with the least to
 * do. What it promises is at {@link MakePool}. Without a `size` it has a worker less than there are cores,
 * from 1 to 4.
 *
 * @throws TypeError for a `create` that is no function; RangeError for numbers and times out of range.
 *
 * @example
 * ```ts
 * const place = pool({
 *   size: 4,
 *   create: () => new Worker(new URL("./images.worker.js", import.meta.url), { type: "module" }),
 * });
 * const images = await system.start(remote<typeof Images>("images", place));
 * ```
 */
export function pool(options: PoolOptions): Pool {
  return poolOn({ cores, link: (made: WorkerLike, name) => workerLink(made, { name }) })(options);
}
