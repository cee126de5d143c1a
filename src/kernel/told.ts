// What is told of a process: to observers, to who waits for it, to who holds its signal.
//
// Owns the words of events and errors about one process. Whom they reach is observers.ts, and whoever
// rejects or aborts with them.

import type { Ending } from "./ending-record.js";
import { ActorExit, ProcessEnded } from "./errors.js";
import type { ExitReason } from "./exit-reason.js";
import type { ProcessInfo, SystemEvent } from "./observers.js";
import type { Place, Process } from "./process.js";

/** What observers are told of a process. */
export function infoOf({ label, program, place, parent }: Process): ProcessInfo {
  return {
    id: label,
    behaviour: program.id,
    name: place?.name,
    parent: parent === null || parent.parent === null ? undefined : parent.label,
  };
}

type Without<E, Keys extends PropertyKey> = E extends unknown ? Omit<E, Keys> : never;
type OfProcess = Without<Extract<SystemEvent, { process: unknown }>, "atMs" | "process">;

/** Tells observers of something that happened to a process. */
export function tell(process: Process, event: OfProcess): void {
  const { observers } = process.kernel;
  if (observers.active) {
    observers.emit({ process: infoOf(process), ...event } as Parameters<typeof observers.emit>[0]);
  }
}

type OfChild = Without<Extract<SystemEvent, { supervisor: unknown }>, "atMs" | "supervisor">;

/** Tells observers of something that a supervisor did with a child. */
export function tellOfChild(supervisor: Process, event: OfChild): void {
  const { observers } = supervisor.kernel;
  if (observers.active) {
    const told = { supervisor: infoOf(supervisor), ...event };
    observers.emit(told as Parameters<typeof observers.emit>[0]);
  }
}

/** A failure that came too late to end anything: told to observers, never lost, never thrown. */
export function lateError(process: Process, error: unknown): void {
  tell(process, { type: "lateError", error });
}

/** The error of a call or a wait that a process's end has decided. */
export function exitError(
  who: {
    readonly label: string;
    readonly place?: Place | null;
    readonly ending?: Pick<Ending, "failure"> | null;
  },
  action: string,
  reason: ExitReason,
  handler?: string,
): ActorExit {
  return new ActorExit({
    action,
    process: who.label,
    reason,
    handler,
    restarts: who.place?.restarts,
    // Of a call that came later, nothing ran whatever it was.
    cause: reason === "noproc" ? undefined : who.ending?.failure,
  });
}

/** What the signals of a process abort with: an Error, for whoever rethrows it. */
export function abortReasonOf({ label, ending }: Process): ProcessEnded {
  const { reason } = ending as Ending;
  (ending as Ending).abortReason ??= new ProcessEnded(label, reason);
  return (ending as Ending).abortReason as ProcessEnded;
}
