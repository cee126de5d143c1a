// A slot: the place of a child, which outlives each of its processes.
//
//   Handle ──► Slot ──► Process?        follows restarts; empty while the child is down
//
// Owns what a handle shows and follows: the present incarnation, the standing, the subscribers and those
// who wait for the child to come back. Its supervisor fills it; it starts and ends nothing.

import type { Kernel, Place, Process, Status, Target } from "../kernel/process.js";
import type { Ref } from "../kernel/ref.js";
import type { View } from "../kernel/view.js";

/** The place of a child: what its handles resolve through. Filled by its supervisor. */
export class Slot implements Place, Target {
  readonly kernel: Kernel;
  readonly label: string;
  /** The child id. */
  name = "";
  restarts = 0;
  /** The child's stable handle. */
  handle!: Ref;
  /** The places of the child's own children, if it is a supervisor: they outlive its restarts. */
  readonly children: Map<string, Slot> = new Map();
  #process: Process | null = null;
  #status: Status = "starting";
  #same: Slot | null = null;
  #waiters: ((process: Process | null) => void)[] = [];
  readonly #listeners: Set<() => void> = new Set();
  #unsubscribe: (() => void) | null = null;
  #lastView: View | null = null;

  constructor(kernel: Kernel, label: string) {
    this.kernel = kernel;
    this.label = label;
  }

  /** This place is another name of `slot`: a supervisor restarted, and its children are the same. */
  becomes(slot: Slot): void {
    this.#same = slot;
    // Whoever was given this name meanwhile waits and listens there.
    for (const waiter of this.#waiters.splice(0)) slot.whenLive(waiter);
    for (const tell of this.#listeners) slot.#add(tell);
    this.#listeners.clear();
  }

  /** The present incarnation. */
  get process(): Process | null {
    return this.#same === null ? this.#process : this.#same.process;
  }

  get standing(): Status {
    return this.#same === null ? this.#status : this.#same.standing;
  }

  /** A new incarnation is starting here. Messages may queue for it already. */
  attach(process: Process): void {
    this.#process = process;
  }

  /**
   * The present incarnation has begun to end, and takes no calls. It can still be waited for and
   * killed: `set` follows when it is gone.
   */
  fall(status: "restarting" | "down"): void {
    if (this.#status !== "live") return;
    this.#status = status;
    this.#notify();
  }

  /** The child stands otherwise than before. What is said of a supervisor goes for its children. */
  set(status: Status): void {
    const isNews = status !== this.#status || status === "live";
    if (status === "live") this.#follow();
    else if (status !== "starting") {
      // Kept as the view, not as its value: a view runs only while somebody looks.
      this.#lastView = this.#process?.view ?? this.#lastView;
      this.#unsubscribe?.();
      this.#unsubscribe = null;
      this.#process = null;
      for (const child of this.children.values()) child.set(status);
    }
    this.#status = status;
    if (status === "live" || status === "down") {
      const waiters = this.#waiters;
      this.#waiters = [];
      for (const waiter of waiters) waiter(this.#process);
    }
    if (isNews) this.#notify();
  }

  /** Calls `ready` with the next live incarnation, or with null if there will be none. */
  whenLive(ready: (process: Process | null) => void): void {
    if (this.#same !== null) this.#same.whenLive(ready);
    else if (this.#status === "down") ready(null);
    else if (this.#process?.standing === "live") ready(this.#process);
    else this.#waiters.push(ready);
  }

  /** The view of the present incarnation; while there is none, of the last one. */
  get view(): View | null {
    return this.#same === null ? (this.#process?.view ?? this.#lastView) : this.#same.view;
  }

  subscribe(listener: () => void): () => void {
    // A function of its own: the same listener twice is two subscriptions.
    const tell = (): void => listener();
    (this.#same ?? this).#add(tell);
    return () => (this.#same ?? this).#remove(tell);
  }

  #add(tell: () => void): void {
    this.#listeners.add(tell);
    if (this.#listeners.size === 1) this.#follow();
  }

  #remove(tell: () => void): void {
    if (!this.#listeners.delete(tell) || this.#listeners.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = null;
  }

  #follow(): void {
    if (this.#listeners.size === 0 || this.#unsubscribe !== null) return;
    const view = this.#process?.view ?? null;
    if (view !== null) this.#unsubscribe = view.subscribe(() => this.#notify());
  }

  #notify(): void {
    this.kernel.notify(this.#listeners);
  }
}
