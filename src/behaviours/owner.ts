// Owners: who something belongs to, a process or a whole system.
//
// Owns the step from what a user holds (the `self` of a handler, a system) to the process behind it. It
// is what keeps `task(self, …)` and `task(system, …)` one function, and out of bundles that do not
// import it. What belonging means is said by whoever asks.

import type { ActorRef } from "../kernel/actor-ref.js";
import { printed } from "../kernel/exit-reason.js";
import type { Process } from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import { rootOf, type System } from "./system.js";

/** What an owner's `self` has: every behaviour's does. */
export interface OwnerSelf {
  /** The process's own ref. */
  readonly ref: ActorRef;
}

/** The `self` of a handler; outside of actors a system. */
export type Owner = OwnerSelf | System;

/**
 * The process of a `self`, or the root of a system.
 *
 * @throws TypeError for anything else; ProcessEnded where the process was killed or is gone.
 */
export function processOf(name: string, owner: Owner): Process {
  const root = rootOf(owner);
  if (root !== null) return root;
  const ref = typeof owner === "object" && owner !== null ? (owner as OwnerSelf).ref : undefined;
  if (!(ref instanceof Ref) || ref.target.process === null) {
    throw new TypeError(
      `${name} is ${printed(owner)}: it must be the self of a process, or a system`,
    );
  }
  return ref.target.process;
}
