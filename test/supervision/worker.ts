// A child that shows what happens to it, and a diary of what its supervisor does.
// Owns no assertion.
import { genServer, type Server, type System } from "../../src/index.js";
import type { Body } from "../kernel/probes.js";

/** How a worker may be told to behave at its start. */
export interface Plan {
  /** Runs in `init`, with the number of starts under this name so far, this one included. */
  init?: (start: number) => unknown;
  terminate?: () => unknown;
}

/** The lines a test reads: "start a", "end a". */
export interface Diary {
  readonly lines: string[];
  readonly plans: Record<string, Plan>;
  starts(name: string): number;
}

export function diary(plans: Record<string, Plan> = {}): Diary {
  const lines: string[] = [];
  return {
    lines,
    plans,
    starts: (name) => lines.filter((line) => line === `start ${name}`).length,
  };
}

export interface WorkerApi {
  call: { run(body: Body): unknown; crash(): void; stop(reason?: string): void; count(): number };
  cast: { add(n: number): void; run(body: Body): void };
}

interface State {
  readonly name: string;
  readonly log: Diary;
  count: number;
}

/** A worker: `crash` crashes it, `stop` ends it in order. */
export const Worker: Server<[log: Diary, name: string], WorkerApi> = genServer({
  id: "worker",
  init: (self, log: Diary, name: string): State | Promise<State> => {
    log.lines.push(`start ${name}`);
    self.use(name, () => void log.lines.push(`end ${name}`));
    const state = { name, log, count: 0 };
    const pending = log.plans[name]?.init?.(log.starts(name));
    return pending instanceof Promise ? pending.then(() => state) : state;
  },
  call: {
    run: (self, body: Body) => body(self),
    crash: (self): void => {
      throw new Error(`crash of ${self.state.name}`);
    },
    stop: (self, reason = "normal"): void => self.stop(reason),
    count: (self): number => self.state.count,
  },
  cast: {
    add: (self, n: number) => {
      self.state.count += n;
    },
    run: (self, body: Body) => body(self),
  },
  terminate: (self) => self.state.log.plans[self.state.name]?.terminate?.(),
});

/** Crashes a child and lets its supervisor deal with it. */
export async function crash(
  clock: { settle(): Promise<void> },
  child: { call: { crash(): Promise<void> } },
): Promise<void> {
  await child.call.crash().catch(() => {});
  await clock.settle();
}

/** The kinds of the events that are told, with the child or process they are about. */
export function follow(system: System): string[] {
  const told: string[] = [];
  system.observe((event) => {
    if ("child" in event) told.push(`${event.type} ${event.child}`);
    else told.push(`${event.type} ${event.process.name ?? event.process.behaviour}`);
  });
  return told;
}
