// troupe in a worker, as the "development" condition of a bundler or of Node chooses it.
//
// Owns one difference: systems look for common mistakes and warn of each once, and refuse a realm
// that can run none. What they warn of is decided where it happens (a view that is never told of a
// change: src/kernel/view-hints.ts).

import {
  createSystemOn,
  type System,
  type SystemOptions,
  UnsupportedError,
  viewHints,
} from "../../src/index.js";
import { bareHost } from "../shared/bare-host.js";
import { platform as production } from "./platform.js";

export * from "../../src/index.js";

/** The platform of this host, with hints for developers. */
export const platform: typeof production = {
  ...production,
  ...viewHints((message) => production.warn?.(message)),
};

/**
 * Makes an actor system on this host, with hints for developers. Otherwise like the one without.
 *
 * @throws UnsupportedError where this realm has no timers or no clock.
 */
export function createSystem(options: SystemOptions = {}): System {
  const bare = bareHost(platform.host);
  if (bare !== undefined) throw new UnsupportedError(bare);
  return createSystemOn(platform, options);
}
