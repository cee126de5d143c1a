// What a supervisor does: start in order, restart by strategy, give up, stop in reverse order.
//
// Owns the children of one supervisor and every decision about them. It is a program like any other,
// on the one path of processes: ends of children are messages in its mailbox, so those that come while
// it restarts one wait their turn (SUP-3), and a failed restart goes behind them and is tried again.

import { type Outcome, spawn } from "../behaviours/gen.js";
import { type ExitReason, ExitWith, printed, thrownOf } from "../kernel/exit-reason.js";
import type { Shutdown } from "../kernel/lifecycle.js";
import { CONTINUE, Entry } from "../kernel/operation.js";
import type { Process, Program } from "../kernel/process.js";
import { Slot } from "../kernel/ref.js";
import { Specification } from "./child-spec.js";
import { comesBack, RestartLimit } from "./restart.js";

/** Gives the child specifications, by id; may be a function of the supervisor's arguments. */
export type ChildrenSource =
  | Record<string, unknown>
  | ((child: unknown, ...args: readonly unknown[]) => Record<string, unknown>);

interface Definition {
  readonly id: string;
  readonly strategy: "oneForOne" | "oneForAll" | "restForOne";
  readonly maxRestarts: number;
  readonly periodMs: number;
  readonly children: ChildrenSource;
}

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

const CHILD_EXIT = new Entry(CONTINUE, "childExit", null);
const TRY_AGAIN = new Entry(CONTINUE, "tryAgain", null);

/** Makes the program of a supervisor. */
export function supervisorProgram(definition: Definition): Program {
  const { id, strategy } = definition;
  const stateOf = (process: Process): Supervising => process.state as Supervising;

  async function startAll(process: Process, children: readonly Child[]): Promise<Child | null> {
    for (const child of children) {
      const outcome = await startChild(process, child);
      if (process.isEnding) return null;
      if (outcome.kind === "failed") {
        child.reason = outcome.reason;
        return child;
      }
    }
    return null;
  }

  /** Ends children, last first, one by one. */
  async function stopAll(children: readonly Child[]): Promise<void> {
    for (const child of [...children].reverse()) {
      const { process } = child;
      if (process === null) continue;
      if (!process.isEnding) keepState(child, process);
      await process.shutdown(shutdownOf(child, process));
      child.process = null;
    }
  }

  /** Restarts what the strategy names, or gives up. Counted before it is tried. */
  async function restart(process: Process, failed: Child): Promise<void> {
    const { kernel } = process;
    const state = stateOf(process);
    const { observers } = kernel;
    if (!state.limit.allow(kernel.platform.now())) {
      if (observers.active) {
        observers.emit({
          type: "terminal",
          supervisor: process.info,
          child: failed.id,
          reason: failed.reason,
        });
      }
      failed.slot.set("down");
      process.end("shutdown", false);
      return;
    }
    failed.slot.restarts++;
    failed.slot.set("restarting");
    if (observers.active) {
      observers.emit({
        type: "restarting",
        supervisor: process.info,
        child: failed.id,
        count: failed.slot.restarts,
        reason: failed.reason,
        delayMs: 0,
      });
    }
    const at = state.children.indexOf(failed);
    let group = [failed];
    if (strategy !== "oneForOne") {
      group = strategy === "oneForAll" ? state.children : state.children.slice(at);
      for (const child of group) if (child !== failed) child.slot.set("restarting");
      await stopAll(group);
      if (process.isEnding) return;
      // A temporary sibling is stopped and forgotten (SUP-2).
      for (const child of group) if (child !== failed && isTemporary(child)) forget(state, child);
      group = group.filter((child) => state.children.includes(child));
    }
    for (const child of group) child.restarting = false;
    const again = await startAll(process, group);
    if (process.isEnding) return;
    if (again !== null) {
      again.restarting = true;
      process.deliver(TRY_AGAIN, again);
    } else if (observers.active) {
      observers.emit({
        type: "restarted",
        supervisor: process.info,
        child: failed.id,
        count: failed.slot.restarts,
        tookMs: kernel.platform.now() - failed.endedAt,
      });
    }
  }

  function childExit(process: Process, ended: Process, reason: ExitReason): unknown {
    const state = stateOf(process);
    const child = state.children.find((candidate) => candidate.process === ended);
    // Not there any more: it was stopped here, or absorbed by the restart of a group.
    if (child === undefined) return undefined;
    child.process = null;
    child.reason = reason;
    child.endedAt = process.kernel.platform.now();
    if (ended.saved !== null && ended.saved.state !== undefined) child.saved = ended.saved;
    if (comesBack(restartOf(child), reason)) return restart(process, child);
    if (isTemporary(child)) forget(state, child);
    else child.slot.set("down");
    return undefined;
  }

  return {
    id,
    terminates: true,
    supervises: true,
    mailbox: undefined,
    async init(process, args) {
      process.trapsExits = true;
      const { place } = process;
      const slots = place instanceof Slot ? place.children : new Map<string, Slot>();
      const state: Supervising = {
        slots,
        children: readChildren(process, definition, args, slots),
        limit: new RestartLimit(definition.maxRestarts, definition.periodMs),
      };
      process.state = state;
      // On every way out, the kill included: whoever holds a handle sees that the child is gone. The
      // supervisor of this one, if there is one, says next whether it comes back.
      process.own(() => {
        for (const slot of slots.values()) {
          slot.set(place === null ? "down" : "restarting");
        }
      });
      const { observers } = process.kernel;
      if (observers.active) {
        for (const child of state.children) {
          observers.emit({
            type: "registered",
            supervisor: process.info,
            child: child.id,
            restart: restartOf(child),
          });
        }
      }
      const failed = await startAll(process, state.children);
      // Stopped while it starts: the children still get the time that each was promised.
      if (process.isEnding) await stopAll(state.children);
      else if (failed !== null) {
        await stopAll(state.children);
        throw new ExitWith(
          { shutdown: { failedToStartChild: failed.id, reason: failed.reason } },
          thrownOf(failed.reason),
        );
      }
      return state;
    },
    accept(process, value) {
      process.state = value;
    },
    invoke(process, entry, arg) {
      if (entry === CHILD_EXIT) {
        const { child, reason } = arg as { child: Process; reason: ExitReason };
        return childExit(process, child, reason);
      }
      const child = arg as Child;
      return child.restarting ? restart(process, child) : undefined;
    },
    // Links and strangers cannot end a supervisor, and its children are not told this way.
    info: () => undefined,
    terminate: (process) => stopAll(stateOf(process).children),
    childExit(process, child, reason) {
      process.deliver(CHILD_EXIT, { child, reason });
      return true;
    },
    save: () => undefined,
    restore: () => {},
  };
}

