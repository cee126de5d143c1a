// Whoever started this worker, in Deno: the main thread, or another worker.
//
// Owns where that port is found: workers of `node:worker_threads` have Node's, those of the web's kind
// their scope. What is said over it is src/realms/post-link.ts.

import { parentPort as port } from "node:worker_threads";
import type { ParentPort } from "../../src/realms/links/parent-listener.js";

/** The way from this worker to its parent; `undefined` in the main thread. */
export function parentPort(): ParentPort | undefined {
  // Only a worker's scope has a postMessage here.
  const isWorker = typeof (globalThis as { postMessage?: unknown }).postMessage === "function";
  return port ?? (isWorker ? (globalThis as unknown as ParentPort) : undefined);
}
