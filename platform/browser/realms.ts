// The entry `troupe/realms` of this host: realms, and the way from a worker here to its parent.
//
// Owns the binding alone, as index.ts does for the core, which the two share: two entries in one bundle
// never make two kernels. Nothing happens at import.

import { type Listener, parentListenerOn } from "../../src/realms/index.js";
import { parentPort } from "./parent-port.js";

export * from "../../src/realms/index.js";

/**
 * Gives the link to whoever started this worker, or in a shared worker a link for each page;
 * `undefined` where this realm is no worker.
 */
export function parentListener(): Listener | undefined {
  const port = parentPort();
  return port && parentListenerOn(port);
}
