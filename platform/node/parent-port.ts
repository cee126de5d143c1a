// Whoever started this worker, on Node: the main thread, or another worker.
//
// Owns where that port is found, which a worker of Node has in a module and not in its scope. What is said
// over it is src/realms/post-link.ts.

import { parentPort as port } from "node:worker_threads";
import type { ParentPort } from "../../src/realms/links/parent-listener.js";

/** The way from this worker to its parent; `undefined` in the main thread. */
export function parentPort(): ParentPort | undefined {
  return port ?? undefined;
}
