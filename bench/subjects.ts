// What the benchmark runs: each subject does a number of operations and resolves when they are done.
//
// Owns the operations and their proof (`check` throws if work was not done: an engine may drop work
// whose result nobody reads). How they are timed is core.ts's.

import { createSystem, genServer, type System } from "troupe";

/** Something to time. */
export interface Subject {
  readonly name: string;
  /** The subject whose time is the unit of this one's ratio. */
  readonly floor: string | undefined;
  /** Does `count` operations. */
  run(count: number): Promise<void> | void;
}

const Counter = genServer({
  id: "counter",
  init: () => ({ count: 0 }),
  call: {
    add(self, by: number) {
      self.state.count += by;
      return self.state.count;
    },
  },
  cast: {
    add(self, by: number) {
      self.state.count += by;
    },
  },
});

/** Casts are sent in bursts of this size, as they are in use: then the turn ends. */
const BURST = 1_000;

/** The subjects, on a system of their own, which the caller stops. */
export async function makeSubjects(): Promise<{ system: System; subjects: readonly Subject[] }> {
  const system = createSystem();
  const counter = await system.start(Counter);
  const patient = counter.with({ timeoutMs: Number.POSITIVE_INFINITY });
  let expected = 0;
  const check = async (): Promise<void> => {
    const count = await counter.call.add(0);
    if (count !== expected) throw new Error(`counted ${count} instead of ${expected}`);
  };

  const ring: unknown[] = new Array(2_048);
  const handler = (state: { count: number }, by: number): void => {
    state.count += by;
  };
  const state = { count: 0 };

  const subjects: Subject[] = [
    {
      name: "floor: push, pop, call a function",
      floor: undefined,
      run(count) {
        let head = 0;
        let tail = 0;
        for (let done = 0; done < count; done += BURST) {
          for (let i = 0; i < BURST; i++) {
            ring[tail] = handler;
            ring[tail + 1] = 1;
            tail = (tail + 2) & 2_047;
            if (tail === head) throw new Error("full");
            (ring[head] as typeof handler)(state, ring[head + 1] as number);
            ring[head] = ring[head + 1] = undefined;
            head = (head + 2) & 2_047;
          }
        }
      },
    },
    {
      name: "floor: a promise, resolved one hop later",
      floor: undefined,
      async run(count) {
        for (let i = 0; i < count; i++) {
          await new Promise<void>((resolve) => {
            Promise.resolve().then(resolve);
          });
        }
      },
    },
    {
      name: "cast",
      floor: "floor: push, pop, call a function",
      async run(count) {
        for (let done = 0; done < count; done += BURST) {
          for (let i = 0; i < BURST; i++) counter.cast.add(1);
          await null;
        }
        expected += Math.ceil(count / BURST) * BURST;
        await check();
      },
    },
    {
      name: "call, default timeout",
      floor: "floor: a promise, resolved one hop later",
      async run(count) {
        for (let i = 0; i < count; i++) await counter.call.add(1);
        expected += count;
        await check();
      },
    },
    {
      name: "call, no timeout",
      floor: "floor: a promise, resolved one hop later",
      async run(count) {
        for (let i = 0; i < count; i++) await patient.call.add(1);
        expected += count;
        await check();
      },
    },
    {
      name: "start and stop",
      floor: "floor: push, pop, call a function",
      async run(count) {
        for (let i = 0; i < count; i++) {
          const started = await system.start(Counter);
          await started.stop();
        }
      },
    },
  ];
  return { system, subjects };
}
