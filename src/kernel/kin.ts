// Kin: which processes belong together, by birth (parent and children) or by link.
//
// Owns the tree, as a list of siblings in each parent that costs an idle process no array, and the
// links. What the end of one means for the others is lifecycle.ts.

import type { Kernel } from "./kernel.js";
import { Owner } from "./owner.js";

/** A process among others; `Self` is the class that extends this. */
export abstract class Kin<Self extends Kin<Self>> extends Owner<Self> {
  readonly parent: Self | null;
  /** The child that was started last. */
  protected lastChild: Self | null = null;
  #previousSibling: Self | null = null;
  #nextSibling: Self | null = null;

  constructor(kernel: Kernel, parent: Self | null) {
    super(kernel);
    this.parent = parent;
    if (parent === null) return;
    const self = this as unknown as Self;
    const elder = parent.lastChild;
    this.#previousSibling = elder;
    if (elder !== null) elder.#nextSibling = self;
    parent.lastChild = self;
  }

  /** Its children, first started first. */
  get children(): Self[] {
    const list: Self[] = [];
    for (let child = this.lastChild; child !== null; child = child.#previousSibling) {
      list.push(child);
    }
    return list.reverse();
  }

  /** Everything this process is linked to. */
  get links(): Self[] {
    return [...(this.belongings?.links ?? [])];
  }

  /** Takes a link away, on both sides. */
  unlink(other: Self): void {
    this.belongings?.links?.delete(other);
    other.belongings?.links?.delete(this as unknown as Self);
  }

  /** Makes one side of a link. */
  protected addLink(other: Self): void {
    const belongings = this.owned();
    if (belongings.links === null) belongings.links = new Set();
    belongings.links.add(other);
  }

  /** It is gone: its parent has one child less. */
  protected leaveParent(): void {
    const { parent } = this;
    if (parent === null) return;
    if (this.#nextSibling === null) parent.lastChild = this.#previousSibling;
    else this.#nextSibling.#previousSibling = this.#previousSibling;
    if (this.#previousSibling !== null) this.#previousSibling.#nextSibling = this.#nextSibling;
    this.#previousSibling = this.#nextSibling = null;
  }
}
