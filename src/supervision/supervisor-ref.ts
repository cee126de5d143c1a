// The refs of supervisors: a Ref with the handles of the children, and what a supervisor can be asked.
//
// Owns the `child` member and the methods. The handles live on the slots, which outlive a restart of
// the supervisor: a handle taken once stays good. What the methods do is supervisor-calls.ts.

import { call } from "../behaviours/gen.js";
import { CallCycle } from "../kernel/errors.js";
import type { Entry } from "../kernel/operation.js";
import { Ref } from "../kernel/ref.js";
import type { Supervising } from "./children.js";
import { Slot } from "./slot.js";
import { COUNT, DELETE, RESTART, SPEC, START, TERMINATE, WHICH } from "./supervisor-calls.js";

/** The class of every supervisor's refs and handles. */
export class SupervisorRef extends Ref {
  #handles: Record<string, Ref> | null = null;
  #made: readonly Slot[] = [];

  get child(): Record<string, Ref> {
    const { target } = this;
    // No state: its `children` threw, so it will never have any.
    const slots =
      target instanceof Slot
        ? target.children
        : (target.process?.state as Supervising | undefined)?.slots;
    const made = [...(slots?.values() ?? [])];
    const same =
      made.length === this.#made.length && made.every((slot, index) => slot === this.#made[index]);
    if (this.#handles === null || !same) {
      const handles: Record<string, Ref> = Object.create(null);
      for (const slot of made) handles[slot.name] = slot.handle;
      this.#handles = handles;
      this.#made = made;
    }
    return this.#handles;
  }

  startChild(...list: readonly unknown[]): Promise<unknown> {
    return this.#ask(START, list);
  }

  terminateChild(which: unknown): Promise<unknown> {
    return this.#ask(TERMINATE, [which]);
  }

  restartChild(id: unknown): Promise<unknown> {
    return this.#ask(RESTART, [id]);
  }

  deleteChild(id: unknown): Promise<unknown> {
    return this.#ask(DELETE, [id]);
  }

  whichChildren(): Promise<unknown> {
    return this.#ask(WHICH, []);
  }

  countChildren(): Promise<unknown> {
    return this.#ask(COUNT, []);
  }

  getChildSpec(which: unknown): Promise<unknown> {
    return this.#ask(SPEC, [which]);
  }

  // Children may take their time to start and to end: there is no timeout unless `with` sets one.
  #ask(entry: Entry, list: readonly unknown[]): Promise<unknown> {
    const { target, options } = this;
    const { running } = target.kernel;
    // It waits for this very `init`, and takes no call before: that would never end.
    if (running !== null && !running.hasStarted && running.parent === target.process) {
      return Promise.reject(new CallCycle([this.id, running.label, this.id]));
    }
    const patient = options?.timeoutMs === undefined;
    return call(patient ? this.with({ timeoutMs: Number.POSITIVE_INFINITY }) : this, entry, list);
  }
}
