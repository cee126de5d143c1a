// The children of one supervisor: what was written, where each stands, and the slots that outlive
// its restarts.
//
// Owns reading and checking the children (SUP-4), the slot of each and the option defaults. Starting,
// restarting and stopping them is supervisor-program.ts; the state kept for a restart is last-state.ts.

import { Implementation } from "../behaviours/behaviour.js";
import { failureOf, shutdownMsOf } from "../kernel/ending.js";
import { type ExitReason, printed } from "../kernel/exit-reason.js";
import type { Outage, Process, Shutdown } from "../kernel/process.js";
import type { TimerNode } from "../kernel/timers.js";
import { tellOfChild } from "../kernel/told.js";
import { type Restart, Specification } from "./child-spec.js";
import { RestartLimit } from "./restart.js";
import { Slot } from "./slot.js";

/** Gives the child specifications, by id; may be a function of the supervisor's arguments. */
export type ChildrenSource = Written | ((child: unknown, ...args: readonly unknown[]) => Written);

/** Child specifications as they are written: by id, or as a list of pairs of id and specification. */
type Written = Record<string, unknown> | readonly (readonly [string, unknown])[];

/** One child of a running supervisor. */
export interface Child {
  readonly id: string;
  readonly specification: Specification;
  readonly slot: Slot;
  /** The limit of its own restarts, if it has one. */
  readonly limit: RestartLimit | null;
  /** Added to a running supervisor: the next start of the supervisor does not know it. */
  readonly added: boolean;
  /** The present incarnation, also while it starts and ends. */
  process: Process | null;
  /** True while a start is owed: it failed or is delayed, and will be tried. */
  restarting: boolean;
  /** True while its supervisor ends it: that end is no failure. */
  stopping: boolean;
  /** How often it was restarted since it was last up for long. */
  attempts: number;
  /** What the delayed restart waits on. */
  timer: TimerNode | null;
  startedAt: number;
  /** Why and when the last incarnation ended. */
  reason: ExitReason;
  endedAt: number;
  /** The error behind that reason, if there is one, and the outage behind that. */
  failure: unknown;
  outage: Outage | undefined;
  /** The state to restart from, with `restartFrom: "lastState"`. */
  saved: { readonly state: unknown } | null;
}

/** What a supervisor goes by, once its options are checked. */
export interface Flags {
  readonly strategy: "oneForOne" | "oneForAll" | "restForOne";
  readonly maxRestarts: number;
  readonly periodMs: number;
  readonly autoShutdown: "never" | "anySignificant" | "allSignificant";
}

/** What makes a supervisor's children come and go. */
export interface Dynamic {
  readonly maxChildren: number;
  /** What each child is made of; without it each start brings its own specification. */
  readonly template: Specification | null;
}

/** What a supervisor keeps. */
export interface Supervising {
  /** By id, first started first. */
  readonly children: Map<string, Child>;
  /** The places of its children by id. */
  readonly slots: Map<string, Slot>;
  readonly flags: Flags;
  readonly limit: RestartLimit;
  readonly dynamic: Dynamic | null;
  /** What it did not start for, where that was the outage of a child. */
  outage?: Outage | undefined;
  /** The number of the last dynamic child. */
  lastId: number;
}

/** Reads the children as they were written, and gives each its slot: the old one after a restart. */
export function readChildren(
  process: Process,
  id: string,
  source: ChildrenSource,
  args: readonly unknown[],
  state: Supervising,
): void {
  const named = new Map<unknown, Slot>();
  const makeChild = (behaviour: unknown, childArgs: readonly unknown[], options = {}) => {
    const specification = new Specification(behaviour, childArgs, options);
    const slot = makeSlot(process, specification);
    named.set(specification, slot);
    return Object.assign(specification, { handle: slot.handle });
  };
  const written = typeof source === "function" ? source(makeChild, ...args) : source;
  const list = checkChildren(id, written, state.flags);
  for (const [childId, specification] of list) {
    addChild(process, state, childId, specification, false, named.get(specification));
  }
}

/** Takes a specification in, with a slot: the one that stands under its id, if it fits. */
export function addChild(
  process: Process,
  state: Supervising,
  id: string,
  specification: Specification,
  added: boolean,
  named: Slot | undefined = undefined,
): Child {
  const { slots } = state;
  const { implementation, options } = specification;
  let slot = slots.get(id);
  if (slot === undefined || slot.handle.constructor !== implementation.refClass) {
    // Another behaviour under this name: handles of the old one have nothing to follow any more.
    slot?.set("down");
    slot = named ?? makeSlot(process, specification);
    slots.set(id, slot);
  } else {
    // It may have ended for good under the old supervisor; under the new one it starts.
    if (slot.standing === "down") slot.set("restarting");
    // Siblings were given the handle of this start: it becomes another name of the old slot.
    named?.becomes(slot);
  }
  slot.name = id;
  const { restartLimit } = options;
  const child: Child = {
    id,
    specification,
    slot,
    limit: restartLimit === undefined ? null : new RestartLimit(restartLimit),
    added,
    process: null,
    restarting: false,
    stopping: false,
    attempts: 0,
    failure: undefined,
    outage: undefined,
    timer: null,
    startedAt: 0,
    reason: "normal",
    endedAt: 0,
    saved: null,
  };
  state.children.set(id, child);
  return child;
}

