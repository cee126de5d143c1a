// What a table knows of processes: the one place where tables touch the kernel.
//
// Owns the way from a ref to the process behind it, and the three questions a table asks: who runs now,
// is it still there, when does it end. A table belongs to no supervisor's tree: it is
// memory, and its owner's end is told to it as to any watcher.

import type { ActorRef } from "../../kernel/actor-ref.js";
import { type ExitReason, printed } from "../../kernel/exit-reason.js";
import { remove } from "../../kernel/list.js";
import { type Process, watch } from "../../kernel/process.js";
import { Ref } from "../../kernel/ref.js";

/** A process as the owner of tables, or as somebody who asks. Compared by identity. */
export type TableProcess = Process;

/** The process that a ref or handle means now; null if there is none that still takes messages. */
export function liveProcessOf(name: string, ref: ActorRef): TableProcess | null {
  checkRef(name, ref);
  const { process } = (ref as Ref).target;
  return process === null || process.ending !== null ? null : process;
}

/** Throws TypeError unless `ref` is a ref or a handle. */
export function checkRef(name: string, ref: ActorRef): void {
  if (!(ref instanceof Ref)) {
    throw new TypeError(`${name} is ${printed(ref)}: it must be a ref or a handle`);
  }
}

/** The process whose handler is on the stack, in the system of `process`; null if none is. */
export function runningBeside(process: TableProcess): TableProcess | null {
  return process.kernel.running as TableProcess | null;
}

/** Calls `ended` when the process is gone. Gives what takes that back. */
export function whenEnded(process: TableProcess, ended: (reason: ExitReason) => void): () => void {
  const monitor = watch(process, ended);
  return () => remove(monitor);
}

/** Sends a plain message: `info` gets `{ type: "message", message }`. */
export function tell(process: TableProcess, message: unknown): void {
  (process.ref as Ref).send(message);
}
