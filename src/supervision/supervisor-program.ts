// What a supervisor does: start in order, restart by strategy, give up, stop in reverse order.
//
// Owns the children of one supervisor and every decision about them. It is a program like any other,
// on the one path of processes: ends of children are messages in its mailbox, so those that come while
// it restarts one wait their turn (SUP-3), and a failed restart goes behind them and is tried again.

import { type Outcome, spawn } from "../behaviours/gen.js";
import { end, shutdown, signalOf } from "../kernel/ending.js";
import { type ExitReason, ExitWith, thrownOf } from "../kernel/exit-reason.js";
import { deliver } from "../kernel/inbox.js";
import { CONTINUE, Entry } from "../kernel/operation.js";
import { extrasOf, infoOf, own, type Process, type Program } from "../kernel/process.js";
import {
  type Child,
  type ChildrenSource,
  forget,
  isTemporary,
  keepState,
  readChildren,
  restartOf,
  type Supervising,
  shutdownOf,
} from "./children.js";
import { comesBack, RestartLimit } from "./restart.js";
import { Slot } from "./slot.js";

interface Definition {
  readonly id: string;
  readonly strategy: "oneForOne" | "oneForAll" | "restForOne";
  readonly maxRestarts: number;
  readonly periodMs: number;
  readonly children: ChildrenSource;
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
      if (process.ending !== null) return null;
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
      if (process.ending === null) keepState(child, process);
      await shutdown(process, shutdownOf(child, process));
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
          supervisor: infoOf(process),
          child: failed.id,
          reason: failed.reason,
        });
      }
      failed.slot.set("down");
      end(process, "shutdown", false);
      return;
    }
    failed.slot.restarts++;
    failed.slot.set("restarting");
    if (observers.active) {
      observers.emit({
        type: "restarting",
        supervisor: infoOf(process),
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
      if (process.ending !== null) return;
      // A temporary sibling is stopped and forgotten (SUP-2).
      for (const child of group) if (child !== failed && isTemporary(child)) forget(state, child);
      group = group.filter((child) => state.children.includes(child));
    }
    for (const child of group) child.restarting = false;
    const again = await startAll(process, group);
    if (process.ending !== null) return;
    if (again !== null) {
      again.restarting = true;
      deliver(process, TRY_AGAIN, again);
    } else if (observers.active) {
      observers.emit({
        type: "restarted",
        supervisor: infoOf(process),
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
    const saved = ended.extras?.saved;
    if (saved?.state !== undefined) child.saved = saved;
    if (comesBack(restartOf(child), reason)) return restart(process, child);
    if (isTemporary(child)) forget(state, child);
    else child.slot.set("down");
    return undefined;
  }

  return {
    id,
    terminates: true,
    supervises: true,
    async init(process, args) {
      extrasOf(process).trapsExits = true;
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
      own(process, () => {
        for (const slot of slots.values()) {
          slot.set(place === null ? "down" : "restarting");
        }
      });
      const { observers } = process.kernel;
      if (observers.active) {
        for (const child of state.children) {
          observers.emit({
            type: "registered",
            supervisor: infoOf(process),
            child: child.id,
            restart: restartOf(child),
          });
        }
      }
      const failed = await startAll(process, state.children);
      // Stopped while it starts: the children still get the time that each was promised.
      if (process.ending !== null) await stopAll(state.children);
      else if (failed !== null) {
        await stopAll(state.children);
        throw new ExitWith(
          { shutdown: { failedToStartChild: failed.id, reason: failed.reason } },
          thrownOf(failed.reason),
        );
      }
      return state;
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
    // From now on it takes no calls: its handle must not say `live` until it is gone.
    childEnding(process, ended, reason) {
      const child = stateOf(process).children.find(({ process }) => process === ended);
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

/** Starts a child; resolves when its `init` has settled, or the supervisor's end has begun. */
function startChild(supervisor: Process, child: Child): Promise<Outcome> {
  const { slot, specification } = child;
  const { args, implementation, options } = specification;
  return new Promise((resolve) => {
    const signal = signalOf(supervisor);
    const giveUp = (): void => {
      if (starting !== null) end(starting, "shutdown", true);
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
    const process = spawn(supervisor, implementation, args, settled, {
      place: slot,
      restored: child.saved,
      keepState: options.restartFrom === "lastState",
      initTimeoutMs: options.initTimeoutMs,
    });
    if (done) return;
    // While it starts, messages already queue for it.
    starting = process;
    slot.attach(process);
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
  });
}
