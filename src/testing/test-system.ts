// A system on virtual time: what most tests of actors start from.
//
// Owns the pairing of a virtual platform with a system. The clock is virtual-platform.ts; links and
// ports that a test can cut are files of their own beside this one.

import { createSystemOn, type System, type SystemOptions } from "../behaviours/system.js";
import { type VirtualClock, virtualPlatform } from "./virtual-platform.js";

/**
 * Makes a system whose time stands still until `clock.advance` moves it.
 *
 * @example
 * ```ts
 * const { system, clock } = testSystem({ seed: 7 });
 * const counter = await system.start(Counter, 3);
 * counter.cast.inc();
 * await clock.settle(); // everything that can happen now has happened
 * await clock.advance(5_000); // and everything of the next five seconds
 * await system.stop();
 * ```
 */
export function testSystem(
  options: SystemOptions & { seed?: number; development?: boolean } = {},
): { system: System; clock: VirtualClock } {
  const { seed = 1, development = false, ...rest } = options;
  const { platform, clock } = virtualPlatform({ seed, development });
  return { system: createSystemOn(platform, rest), clock };
}
