// The refs of supervisors: a Ref with the handles of the children.
//
// Owns the `child` member. The handles live on the slots, which outlive a restart of the supervisor:
// a handle taken once stays good.

import { Ref, Slot } from "../kernel/ref.js";
import type { Supervising } from "./supervisor-program.js";

/** The class of every supervisor's refs and handles. */
export class SupervisorRef extends Ref {
  #handles: Record<string, Ref> | null = null;
  #made: ReadonlyMap<string, Slot> | null = null;
  #size = 0;

  get child(): Record<string, Ref> {
    const { target } = this;
    const slots = target instanceof Slot ? target.children : (target.state as Supervising).slots;
    if (this.#handles === null || this.#made !== slots || this.#size !== slots.size) {
      const handles: Record<string, Ref> = Object.create(null);
      for (const [id, slot] of slots) handles[id] = slot.handle;
      this.#handles = handles;
      this.#made = slots;
      this.#size = slots.size;
    }
    return this.#handles;
  }
}
