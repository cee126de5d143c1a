// What a supervisor does: start in order, restart by strategy, give up, stop in reverse order.
//
// Owns the children of one supervisor and every decision about them. It is a program like any other,
// on the one path of processes: ends of children are messages in its mailbox, so those that come while
// it restarts one wait their turn (SUP-3), and a failed restart goes behind them and is tried again.
// A dynamic supervisor is the same program: it waits for no child, and ends all of them at once.

import { type Ignore, ignore } from "../behaviours/gen.js";
import { end } from "../kernel/ending.js";
import type { Ending } from "../kernel/ending-record.js";
import { checkMs, StartFailed } from "../kernel/errors.js";
import { type ExitReason, ExitWith } from "../kernel/exit-reason.js";
import { deliver } from "../kernel/inbox.js";
import { CONTINUE, Entry } from "../kernel/operation.js";
import { after } from "../kernel/own-timers.js";
import { extrasOf, own, type Process, type Program } from "../kernel/process.js";
import { tellOfChild } from "../kernel/told.js";
import {
  type Child,
  type ChildrenSource,
  childOf,
  type Dynamic,
  type Flags,
  forget,
  isForgotten,
  loseSlots,
  lost,
  readChildren,
  restartOf,
  type Supervising,
} from "./children.js";
import { comesBack, RestartLimit } from "./restart.js";
import { Slot } from "./slot.js";
import { startChild, stopAll } from "./start-child.js";
import { supervisorGaveUp } from "./supervisor-gave-up.js";

/** What a supervisor is made of, once its options are checked. */
export interface SupervisorDefinition {
  readonly id: string;
  /** Runs at every start. */
  flags(args: readonly unknown[]): Flags | Ignore;
  readonly children: ChildrenSource;
  readonly dynamic: Dynamic | null;
}

type Handler = (process: Process, arg: unknown) => unknown;

const stateOf = (process: Process): Supervising => process.state as Supervising;

const CHILD_EXIT = new Entry(CONTINUE, "childExit", childExit);
const TRY_AGAIN = new Entry(CONTINUE, "tryAgain", (process: Process, child: Child) =>
  child.restarting ? restart(process, child) : undefined,
);
const BRING_BACK = new Entry(CONTINUE, "bringBack", (process: Process, child: Child) =>
  child.restarting ? inTurn(process, child, bringBack(process, child)) : undefined,
);

/**
 * What the mailbox waits for; that of a dynamic supervisor waits for no child. Nor does any for one that may wait for
 * a network, itself or in its children, where nobody is restarted with it.
 */
function inTurn(
  process: Process,
  { specification, outage }: Child,
  work: Promise<void>,
): Promise<void> | undefined {
  const { dynamic, flags } = stateOf(process);
  const { program } = specification.implementation;
  const waits = outage || (program.outage && !program.supervises);
  return dynamic || (waits && flags.strategy === "oneForOne") ? undefined : work;
}

async function startAll(process: Process, children: readonly Child[]): Promise<Child | null> {
  const state = stateOf(process);
  for (const child of children) {
    const { kind } = await startChild(process, child);
    if (process.ending !== null) return null;
    if (kind === "failed") return child;
    if (kind === "ignored" && isForgotten(state, child)) forget(state, child);
  }
  return null;
}

/** Restarts what the strategy names, or gives up. Counted before it is tried, but for an outage. */
function restart(process: Process, failed: Child): Promise<void> | undefined {
  const { platform } = process.kernel;
  const { id, slot, reason, specification, outage } = failed;
  const limit = failed.limit ?? stateOf(process).limit;
  const nowMs = platform.now();
  if (outage?.counts(limit) !== false && !limit.allow(nowMs)) {
    tellOfChild(process, { type: "terminal", child: id, reason });
    failed.restarting = false;
    slot.set("down");
    end(process, "shutdown", false);
    // To its supervisor it is a word, as in OTP; who has none is to know more.
    (process.ending as Ending).failure ??= supervisorGaveUp(process.label, failed, limit);
    return undefined;
  }
  failed.restarting = true;
  slot.restarts++;
  slot.set("restarting");
  const { restartDelayMs = 0 } = specification.options;
  let delayMs =
    typeof restartDelayMs === "number"
      ? restartDelayMs
      : restartDelayMs(++failed.attempts, platform.random);
  checkMs(`restartDelayMs of child ${id}`, delayMs);
  if (outage) delayMs = Math.max(delayMs, outage.retryAtMs - nowMs);
  const { restarts: count } = slot;
  tellOfChild(process, { type: "restarting", child: id, count, reason, delayMs });
  if (delayMs === 0) return inTurn(process, failed, bringBack(process, failed));
  failed.timer = after(process, delayMs, () => deliver(process, BRING_BACK, failed));
  return inTurn(
    process,
    failed,
    stopGroup(process, failed).then(() => {}),
  );
}

