// partitionSupervisor: the same child several times, and a key that says which one to ask.
//
// Owns the way from a key to a partition. It is a supervisor like any other; the partitions are its
// children. Source: Elixir's PartitionSupervisor.

import { type Behaviour, type Fixed, Implementation } from "../behaviours/behaviour.js";
import type { Ignore } from "../behaviours/gen.js";
import { checkFunction, checkWhole } from "../kernel/errors.js";
import { printed } from "../kernel/exit-reason.js";
import type { ChildSpec } from "./child-spec.js";
import { define, type SupervisorFlags, type SupervisorHandle } from "./supervisor.js";
import { supervisorProgram } from "./supervisor-program.js";
import { SupervisorRef } from "./supervisor-ref.js";

/** What says which partition is meant: a whole number goes round, a string is hashed. */
export type PartitionKey = string | number;

/** A ref or handle of a partition supervisor. */
export interface PartitionHandle<Child>
  extends SupervisorHandle<readonly (readonly [string, ChildSpec<Child>])[]> {
  /** How many partitions there are. */
  readonly partitions: number;
  /**
   * The stable handle of the partition for a key: the same key, the same partition, for ever.
   *
   * @throws TypeError for a key that is neither a string nor a whole number.
   */
  partition(key: PartitionKey): Child;
}

/**
 * Defines a supervisor of `partitions` children of one kind, each with a part of the work: so that one
 * busy process does not hold up what has nothing to do with it. The same key always gives the same
 * child.
 *
 * @example
 * ```ts
 * const Visits = partitionSupervisor({ partitions: 8, child: () => child(Counter, []) });
 * const visits = await system.start(Visits);
 * visits.partition("ada").cast.inc();
 * ```
 *
 * **How to supervise.** As a child like any other. Each partition is restarted by itself, unless
 * `strategy` says otherwise.
 *
 * **Timeouts.** Those of a supervisor.
 *
 * **When not to use it.** On one thread it makes nothing faster: it keeps apart what waits. If every key
 * has a process of its own, use `dynamicSupervisor`.
 *
 * @throws RangeError unless `partitions` is a whole number of 1 or more; TypeError for a `child` that is
 * no function.
 */
export function partitionSupervisor<ChildHandle, Args extends readonly unknown[] = []>(
  definition: SupervisorFlags & {
    /** Its identity in logs and inspectors. Default `partitionSupervisor`. */
    readonly id?: string;
    /** Runs at every start: may give options that depend on the arguments, or {@link ignore}. */
    readonly init?: (...args: Args) => SupervisorFlags | Ignore | undefined;
    /** A whole number of 1 or more. */
    readonly partitions: number;
    /** Gives the specification of a partition, 0 for the first; runs at every start. */
    readonly child: (index: number, ...args: Args) => ChildSpec<ChildHandle>;
  },
): Fixed<Behaviour<Args, PartitionHandle<ChildHandle>>> {
  const { id = "partitionSupervisor", partitions, child } = definition;
  checkWhole(`partitions of ${id}`, partitions, 1);
  checkFunction(`child of ${id}`, child);
  const children = (_make: unknown, ...args: readonly unknown[]) =>
    Array.from({ length: partitions }, (_, index) => {
      return [`partition ${index}`, child(index, ...(args as never))] as const;
    });
  const made = define("partitionSupervisor", definition, children, null);
  class PartitionRef extends SupervisorRef {
    get partitions(): number {
      return partitions;
    }
    partition(key: PartitionKey): unknown {
      return this.child[`partition ${partitionOf(key, partitions)}`];
    }
  }
  return new Implementation(supervisorProgram(made), PartitionRef) as never;
}

/** Which of so many partitions a key means: FNV-1a over the characters of a string. */
function partitionOf(key: PartitionKey, partitions: number): number {
  if (typeof key === "number" && Number.isSafeInteger(key)) {
    return ((key % partitions) + partitions) % partitions;
  }
  if (typeof key !== "string") {
    throw new TypeError(`key is ${printed(key)}: it must be a string or a whole number`);
  }
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0) % partitions;
}
