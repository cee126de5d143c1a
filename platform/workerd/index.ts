// troupe in workerd and on the edge: the core, with systems bound to this host.
//
// Owns nothing but the binding, and has no side effect at import. Other entries share the same kernel:
// two entries in one bundle never make two.

import {
  createSystemOn,
  type System,
  type SystemOptions,
  UnsupportedError,
} from "../../src/index.js";
import { isGlobalScope, outsideRequest, platform } from "./platform.js";

export * from "../../src/index.js";
export { platform };

/**
 * Makes an actor system on this host: inside a handler, or in the constructor or a method of a
 * Durable Object. Stop it when you are done: `await using` does.
 *
 * @example
 * ```ts
 * await using system = createSystem();
 * const counter = await system.start(Counter, 3);
 * ```
 *
 * @throws RangeError for a time that is no number of milliseconds of 0 or more.
 * UnsupportedError at the top of a module, where workerd has neither timers nor I/O.
 */
export function createSystem(options: SystemOptions = {}): System {
  if (isGlobalScope()) throw new UnsupportedError(outsideRequest);
  return createSystemOn(platform, options);
}