/** Starts a child; resolves when its `init` has settled, or the supervisor's end has begun. */
function startChild(supervisor: Process, child: Child): Promise<Outcome> {
  const { slot, specification } = child;
  const { args, implementation, options } = specification;
  return new Promise((resolve) => {
    const { signal } = supervisor;
    const giveUp = (): void => {
      starting?.end("shutdown", true);
    };
    let starting: Process | null = null;
    let done = false;
    const settled = (outcome: Outcome, process: Process): void => {
      done = true;
      signal.removeEventListener("abort", giveUp);
      if (outcome.kind === "started") {
        child.process = process;
        slot.attach(process);
        slot.set("live");
      } else {
        child.process = null;
        slot.set(outcome.kind === "ignored" ? "down" : "restarting");
      }
      resolve(outcome);
    };
    const process = spawn(
      supervisor.kernel,
      supervisor,
      implementation,
      args,
      {
        place: slot,
        restored: child.saved,
        keepState: options.restartFrom === "lastState",
        ...(options.initTimeoutMs === undefined ? {} : { initTimeoutMs: options.initTimeoutMs }),
      },
      settled,
    );
    if (done) return;
    // While it starts, messages already queue for it.
    starting = process;
    slot.attach(process);
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
  });
}

/** Reads the children as they were written, and gives each its slot: the old one after a restart. */
function readChildren(
  process: Process,
  definition: Definition,
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
function keepState(child: Child, process: Process): void {
  const { saved } = process;
  if (saved === null) return;
  try {
    // With a handler in hand the state may be half way: the one before it counts.
    child.saved =
      process.current !== null
        ? { state: saved.state }
        : { state: structuredClone(process.program.save(process)) };
  } catch {
    // The last message left something behind that cannot be cloned: the state before it stays good.
    if (saved.state !== undefined) child.saved = { state: saved.state };
  }
}

function forget(state: Supervising, child: Child): void {
  state.children = state.children.filter((other) => other !== child);
  child.slot.set("down");
}

const restartOf = (child: Child) => child.specification.options.restart ?? "permanent";
const isTemporary = (child: Child): boolean => restartOf(child) === "temporary";

function shutdownOf(child: Child, process: Process): Shutdown {
  const { options, implementation } = child.specification;
  if (options.shutdownMs !== undefined) return options.shutdownMs;
  const { supervises } = implementation.program;
  return supervises ? Number.POSITIVE_INFINITY : process.kernel.limits.shutdownMs;
}
