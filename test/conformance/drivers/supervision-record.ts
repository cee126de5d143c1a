// What is recorded of a supervision scenario, in the shape and the order that FORMAT.md says.
//
// Owns the list of events, which of them are orphans', the sorting of what has no order, and the state.
// It learns everything from observers and from what the workers themselves say; it asks no supervisor.
import type { ProcessInfo, ProcessSnapshot, SystemEvent } from "../../../src/index.js";
import { canonical } from "../replay.js";
import { reasonOf } from "./supervision-words.js";

/** One event of a trace. */
interface Told {
  readonly event: "start" | "start_failed" | "ignored" | "terminate";
  readonly child: string;
  readonly how?: string;
  readonly reason?: unknown;
  readonly cb?: boolean;
}

/** What is recorded of one step. */
export interface Seen {
  readonly result: unknown;
  readonly events: readonly Told[];
  readonly orphans?: readonly Told[];
  readonly state?: unknown;
}

/** The id of a supervisor's behaviour begins with this; its label follows. */
export const SUPERVISOR = "supervisor ";

/** Takes down what happens in one scenario. */
export class Recorder {
  #events: Told[] = [];
  #orphans: Told[] = [];
  #state = "";
  /** Labels and parents by process id. */
  readonly #labels = new Map<string, string>();
  readonly #parents = new Map<string, string | undefined>();
  /** Whose terminate was entered, and who was killed. */
  readonly #entered = new Set<string>();
  readonly #killed = new Set<string>();
  /** Supervisors that have begun to start, in order, with what is known of their last end. */
  readonly #supervisors = new Map<string, { reason: unknown }>();
  readonly #begun = new Set<string>();
  /** The dynamic supervisor of each instance, by label. */
  readonly #instances = new Map<string, string>();

  add(event: Told): void {
    this.#events.push(event);
  }

  /** A process is what the scenario calls by this label. */
  name(id: string, label: string): void {
    this.#labels.set(id, label);
  }

  labelOf(id: string): string | undefined {
    return this.#labels.get(id);
  }

  /** A worker is an instance of a dynamic supervisor. */
  instance(label: string, supervisor: string): void {
    this.#instances.set(label, supervisor);
  }

  /** The terminate callback of a process runs. */
  entered(id: string): void {
    this.#entered.add(id);
  }

  /** A supervisor begins to start. */
  starts(label: string): void {
    this.#supervisors.set(label, { reason: undefined });
    this.#begun.add(label);
    this.add({ event: "start", child: label });
  }

  observe(event: SystemEvent): void {
    this.#learn("process" in event ? event.process : event.supervisor);
    if (event.type === "ending" && event.reason === "killed") this.#killed.add(event.process.id);
    if (event.type !== "stopped" && event.type !== "startFailed") return;
    const { id, behaviour } = event.process;
    const label = this.#labels.get(id);
    if (label === undefined) return;
    const isWorker = !behaviour.startsWith(SUPERVISOR);
    if (isWorker ? event.type === "startFailed" : !this.#begun.delete(label)) return;
    const reason = reasonOf(event.reason);
    const supervisor = this.#supervisors.get(label);
    if (supervisor !== undefined) supervisor.reason = reason;
    const told: Told = {
      event: "terminate",
      child: label,
      reason,
      ...(isWorker ? { cb: this.#entered.has(id) } : {}),
    };
    if (this.#isOrphan(id)) this.#orphans.push(told);
    else this.#events.push(told);
  }

  /** Gives what was seen since it was last asked. `describe` gives the standing of a live supervisor. */
  async take(
    result: unknown,
    processes: readonly ProcessSnapshot[],
    describe: (label: string) => Promise<unknown>,
  ): Promise<Seen> {
    const events = this.#sorted();
    const orphans = this.#orphans.sort((a, b) => (a.child < b.child ? -1 : 1));
    this.#events = [];
    this.#orphans = [];
    const alive = [...this.#live(processes)].sort();
    const sups: Record<string, unknown> = {};
    for (const [label, { reason }] of this.#supervisors) {
      sups[label] = alive.includes(label) ? await describe(label) : { alive: false, reason };
    }
    const state = { alive, sups };
    const isSame = canonical(state) === this.#state;
    this.#state = canonical(state);
    return {
      result,
      events,
      ...(orphans.length > 0 ? { orphans } : {}),
      ...(isSame ? {} : { state }),
    };
  }

  #learn({ id, behaviour, parent }: ProcessInfo): void {
    this.#parents.set(id, parent);
    if (behaviour.startsWith(SUPERVISOR)) this.name(id, behaviour.slice(SUPERVISOR.length));
  }

  /** True if an ancestor was killed: it is gone, whatever it still waits for. */
  #isOrphan(id: string): boolean {
    let parent = this.#parents.get(id);
    while (parent !== undefined && !this.#killed.has(parent)) parent = this.#parents.get(parent);
    return parent !== undefined;
  }

  *#live(processes: readonly ProcessSnapshot[]): Iterable<string> {
    for (const { id, children } of processes) {
      const label = this.#labels.get(id);
      if (label !== undefined) yield label;
      yield* this.#live(children);
    }
  }

  /** The events; instances that end right before their dynamic supervisor have no order. */
  #sorted(): Told[] {
    const sorted: Told[] = [];
    let run: Told[] = [];
    let family: string | undefined;
    for (const told of this.#events) {
      const isEnd = told.event === "terminate";
      const own = isEnd ? this.#instances.get(told.child) : undefined;
      if (own === undefined || own !== family) {
        if (isEnd && told.child === family) run.sort((a, b) => (a.child < b.child ? -1 : 1));
        sorted.push(...run);
        run = [];
      }
      family = own;
      if (own === undefined) sorted.push(told);
      else run.push(told);
    }
    return [...sorted, ...run];
  }
}
