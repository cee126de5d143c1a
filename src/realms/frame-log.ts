// logFrames: shows what crosses the links of a system, for debugging.
//
// Owns the entry point; what an entry is stands with the realm, which keeps who looks on. Unused it costs one look at an empty set for each
// packet. What the frames mean is wire.ts.

import { rootOf, type System } from "../behaviours/system.js";
import { checkFunction } from "../kernel/errors.js";
import { printed } from "../kernel/exit-reason.js";
import { type LoggedFrame, realmOf } from "./realm.js";

/**
 * Calls `listener` with every frame that a system sends to other realms, or gets from them, in order.
 * Gives the function that ends it. What the listener throws goes to the host's error channel.
 *
 * @throws TypeError for a value that is no system, or a listener that is no function.
 *
 * @example
 * ```ts
 * const stop = logFrames(system, ({ direction, link, frame }) => {
 *   console.debug(direction === "in" ? "◄" : "►", link, frame);
 * });
 * ```
 */
export function logFrames(system: System, listener: (entry: LoggedFrame) => void): () => void {
  checkFunction("listener", listener);
  const root = rootOf(system);
  if (root === null) {
    throw new TypeError(`system is ${printed(system)}: it must be a system, from createSystem()`);
  }
  const { frameLogs } = realmOf(root);
  // A function of its own: the same listener twice is two.
  const log = (entry: LoggedFrame): void => listener(entry);
  frameLogs.add(log);
  return () => void frameLogs.delete(log);
}
