// logFrames: shows what crosses the links of a system, for debugging.
//
// Owns who looks on; what an entry is stands with the realm, whose sessions tell. Unused it costs a look at
// an empty field for each packet. What the frames mean is wire.ts.

import { rootOf, type System } from "../../behaviours/system.js";
import { checkFunction } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import { type LoggedFrame, type Realm, realmOf } from "./realm.js";

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
  const realm = realmOf(root);
  const listeners = logged.get(realm) ?? new Set();
  logged.set(realm, listeners);
  // A function of its own: the same listener twice is two.
  const log = (entry: LoggedFrame): void => listener(entry);
  listeners.add(log);
  const { kernel } = root;
  realm.frameLog = (direction, link, frame) => {
    const entry = { atMs: kernel.platform.now(), link, direction, frame };
    kernel.notify([...listeners].map((tell) => () => tell(entry)));
  };
  return () => {
    listeners.delete(log);
    if (listeners.size === 0) realm.frameLog = null;
  };
}

/** Who looks on. */
const logged: WeakMap<Realm, Set<(entry: LoggedFrame) => void>> = new WeakMap();
