// Whoever started this worker, on the web: a page that was asked to is none.
//
// Owns the type of what platform/shared/web-parent-port.ts finds. What is said over it is
// src/realms/post-link.ts.

import type { ParentPort } from "../../src/realms/links/parent-listener.js";
import { webParentPort } from "../shared/web-parent-port.js";

/** The way from this worker to its parent; `undefined` where this realm is no worker. */
export function parentPort(): ParentPort | undefined {
  return webParentPort() as ParentPort | undefined;
}
