// restartFrom: "lastState": a child that comes back with the state before the message that crashed it.
//
// Owns the copies: before each message while the child lives, one more where it is stopped with its group, and
// the way back into its next incarnation. A process of nobody's pays nothing for it, and a bundle without
// supervisors holds none of it.

import { printed } from "../kernel/exit-reason.js";
import { extrasOf, type Process, type Saved } from "../kernel/process.js";
import { stateOf } from "../kernel/run.js";
import type { Child } from "./children.js";

class Copies implements Saved {
  state: unknown = undefined;
  keep(process: Process): void {
    this.state = structuredClone(stateOf(process));
  }
}

/**
 * What a start does once `init` has given its state: it goes on from the last one, and copies from now on.
 *
 * @throws TypeError for a state that cannot be cloned.
 */
export function fromLastState(child: Child): (process: Process) => void {
  return (process) => {
    checkCloneable(process);
    extrasOf(process).saved = new Copies();
    const { program } = process;
    const { saved } = child;
    if (saved === null) return;
    if (program.restore === undefined) process.state = saved.state;
    else program.restore(process, saved.state);
  };
}

/** Keeps the state of a child that is stopped with its group. */
export function keepState(child: Child, process: Process): void {
  const saved = process.extras?.saved ?? null;
  if (saved === null) return;
  try {
    // With a handler in hand the state may be half way: the one before it counts.
    child.saved = {
      state: process.current !== null ? saved.state : structuredClone(stateOf(process)),
    };
  } catch {
    // The last message left something behind that cannot be cloned: the state before it stays good.
    if (saved.state !== undefined) child.saved = { state: saved.state };
  }
}

function checkCloneable(process: Process): void {
  try {
    structuredClone(stateOf(process));
  } catch (error) {
    throw new TypeError(
      `Cannot keep the state of ${process.label} for restartFrom "lastState": structuredClone refused it (${printed(error)}); ` +
        `keep functions, sockets and other live things out of the state, or use restartFrom "init"`,
      { cause: error },
    );
  }
}
