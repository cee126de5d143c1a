// The entry `troupe/realms` of this host: realms, with what they need of it.
//
// Owns the binding alone, as index.ts does for the core, which the two share: two entries in one bundle
// never make two kernels. Nothing happens at import.

import type { Behaviour } from "../../src/index.js";
import {
  type Listener,
  parentListenerOn,
  type Served,
  type ServeOptions,
  serveOn,
} from "../../src/realms/index.js";
import { createSystem } from "./index.js";
import { parentPort } from "./parent-port.js";
import { platform } from "./platform.js";

export * from "../../src/realms/index.js";
export { hibernatingSockets, upgradeWebSocket } from "./upgrade-websocket.js";

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
