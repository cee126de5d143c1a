// The sample program: every behaviour as an application uses it, against the package's declarations.
// Held by `npm run types`, and by test/types-budget.test.ts, which counts what checking it costs the
// compiler. Never run. What must stay an error is in the files beside this folder.

import {
  actor,
  agent,
  asyncStream,
  child,
  createSystem,
  dynamicSupervisor,
  genServer,
  type HandleOf,
  ignore,
  postpone,
  registry,
  stateMachine,
  supervisor,
  task,
} from "troupe";
import { modbusClient } from "troupe/modbus";

export const Counter = genServer({
  id: "counter",
  init(self, start: number = 0) {
    self.continue("warm", 1);
    return { count: start };
  },
  continue: {
    warm(self, by: number) {
      self.state.count += by;
    },
    cool: (self) => self.continue("warm"),
  },
  call: {
    get: (self) => self.state.count,
    add(self, by: number) {
      self.state.count += by;
      return self.state.count;
    },
    slow: async (self, text: string) => text + self.state.count,
    lazy: (self) => self.replyLater<string>(),
    deferred: (self, url: string) => self.replyWith(fetch(url).then((response) => response.ok)),
  },
  cast: {
    inc(self, by: number = 1) {
      self.state.count += by;
    },
    reset(self) {
      self.state = { count: 0 };
    },
  },
  info(self, message) {
    if (message.type === "down") self.log.info("gone", message.reason);
  },
  terminate: (self, reason) => self.log.info("bye", [self.state.count, reason]),
  view: (state) => state.count,
  mailbox: { max: 10, overflow: "reject" },
});

export const Poller = genServer({
  id: "poller",
  init: (_self, counter: HandleOf<typeof Counter>) => ({ counter }),
  call: { go: (self) => self.state.counter.call.get() },
});

export const Maybe = genServer({
  id: "maybe",
  init: async (_self, on: boolean) => (on ? { n: 1 } : ignore),
  call: { take: (self, k: number) => (k > self.state.n ? self.reject(new Error("no")) : k) },
});

export const Door = stateMachine({
  id: "door",
  init: (_self, code: string) => ({ state: "locked", data: { code } }),
  states: {
    locked: {
      enter(self, from) {
        self.log.debug(from);
      },
      call: {
        unlock(self, code: string) {
          if (code !== self.data.code) return false;
          self.nextState("open", { stateTimeoutMs: 5_000 });
          return true;
        },
      },
      cast: { push: postpone },
    },
    open: {
      cast: { push: (self, _hard: number) => self.nextState("locked") },
      stateTimeout: (self) => self.nextState("locked"),
    },
  },
  always: { call: { status: (self) => self.state } },
});

export const Echo = actor({
  id: "echo",
  async run(self, greeting: string) {
    self.log.info(greeting);
    for await (const message of self.mailbox) if (message === "stop") return;
  },
});

export const App = supervisor({
  strategy: "restForOne",
  maxRestarts: 3,
  periodMs: 5_000,
  children: (make, config: { start: number }) => {
    const counter = make(Counter, [config.start], { restart: "permanent", shutdownMs: 2_000 });
    return {
      counter,
      poller: make(Poller, [counter.handle]),
      bus: make(modbusClient, [
        { connect: () => Promise.reject(new Error("no line")), framing: "rtu" },
      ]),
      rooms: make(dynamicSupervisor({ template: Counter, maxChildren: 100 }), []),
      nested: make(supervisor({ children: { a: child(Counter, []) } }), []),
      maybe: make(Maybe, [true]),
    };
  },
});

export async function main(): Promise<void> {
  await using system = createSystem();
  const counter = await system.start(Counter, 3);
  const n: number = await counter.call.add(2);
  const text: string = await counter.call.lazy();
  const isOk: boolean = await counter.call.deferred("/x");
  counter.cast.inc();
  counter.cast.inc(n);
  await counter.offer.inc(1);
  const shown: number | undefined = counter.getSnapshot();
  const patient: number = await counter.with({ timeoutMs: 50 }).call.add(1);

  const door = await system.start(Door, "1234");
  const opened: boolean = await door.call.unlock("1234");
  const state: "locked" | "open" = await door.call.status();
  door.cast.push(1);

  const app = await system.start(App, { start: 1 });
  const polled: number = await app.child.poller.call.go();
  await app.child.bus.unit(17).readHoldingRegisters(0, 4);
  const made = await app.child.rooms.startChild(7);
  await made.call.add(1);
  await app.child.nested.child.a.call.get();
  const taken: number = await app.child.maybe.call.take(1);

  const sum = await system.start(agent(() => 0));
  const doubled: string = await sum.get((value) => value.toFixed());
  const echo = await system.start(Echo, "hello");
  echo.send("stop");

  const rooms = await system.start(registry({ keys: "unique" }));
  const room = rooms.via(["room", 1], Counter);
  const inRoom: number = await room.call.add(1);

  const job = task(system, async (signal) => (await fetch("/x", { signal })).text());
  const body: string = await job;
  for await (const length of asyncStream(system, ["a", "b"], async (url) => url.length)) {
    counter.cast.inc(Number(length));
  }
  void [text, isOk, shown, patient, opened, state, polled, taken, doubled, inRoom, body];
}
