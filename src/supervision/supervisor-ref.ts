// The refs of supervisors: a Ref with the handles of the children.
//
// Owns the `child` member. The handles live on the slots, which outlive a restart of the supervisor: a
// handle taken once stays good. What a supervisor can be asked is supervisor-calls.ts, so that a program
// whose children are written down does not carry it.

import { Ref } from "../kernel/ref.js";
import type { Supervising } from "./children.js";
import { Slot } from "./slot.js";

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
}