function makeSlot({ kernel }: Process, { implementation }: Specification): Slot {
  const slot = new Slot(kernel, implementation.id);
  slot.handle = new implementation.refClass(slot);
  return slot;
}

/** The slots that a restarted supervisor has no child for: nobody comes back to them, and that is told. */
export function loseSlots(process: Process, { slots, children }: Supervising): void {
  for (const [child, slot] of slots) {
    if (children.has(child)) continue;
    slots.delete(child);
    // A temporary child that was down already is not lost now.
    if (slot.standing !== "down") tellOfChild(process, { type: "lost", child });
    slot.set("down");
  }
}

/** Throws TypeError unless these are children as a supervisor takes them; gives them in order. */
export function checkChildren(
  id: string,
  written: unknown,
  flags: Flags,
): readonly (readonly [string, Specification])[] {
  if (typeof written !== "object" || written === null) {
    throw new TypeError(
      `children of ${id} is ${printed(written)}: it must be an object or a list of children, or a function that gives one`,
    );
  }
  const list: [string, unknown][] = Array.isArray(written) ? written : Object.entries(written);
  const ids = new Set<string>();
  const specifications = new Set<unknown>();
  return list.map(([childId, value]) => {
    const specification = checkChild(id, childId, value, flags);
    if (ids.has(childId)) {
      throw new TypeError(`Child id "${childId}" of ${id} stands twice: each child needs its own`);
    }
    if (specifications.has(value)) {
      throw new TypeError(
        `Child ${childId} of ${id} stands under two ids: call child(…) once for each`,
      );
    }
    ids.add(childId);
    specifications.add(value);
    return [childId, specification];
  });
}

/** Throws TypeError unless a child can stand under this id in this supervisor. */
export function checkChild(
  id: string,
  childId: string,
  value: unknown,
  flags: Flags,
): Specification {
  if (typeof childId !== "string" || childId === "" || /^(0|[1-9]\d*)$/.test(childId)) {
    throw new TypeError(
      `Child id ${printed(childId)} of ${id} is no name: it must be a string such as "reader"; JavaScript would start integers out of order`,
    );
  }
  return checkSpecification(id, childId, value, flags);
}

/** Throws TypeError unless `value` is a specification that this supervisor can take. */
export function checkSpecification(
  id: string,
  childId: string,
  value: unknown,
  { autoShutdown }: Pick<Flags, "autoShutdown">,
): Specification {
  if (value instanceof Implementation) {
    throw new TypeError(
      `Child ${childId} of ${id} is the behaviour ${value.id}: specify it with child(${value.id}, [])`,
    );
  }
  if (!(value instanceof Specification)) {
    throw new TypeError(
      `Child ${childId} of ${id} is ${printed(value)}: it must be made with child(behaviour, args)`,
    );
  }
  if (value.options.significant && autoShutdown === "never") {
    throw new TypeError(
      `Child ${childId} of ${id} is significant and autoShutdown is "never": it must be "anySignificant" or "allSignificant"`,
    );
  }
  return value;
}

/** Takes a child out: it will not come back. */
export function forget(state: Supervising, { id, slot, added }: Child): void {
  state.children.delete(id);
  if (added) state.slots.delete(id);
  slot.set("down");
}

/** The child that a process is now; undefined for one that was absorbed by the restart of a group. */
export function childOf({ children }: Supervising, process: Process): Child | undefined {
  const child = children.get(process.place?.name ?? "");
  return child?.process === process ? child : undefined;
}

/** The process of a child has ended, or did not start. */
export function lost(child: Child, process: Process, reason: ExitReason): void {
  child.process = null;
  child.reason = reason;
  child.failure = failureOf(process);
  child.outage = process.program.outage?.(process, child.failure);
}

/** When a child comes back. */
export const restartOf = (child: Child): Restart =>
  child.specification.options.restart ?? "permanent";
/** True for a child that leaves no entry behind when it ends for good. */
export const isForgotten = (state: Supervising, child: Child): boolean =>
  state.dynamic !== null || restartOf(child) === "temporary";

/** How long a child may take to end. */
export const shutdownOf = (child: Child, process: Process): Shutdown =>
  child.specification.options.shutdownMs ?? shutdownMsOf(process);
