// What a supervisor of children that were written down can be asked, for programs that do ask.
//
// Owns SUP-5 as users call it. These are functions and no methods of the handle: most supervisors are never
// asked, and a bundle holds what it imports. A dynamic supervisor is there to be asked, so its handle has
// methods. What each of them does is supervisor-calls.ts. Source: OTP's supervisor.

import type { Handle } from "../behaviours/server-handle.js";
import { printed } from "../kernel/exit-reason.js";
import type { Entry } from "../kernel/operation.js";
import type { ChildSpec } from "./child-spec.js";
import type { SupervisorHandle } from "./supervisor.js";
import {
  ask,
  type ChildCounts,
  type ChildEntry,
  type ChildSummary,
  COUNT,
  DELETE,
  RESTART,
  SPEC,
  START,
  TERMINATE,
  WHICH,
} from "./supervisor-calls.js";
import { SupervisorRef } from "./supervisor-ref.js";

type Supervisor = SupervisorHandle<unknown>;

/**
 * Starts a child behind those there are, and resolves with its handle. It is gone, and observers are
 * told `lost`, when the supervisor itself is restarted. It waits as long as that takes, as everything
 * that a supervisor is asked; `app.with({ timeoutMs })` sets a timeout.
 *
 * @throws ChildRefused (as a rejection): `alreadyStarted`, `alreadyPresent`. StartFailed with the
 * reason of its `init`. TypeError for what is no child, and at once for what is no supervisor.
 *
 * @example
 * ```ts
 * const app = await system.start(supervisor({ children: {} }));
 * const visits = await startChild(app, "visits", child(Counter, [0], { restart: "transient" }));
 * visits.cast.inc();
 * ```
 */
export function startChild<H>(
  // The partitions of a partition supervisor are what they are.
  supervisor: Supervisor & { readonly partition?: never },
  id: string,
  child: ChildSpec<H>,
): Promise<H> {
  return asked(supervisor, START, [id, child]) as Promise<H>;
}

/**
 * Ends a child, by its id or handle, in order. Its specification stays, unless it is temporary.
 *
 * @throws ChildRefused (as a rejection): `notFound`. TypeError at once for what is no supervisor.
 */
export function terminateChild(supervisor: Supervisor, child: string | Handle): Promise<void> {
  return asked(supervisor, TERMINATE, [child]) as Promise<void>;
}

/**
 * Starts a child again that has ended; resolves with its handle.
 *
 * @throws ChildRefused (as a rejection): `running`, `restarting`, `notFound`. StartFailed. TypeError at
 * once for what is no supervisor.
 */
export function restartChild(supervisor: Supervisor, id: string): Promise<Handle> {
  return asked(supervisor, RESTART, [id]) as Promise<Handle>;
}

/**
 * Forgets a child that has ended.
 *
 * @throws ChildRefused (as a rejection): `running`, `restarting`, `notFound`. TypeError at once for what
 * is no supervisor.
 */
export function deleteChild(supervisor: Supervisor, id: string): Promise<void> {
  return asked(supervisor, DELETE, [id]) as Promise<void>;
}

/**
 * The children as they stand, first started first.
 *
 * @throws TypeError at once for what is no supervisor.
 */
export function whichChildren(supervisor: Supervisor): Promise<readonly ChildEntry[]> {
  return asked(supervisor, WHICH, []) as Promise<readonly ChildEntry[]>;
}

/**
 * How many children there are, by kind.
 *
 * @throws TypeError at once for what is no supervisor.
 */
export function countChildren(supervisor: Supervisor): Promise<ChildCounts> {
  return asked(supervisor, COUNT, []) as Promise<ChildCounts>;
}

/**
 * The specification of a child with its defaults.
 *
 * @throws ChildRefused (as a rejection): `notFound`. TypeError at once for what is no supervisor.
 */
export function getChildSpec(
  supervisor: Supervisor,
  child: string | Handle,
): Promise<ChildSummary> {
  return asked(supervisor, SPEC, [child]) as Promise<ChildSummary>;
}

function asked(supervisor: unknown, entry: Entry, list: readonly unknown[]): Promise<unknown> {
  if (supervisor instanceof SupervisorRef) return ask(supervisor, entry, list);
  throw new TypeError(
    `Cannot call ${entry.name} with ${printed(supervisor)}: it must be the handle or a ref of a supervisor ` +
      `of this realm, as system.start gives; one of another realm is asked there`,
  );
}
