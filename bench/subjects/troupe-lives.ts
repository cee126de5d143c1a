// troupe as a subject: how processes come and go, what waits in a mailbox, state machines, and what
// processes share. A part of the subject in troupe.ts.

import {
  type ActorSelf,
  actor,
  child,
  createSystem,
  dynamicSupervisor,
  genServer,
  named,
  registry,
  setTable,
  stateMachine,
  supervisor,
  whereis,
} from "troupe";
import { check, DEPTH, hit, inBursts, latency, type Meter, type Subject, timed } from "../meter.ts";

const Worker = genServer({
  id: "worker",
  init: () => ({ count: 0 }),
  call: {
    get: (self) => self.state.count,
    crash(): void {
      throw new Error("asked for");
    },
  },
});

const Door = stateMachine({
  id: "door",
  init: () => ({ state: "closed", data: { count: 0 } }),
  states: {
    closed: {
      cast: {
        push(self) {
          hit();
          self.nextState("open");
        },
      },
    },
    open: {
      cast: {
        push(self) {
          hit();
          self.nextState("closed");
        },
      },
    },
  },
});

/** How often to take a message from behind the others, and what to tell when that is done. */
interface Order {
  readonly count: number;
  readonly done: () => void;
}

const Reader = actor({
  id: "reader",
  async run(self: ActorSelf<unknown>) {
    for (let i = 0; i < DEPTH; i++) self.ref.send(i);
    while (true) {
      const { count, done } = (await self.receive(isOrder)) as Order;
      for (let i = 0; i < count; i++) {
        self.ref.send("wanted");
        await self.receive(isWanted);
      }
      done();
    }
  },
});
const isOrder = (message: unknown): boolean => typeof message === "object";
const isWanted = (message: unknown): boolean => message === "wanted";

const ROWS = 10_000;

/** The scenarios of lives. */
export const lives: Subject = {
  "spawn + stop"(): Meter {
    const system = createSystem();
    return timed((count) => {
      let live = 0;
      for (let i = 0; i < count; i++) {
        const worker = system.launch(Worker);
        if (worker.status === "live") live++;
        worker.kill();
      }
      check("launch", live, count);
      check("spawn + stop", system.processes().length, 0);
    });
  },

  "spawn + stop, registered"(): Meter {
    const system = createSystem();
    const Named = named("worker", Worker);
    return timed((count) => {
      let live = 0;
      for (let i = 0; i < count; i++) {
        const worker = system.launch(Named);
        if (whereis(system, "worker") === worker) live++;
        worker.kill();
      }
      check("named", live, count);
      check("whereis", whereis(system, "worker"), null);
    });
  },

  "start + stop, awaited"(): Meter {
    const system = createSystem();
    return timed(async (count) => {
      for (let i = 0; i < count; i++) {
        const worker = await system.start(Worker);
        await worker.stop();
      }
      check("start + stop", system.processes().length, 0);
    });
  },

  async "spawn + stop, supervised"() {
    const workers = await createSystem().start(dynamicSupervisor({ template: Worker }));
    return timed(async (count) => {
      for (let i = 0; i < count; i++) {
        const worker = await workers.startChild();
        await workers.terminateChild(worker);
      }
      check("children", (await workers.whichChildren()).length, 0);
    });
  },

  async restart() {
    const App = supervisor({
      maxRestarts: Number.POSITIVE_INFINITY,
      children: { worker: child(Worker, []) },
    });
    const { worker } = (await createSystem().start(App)).child;
    const patient = worker.with({ whenDown: "wait" });
    return latency(async () => {
      await worker.call.crash().catch(() => {});
      check("restarted worker", await patient.call.get(), 0);
    });
  },

  async "selective receive"() {
    const reader = await createSystem().start(Reader);
    return timed(
      (count) =>
        new Promise<void>((done) => {
          reader.send({ count, done } satisfies Order);
        }),
    );
  },

  async "machine event"() {
    const door = await createSystem().start(Door);
    return timed((count) => inBursts(count, () => door.cast.push()));
  },

  "table look-up"(): Meter {
    const rows = setTable<{ readonly id: number; readonly one: number }, "id">({ key: "id" });
    for (let id = 0; id < ROWS; id++) rows.insert({ id, one: 1 });
    return timed((count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += rows.lookup(i % ROWS)?.one ?? 0;
      check("look-up", sum, count);
    });
  },

  async "registry look-up"() {
    const system = createSystem();
    const names = await system.start(registry());
    const keys = Array.from({ length: ROWS }, (_, index) => `worker-${index}`);
    for (const key of keys) await system.start(named(key, Worker, { registry: names }));
    return timed((count) => {
      let found = 0;
      for (let i = 0; i < count; i++) {
        if (names.lookup(keys[i % ROWS] as string).length === 1) found++;
      }
      check("look-up", found, count);
    });
  },
};
