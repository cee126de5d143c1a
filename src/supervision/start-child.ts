// Starting and stopping one child, as its specification says.
//
// Owns the way from a specification to a process in its slot, and the time a child has to end. Which
// child and when is supervisor-program.ts (by itself) and supervisor-calls.ts (when asked to).

import { type Outcome, spawn } from "../behaviours/gen.js";
import { signalOf } from "../kernel/abort.js";
import { end, shutdown } from "../kernel/ending.js";
import type { Process } from "../kernel/process.js";
import { type Child, lost, type Supervising, shutdownOf } from "./children.js";
import { fromLastState, keepState } from "./last-state.js";

/** Starts a child; resolves when its `init` has settled, or the supervisor's end has begun. */
export function startChild(supervisor: Process, child: Child): Promise<Outcome> {
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
        child.restarting = false;
        child.startedAt = supervisor.kernel.platform.now();
        slot.attach(process);
        slot.set("live");
      } else {
        child.process = null;
        if (outcome.kind === "failed") lost(child, process, outcome.reason);
        else child.restarting = false;
        slot.set(outcome.kind === "ignored" ? "down" : "restarting");
      }
      resolve(outcome);
    };
    const process = spawn(supervisor, implementation, args, settled, {
      place: slot,
      prepare: options.restartFrom === "lastState" ? fromLastState(child) : undefined,
      initTimeoutMs: options.initTimeoutMs,
    });
    if (done) return;
    // While it starts, messages already queue for it.
    starting = child.process = process;
    slot.attach(process);
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
  });
}

/** Ends a child within its time; resolves when it is gone. */
export async function stopChild(child: Child): Promise<void> {
  const { process } = child;
  if (process === null) return;
  if (process.ending === null) keepState(child, process);
  child.stopping = true;
  await shutdown(process, shutdownOf(child, process));
  child.stopping = false;
  child.process = null;
}

/** Ends children, last first, one by one; those of a dynamic supervisor all at once. */
export async function stopAll(state: Supervising, children: readonly Child[]): Promise<void> {
  const last = [...children].reverse();
  if (state.dynamic !== null) await Promise.all(last.map(stopChild));
  else for (const child of last) await stopChild(child);
}
