// onceHandled: what is done behind the mail of a process.
//
// Owns that it is done once: when the process comes to it, or is gone. Where in the mail that is, whoever asks
// says by what it is delivered with; one that is suspended comes to it when it goes on.

import { deliver } from "../../kernel/inbox.js";
import { remove } from "../../kernel/list.js";
import { SYSTEM } from "../../kernel/operation.js";
import { type Process, type SystemOperation, watch } from "../../kernel/process.js";

/** Calls `then` once what is before it was handled, or the process is gone. `put`: where in its mail. */
export function onceHandled(
  process: Process,
  then: () => void,
  put: (process: Process, op: SystemOperation, arg: undefined) => unknown = deliver,
): void {
  const gone = watch(process, then);
  const run = (): boolean => {
    remove(gone);
    then();
    return true;
  };
  put(process, { kind: SYSTEM, name: "handled", run }, undefined);
}
