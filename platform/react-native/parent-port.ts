// Whoever started this worker: nobody here, as React Native has no workers to start.
//
// Owns that answer, so that every host has the same file. Links come from sockets and ports here, each
// with a listener of its own.

import type { ParentPort } from "../../src/realms/links/parent-listener.js";

/** Always `undefined`. */
export function parentPort(): ParentPort | undefined {
  return undefined;
}
