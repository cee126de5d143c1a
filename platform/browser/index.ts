// troupe in a page: the core, with systems bound to this host.
//
// Owns nothing but the binding, and has no side effect at import. Other entries share the same kernel:
// two entries in one bundle never make two.

import { createSystemOn, type System, type SystemOptions } from "../../src/index.js";
import { platform } from "./platform.js";

export * from "../../src/index.js";
export { platform };

/**
 * Makes an actor system on this host. Stop it when you are done: `await using` does.
 *
 * @example
 * ```ts
 * await using system = createSystem();
 * const counter = await system.start(Counter, 3);
 * ```
 *
 * @throws RangeError for a time that is no number of milliseconds of 0 or more.
 */
export function createSystem(options: SystemOptions = {}): System {
  return createSystemOn(platform, options);
}
