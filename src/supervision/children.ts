// The children of one supervisor: what was written, where each stands, and the slots that outlive
// its restarts.
//
// Owns reading and checking the children (SUP-4), the slot of each, the state kept for a restart and
// the option defaults. Starting, restarting and stopping them is supervisor-program.ts.

import { Implementation } from "../behaviours/behaviour.js";
import { shutdownMsOf } from "../kernel/ending.js";
import { type ExitReason, printed } from "../kernel/exit-reason.js";
import type { Process, Shutdown } from "../kernel/process.js";
import { stateOf } from "../kernel/run.js";
import { type Restart, Specification } from "./child-spec.js";
import type { RestartLimit } from "./restart.js";
import { Slot } from "./slot.js";

/** Gives the child specifications, by id; may be a function of the supervisor's arguments. */
export type ChildrenSource =
  | Record<string, unknown>
  | ((child: unknown, ...args: readonly unknown[]) => Record<string, unknown>);

/** One child of a running supervisor. */
export interface Child {
  readonly id: string;
  readonly specification: Specification;
  readonly slot: Slot;
  process: Process | null;
  /** True while a start is owed: it failed, and will be tried again. */
  restarting: boolean;
  /** Why and when the last incarnation ended. */
  reason: ExitReason;
  endedAt: number;
  /** The state to restart from, with `restartFrom: "lastState"`. */
  saved: { state: unknown } | null;
}

/** What a supervisor keeps. */
export interface Supervising {
  children: Child[];
  /** The places of its children by id. */
  readonly slots: Map<string, Slot>;
  readonly limit: RestartLimit;
}

/** Reads the children as they were written, and gives each its slot: the old one after a restart. */
export function readChildren(
  process: Process,
  definition: { readonly id: string; readonly children: ChildrenSource },
  args: readonly unknown[],
  old: Map<string, Slot>,
): Child[] {
  const { id, children } = definition;
  const slots = new Map<Specification, Slot>();
  const makeChild = (behaviour: unknown, childArgs: readonly unknown[], options = {}) => {
    const specification = new Specification(behaviour, childArgs, options);
    const slot = new Slot(process.kernel, specification.implementation.id);
    slot.handle = new specification.implementation.refClass(slot);
    slots.set(specification, slot);
    return Object.assign(specification, { handle: slot.handle });
  };
  const written = typeof children === "function" ? children(makeChild, ...args) : children;
  if (typeof written !== "object" || written === null) {
    throw new TypeError(
      `children of ${id} gave ${printed(written)}: it must give an object of children`,
    );
  }
  const kept = new Set<string>();
  const list = Object.entries(written).map(([childId, specification]) => {
    checkChild(id, childId, specification, written);
    kept.add(childId);
    const { implementation } = specification as Specification;
    let slot = old.get(childId);
    if (slot === undefined || slot.handle.constructor !== implementation.refClass) {
      // Another behaviour under this name: handles of the old one have nothing to follow any more.
      slot?.set("down");
      slot = slots.get(specification as Specification);
      if (slot === undefined) {
        slot = new Slot(process.kernel, implementation.id);
        slot.handle = new implementation.refClass(slot);
      }
      old.set(childId, slot);
    } else {
      // It may have ended for good under the old supervisor; under the new one it starts.
      if (slot.standing === "down") slot.set("restarting");
      // Siblings were given the handle of this start: it becomes another name of the old slot.
      slots.get(specification as Specification)?.becomes(slot);
    }
    slot.name = childId;
    return {
      id: childId,
      specification: specification as Specification,
      slot,
      process: null,
      restarting: false,
      reason: "normal",
      endedAt: 0,
      saved: null,
    } satisfies Child;
  });
  for (const [childId, slot] of old) {
    if (kept.has(childId)) continue;
    slot.set("down");
    old.delete(childId);
  }
  return list;
}

function checkChild(id: string, childId: string, value: unknown, all: object): void {
  if (/^(0|[1-9]\d*)$/.test(childId)) {
    throw new TypeError(
      `Child id ${JSON.stringify(childId)} of ${id} looks like an integer: JavaScript would start it out of order; use a name`,
    );
  }
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
  if (Object.values(all).filter((other) => other === value).length > 1) {
    throw new TypeError(
      `Child ${childId} of ${id} stands under two ids: call child(…) once for each`,
    );
  }
}

/** Keeps the state of a child that is stopped with its group, for `restartFrom: "lastState"`. */
export function keepState(child: Child, process: Process): void {
  const saved = process.extras?.saved ?? null;
  if (saved === null) return;
  try {
    // With a handler in hand the state may be half way: the one before it counts.
    child.saved =
      process.current !== null
        ? { state: saved.state }
        : { state: structuredClone(stateOf(process)) };
  } catch {
    // The last message left something behind that cannot be cloned: the state before it stays good.
    if (saved.state !== undefined) child.saved = { state: saved.state };
  }
}

/** Takes a child out: it will not come back. */
export function forget(state: Supervising, child: Child): void {
  state.children = state.children.filter((other) => other !== child);
  child.slot.set("down");
}

/** When a child comes back. */
export const restartOf = (child: Child): Restart =>
  child.specification.options.restart ?? "permanent";
/** True for a child that never comes back. */
export const isTemporary = (child: Child): boolean => restartOf(child) === "temporary";

/** How long a child may take to end. */
export const shutdownOf = (child: Child, process: Process): Shutdown =>
  child.specification.options.shutdownMs ?? shutdownMsOf(process);