/** Stops what is started again with a child; gives that, in order. */
async function stopGroup(process: Process, failed: Child): Promise<Child[]> {
  const state = stateOf(process);
  const { strategy } = state.flags;
  if (strategy === "oneForOne") return [failed];
  const all = [...state.children.values()];
  const group = strategy === "oneForAll" ? all : all.slice(all.indexOf(failed));
  for (const child of group) if (child !== failed) child.slot.set("restarting");
  await stopAll(state, group);
  if (process.ending !== null) return [];
  return group.filter((child) => {
    if (child === failed) return true;
    child.restarting = false;
    // A temporary sibling is stopped and forgotten (SUP-2).
    if (!isForgotten(state, child)) return true;
    forget(state, child);
    return false;
  });
}

async function bringBack(process: Process, failed: Child): Promise<void> {
  const again = await startAll(process, await stopGroup(process, failed));
  if (process.ending !== null) return;
  if (again !== null) {
    // Stopped while it started: it is not wanted any more.
    if (again === failed && !failed.restarting) return;
    again.restarting = true;
    deliver(process, TRY_AGAIN, again);
  } else {
    const { id, slot, endedAt } = failed;
    const tookMs = process.kernel.platform.now() - endedAt;
    tellOfChild(process, { type: "restarted", child: id, count: slot.restarts, tookMs });
  }
}

function childExit(
  process: Process,
  { child: ended, reason }: { child: Process; reason: ExitReason },
): unknown {
  const state = stateOf(process);
  const child = childOf(state, ended);
  // Not there any more, or stopped here.
  if (child === undefined || child.stopping) return undefined;
  const { specification, limit, slot } = child;
  lost(child, ended, reason);
  child.endedAt = process.kernel.platform.now();
  if (child.endedAt - child.startedAt >= (limit ?? state.limit).periodMs) child.attempts = 0;
  const saved = ended.extras?.saved;
  if (saved?.state !== undefined) child.saved = saved;
  if (comesBack(restartOf(child), reason)) return restart(process, child);
  if (isForgotten(state, child)) forget(state, child);
  else slot.set("down");
  if (specification.options.significant && isDone(state)) end(process, "shutdown", false);
  return undefined;
}

/** True if the work of a supervisor is done, now that a significant child has ended by itself. */
function isDone({ flags, children }: Supervising): boolean {
  if (flags.autoShutdown === "anySignificant") return true;
  return [...children.values()].every(
    ({ process, restarting, specification }) =>
      !specification.options.significant || (process === null && !restarting),
  );
}

/** Makes the program of a supervisor. */
export function supervisorProgram(definition: SupervisorDefinition): Program {
  const { id, dynamic } = definition;
  return {
    id,
    terminates: true,
    supervises: true,
    async init(process, args) {
      extrasOf(process).trapsExits = true;
      const flags = definition.flags(args);
      if (flags === ignore) return flags;
      const { place } = process;
      const slots = place instanceof Slot ? place.children : new Map<string, Slot>();
      const state: Supervising = {
        children: new Map(),
        slots,
        flags: flags as Flags,
        limit: new RestartLimit(flags as Flags),
        dynamic,
        lastId: 0,
      };
      process.state = state;
      // On every way out, the kill included: whoever holds a handle sees that the child is gone. The
      // supervisor of this one, if there is one, says next whether it comes back.
      own(process, () => {
        for (const slot of slots.values()) slot.set(place === null ? "down" : "restarting");
      });
      readChildren(process, id, definition.children, args, state);
      loseSlots(process, state);
      const children = [...state.children.values()];
      for (const child of children) {
        tellOfChild(process, { type: "registered", child: child.id, restart: restartOf(child) });
      }
      const failed = await startAll(process, children);
      // Stopped while it starts: the children still get the time that each was promised.
      if (process.ending !== null) await stopAll(state, children);
      else if (failed !== null) {
        state.outage = failed.outage;
        await stopAll(state, children);
        throw new ExitWith(
          { shutdown: { failedToStartChild: failed.id, reason: failed.reason } },
          // What `launch` tells a failure from a stop by.
          failed.failure ?? new StartFailed(failed.id, failed.reason),
        );
      }
      return state;
    },
    // That of a child, without which it did not start.
    outage: ({ state }) => (state as Supervising | undefined)?.outage,
    invoke: (process, { handler }, arg) => (handler as Handler)(process, arg),
    // Links and strangers cannot end a supervisor, and its children are not told this way.
    info: () => undefined,
    terminate(process) {
      const state = stateOf(process);
      return stopAll(state, [...state.children.values()]);
    },
    // From now on it takes no calls: its handle must not say `live` until it is gone.
    childEnding(process, ended, reason) {
      const child = childOf(stateOf(process), ended);
      if (child === undefined) return;
      const returns =
        process.ending !== null ? isBroughtBack(process) : comesBack(restartOf(child), reason);
      child.slot.fall(returns ? "restarting" : "down");
    },
    childExit(process, child, reason) {
      deliver(process, CHILD_EXIT, { child, reason });
      return true;
    },
    save: () => undefined,
    restore: () => {},
  };
}

/** True if a supervisor that ends is brought back by the one above, and its children with it. */
function isBroughtBack({ place }: Process): boolean {
  return place instanceof Slot && place.standing !== "down";
}
