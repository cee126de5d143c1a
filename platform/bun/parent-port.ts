// Whoever started this worker, on Bun: the main thread, or another worker.
//
// Owns where that port is found: for workers of the web's kind too it is Node's. What is said over it is
// src/realms/post-link.ts.

import { parentPort as port } from "node:worker_threads";
import type { ParentPort } from "../../src/realms/links/parent-listener.js";

/** The way from this worker to its parent; `undefined` in the main thread. */
export function parentPort(): ParentPort | undefined {
  return port ?? undefined;
}
