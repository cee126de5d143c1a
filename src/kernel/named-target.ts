// A named target: what a handle that was made by name points at.
//
//   Handle ──► NamedTarget ──(key)──► Registrations ──► Process?       looked up at every send
//
// Owns the lookup, and what a UI is shown of a name: the standing and the snapshot of who has it now,
// and in between of who had it last. It registers nothing and keeps nothing alive.

import type { Kernel, Process, Program, Status, Target } from "./process.js";
import { type Key, pathOf, type Registrations, tableOf } from "./registrations.js";
import type { View } from "./view.js";

/** What stands under a key of a registry: whoever does at the moment of a send (P-5). */
export class NamedTarget implements Target {
  readonly kernel: Kernel;
  readonly label: string;
  readonly #path: string;
  readonly #registry: Target;
  readonly #program: Program | null;
  #last: Process | null = null;

  /** The state of the process of `registry` is its registrations. `program`: what it must be. */
  constructor(registry: Target, key: Key, program: Program | null) {
    this.#registry = registry;
    this.#path = pathOf(key);
    this.#program = program;
    this.kernel = registry.kernel;
    this.label = typeof key === "string" ? key : this.#path;
  }

  /**
   * The process that has the name now. Throws TypeError if it is of another behaviour: its handlers
   * would not be those that are called.
   */
  get process(): Process | null {
    const process = this.#find();
    if (process === null || this.#fits(process)) return process;
    throw new TypeError(
      `Cannot reach ${this.#program?.id} by the name ${this.label}: ${process.label} has it`,
    );
  }

  get standing(): Status {
    const process = this.#find();
    if (process !== null && process.ending === null) return process.standing;
    return this.#last?.place?.standing === "restarting" ? "restarting" : "down";
  }

  get view(): View | null {
    return (this.#find() ?? this.#last)?.view ?? null;
  }

  /** Waits for somebody to have the name. Gives what ends the wait. */
  whenLive(ready: (process: Process | null) => void): (() => void) | undefined {
    const next = (): boolean => {
      const process = this.#find();
      const isLive = process?.standing === "live";
      const isOver = isLive || this.#registry.standing === "down";
      if (isOver) ready(isLive && this.#fits(process) ? process : null);
      return isOver;
    };
    if (next()) return undefined;
    const stop = this.subscribe(() => {
      if (next()) stop();
    });
    return stop;
  }

  subscribe(listener: () => void): () => void {
    const tell = (): void => this.kernel.notify([listener]);
    let stops: (() => void)[] = [];
    let table: Registrations | null = null;
    const stop = (): void => {
      for (const each of stops) each();
      stops = [];
    };
    const follow = (): void => {
      stop();
      table = this.#table();
      if (table !== null) stops.push(table.follow(this.#path, again));
      const process = this.#find();
      if (process !== null) stops.push((process.place ?? process).subscribe(tell));
    };
    const again = (): void => {
      follow();
      tell();
    };
    const unsubscribe = this.#registry.subscribe(() => {
      if (this.#table() !== table) again();
    });
    follow();
    return () => {
      unsubscribe();
      stop();
    };
  }

  #fits({ program }: Process): boolean {
    return this.#program === null || this.#program.id === program.id;
  }

  #table(): Registrations | null {
    const { process } = this.#registry;
    return process === null || process.ending !== null ? null : tableOf(process);
  }

  #find(): Process | null {
    const found = this.#table()?.holder(this.#path) ?? null;
    if (found !== null) this.#last = found;
    return found;
  }
}
