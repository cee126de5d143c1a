// What a state machine promises: enter, postponed events, the state timeout, and what is refused.
// Owns SM-1 to SM-4 and SM-6, on virtual time; the other events are state-machine-events.suite.ts, and
// the traces of gen_statem are in test/conformance. Does not cover starting and calling (gen-server's suites do).

import { NotInState, postpone, type SystemEvent, stateMachine } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { type Body, latch, rejection, thrown } from "../kernel/probes.js";

/** States a and b, and a diary of everything that runs. */
const Diary = stateMachine({
  id: "diary",
  init: (_self, log: string[] = [], enterB?: () => unknown) => ({
    state: "a",
    data: { log, enterB },
  }),
  states: {
    a: {
      enter: (self, from) => void self.data.log.push(`enter a from ${from}`),
      cast: { event: postpone, other: (self, n: number) => void self.data.log.push(`a got ${n}`) },
      call: { ask: postpone, onlyA: () => "a" },
      stateTimeout: (self) => {
        self.data.log.push("timeout a");
        self.nextState("b");
      },
    },
    b: {
      enter(self, from) {
        self.data.log.push(`enter b from ${from}`);
        return self.data.enterB?.();
      },
      cast: { event: (self, n: number) => void self.data.log.push(`b got ${n}`) },
      call: { ask: (_self, n: number) => n * 2 },
    },
    c: {
      cast: { event: (self, n: number) => void self.data.log.push(`c got ${n}`) },
    },
  },
  always: {
    call: { run: (self, body: Body) => body(self), state: (self) => self.state },
    cast: { run: (self, body: Body) => void body(self), other: () => {} },
    info: (self, message) => void self.data.log.push(`info ${message.type}`),
    stateTimeout: (self) => void self.data.log.push(`timeout ${self.state}`),
  },
  view: (state, data) => `${state} ${data.log.length}`,
});

export const suite = defineSuite("stateMachine", ({ describe, test, expect }) => {
  const quiet = () => testSystem({ onCrash: () => {} });
  async function started(enterB?: () => unknown) {
    const made = quiet();
    const log: string[] = [];
    const machine = await made.system.start(Diary, log, enterB);
    await made.clock.settle();
    const go = (state: string, options?: object) =>
      machine.call.run((self) => self.nextState(state, options));
    return { ...made, log, machine, go };
  }

  describe("enter", () => {
    test("SM-1: it runs at the start with the state itself, and on every change with the old one", async () => {
      const { system, log, go } = await started();
      await go("b");
      await go("a");
      expect(log).toEqual(["enter a from a", "enter b from a", "enter a from b"]);
      await system.stop();
    });

    test("SM-1: nextState to the same state does not re-enter", async () => {
      const { system, log, go } = await started();
      await go("a");
      expect(log).toEqual(["enter a from a"]);
      await system.stop();
    });

    test("SM-1: enter may not change the state: that crashes with the remedy", async () => {
      const Restless = stateMachine({
        id: "restless",
        init: () => ({ state: "x", data: 0 }),
        states: { x: { enter: (self) => self.nextState("y") }, y: {} },
      });
      const { system, clock } = testSystem();
      await system.start(Restless);
      await clock.settle();
      expect(clock.reported).toEqual([
        new TypeError(
          "Cannot go to state y from enter of x: send a message to self.ref, or decide in the " +
            "handler that came here",
        ),
      ]);
      await system.stop();
    });

    test("SM-1: the reply goes out before enter, and mail waits for an asynchronous enter", async () => {
      const gate = latch();
      const { system, clock, log, machine, go } = await started(() => gate.promise);
      await go("b");
      machine.cast.event(1);
      await clock.settle();
      expect(log.slice(1)).toEqual(["enter b from a"]);
      gate.resolve();
      await clock.settle();
      expect(log.slice(2)).toEqual(["b got 1"]);
      await system.stop();
    });

    test("an enter that fails crashes the machine, synchronous or not", async () => {
      for (const asynchronous of [true, false]) {
        const bug = new Error("enter");
        const { system, clock, machine, go } = await started(() => {
          if (asynchronous) return Promise.reject(bug);
          throw bug;
        });
        expect(await go("b")).toBeUndefined();
        await clock.settle();
        expect(machine.status).toBe("down");
        expect(await rejection(machine.call.state())).toMatchObject({ reason: "noproc" });
        await system.stop();
      }
    });
  });

  describe("changes", () => {
    test("an asynchronous handler changes the state once it has settled", async () => {
      const { system, clock, machine } = await started();
      const gate = latch();
      const call = machine.call.run(async (self) => {
        self.nextState("b");
        await gate.promise;
        return self.state;
      });
      await clock.settle();
      gate.resolve();
      expect(await call).toBe("a");
      expect(await machine.call.state()).toBe("b");
      await system.stop();
    });

    test("of several nextState in one handler the last wins", async () => {
      const { system, machine, log } = await started();
      await machine.call.run((self) => {
        self.nextState("b");
        self.nextState("c");
      });
      expect(await machine.call.state()).toBe("c");
      expect(log).toEqual(["enter a from a"]);
      await system.stop();
    });

    test("a handler that throws after nextState changes nothing", async () => {
      const { system, log, machine } = await started();
      await rejection(
        machine.call.run((self) => {
          self.nextState("b");
          throw new Error("after all");
        }),
      );
      expect(log).toEqual(["enter a from a"]);
      await system.stop();
    });

    test("an unknown state crashes with a TypeError that names those there are", async () => {
      const { system, go } = await started();
      expect((await rejection(go("nowhere"))).cause).toEqual(
        new TypeError('diary#2 has no state "nowhere": its states are a, b, c'),
      );
      const Lost = stateMachine({
        id: "lost",
        init: () => ({ state: "nowhere" as "x", data: 0 }),
        states: { x: {} },
      });
      expect((await rejection(system.start(Lost))).cause).toEqual(
        new TypeError('lost has no state "nowhere": its states are x'),
      );
      await system.stop();
    });

    test("observers are told of each change, and the view shows it", async () => {
      const { system, clock, machine, go } = await started();
      const states: SystemEvent[] = [];
      system.observe((event) => {
        if (event.type === "state") states.push(event);
      });
      const seen: unknown[] = [];
      machine.subscribe(() => seen.push(machine.getSnapshot()));
      await go("b");
      await clock.settle();
      await go("b");
      expect(states).toMatchObject([{ from: "a", to: "b" }]);
      expect(seen).toEqual(["b 2"]);
      await system.stop();
    });
  });

  describe("postponed events", () => {
    test("SM-2: they come again after the change: enter, then oldest first, then newer mail", async () => {
      const { system, clock, log, machine } = await started();
      for (const n of [1, 2, 3]) machine.cast.event(n);
      machine.cast.run((self) => self.nextState("b"));
      machine.cast.event(4);
      await clock.settle();
      expect(log).toEqual([
        "enter a from a",
        "enter b from a",
        "b got 1",
        "b got 2",
        "b got 3",
        "b got 4",
      ]);
      await system.stop();
    });

    test("SM-2: the same state replays nothing", async () => {
      const { system, clock, log, machine, go } = await started();
      machine.cast.event(1);
      await go("a");
      await clock.settle();
      expect(log).toEqual(["enter a from a"]);
      await system.stop();
    });

    test("SM-2: events that are postponed again keep their order over further changes", async () => {
      const { system, clock, log, machine } = await started();
      const Twice = stateMachine({
        id: "twice",
        init: () => ({ state: "one", data: 0 }),
        states: {
          one: { cast: { event: postpone, go: (self) => self.nextState("two") } },
          two: {
            cast: {
              event: (self, n: number) => {
                if (n === 2) {
                  self.nextState("three");
                  log.push("two got 2");
                  return undefined;
                }
                return postpone;
              },
            },
          },
          three: { cast: { event: (_self, n: number) => void log.push(`three got ${n}`) } },
        },
      });
      const twice = await system.start(Twice);
      for (const n of [1, 2, 3]) twice.cast.event(n);
      twice.cast.go();
      twice.cast.event(4);
      await clock.settle();
      expect(log.slice(1)).toEqual(["two got 2", "three got 1", "three got 3", "three got 4"]);
      machine.kill();
      await system.stop();
    });

    test("C-5: a postponed call is answered later, and rejects with the reason at the end", async () => {
      const { system, clock, machine, go } = await started();
      const ask = machine.call.ask(21);
      await go("b");
      expect(await ask).toBe(42);
      await go("a");
      const last = rejection(machine.call.ask(1));
      await clock.settle();
      await machine.stop({ shutdown: "done" });
      expect(await last).toMatchObject({ code: "actor-exit", reason: { shutdown: "done" } });
      await system.stop();
    });

    test("C-3: a postponed call that was given up is not handled later", async () => {
      const { system, clock, machine, go } = await started();
      const late = rejection(machine.with({ timeoutMs: 10 }).call.ask(1));
      await clock.advance(10);
      expect(await late).toMatchObject({ code: "call-timeout" });
      await go("b");
      expect(await machine.call.ask(2)).toBe(4);
      await system.stop();
    });
  });

  describe("the state timeout", () => {
    test("SM-3: it fires once, stateTimeoutMs after the change", async () => {
      const { system, clock, log, go } = await started();
      await go("b", { stateTimeoutMs: 100 });
      await clock.advance(99);
      expect(log).not.toContain("timeout b");
      await clock.advance(1);
      expect(log.at(-1)).toBe("timeout b");
      await clock.advance(1_000);
      expect(log.filter((line) => line.startsWith("timeout"))).toHaveLength(1);
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("SM-3: a change cancels it, the same state keeps it, a new time replaces it", async () => {
      const { system, clock, log, go } = await started();
      await go("b", { stateTimeoutMs: 100 });
      await go("c");
      await clock.advance(200);
      expect(log.filter((line) => line.startsWith("timeout"))).toEqual([]);
      await go("b", { stateTimeoutMs: 100 });
      await clock.advance(50);
      await go("b");
      await clock.advance(50);
      expect(log.at(-1)).toBe("timeout b");
      await go("b", { stateTimeoutMs: 100 });
      await clock.advance(50);
      await go("b", { stateTimeoutMs: 100 });
      await clock.advance(99);
      expect(log.filter((line) => line === "timeout b")).toHaveLength(1);
      await clock.advance(1);
      expect(log.filter((line) => line === "timeout b")).toHaveLength(2);
      await system.stop();
    });

    test("SM-3: self.stateTimeout sets, moves and with Infinity cancels it", async () => {
      const { system, clock, log, machine } = await started();
      const set = (ms: number) => machine.call.run((self) => self.stateTimeout(ms));
      await set(100);
      await set(300);
      await clock.advance(200);
      expect(log).toHaveLength(1);
      await set(Number.POSITIVE_INFINITY);
      await clock.advance(1_000);
      expect(log).toHaveLength(1);
      expect(clock.timers).toBe(0);
      await set(5);
      await clock.advance(5);
      expect(log.slice(1)).toEqual(["timeout a", "enter b from a"]);
      expect((await rejection(set(-1))).cause).toBeInstanceOf(RangeError);
      await system.stop();
    });

    test("SM-3: one that has fired but not been handled is void after a change", async () => {
      const { system, clock, log, machine } = await started();
      const gate = latch();
      const call = machine.call.run(async (self) => {
        self.stateTimeout(10);
        await gate.promise;
        self.nextState("c");
      });
      await clock.advance(20);
      gate.resolve();
      await call;
      await clock.settle();
      expect(log).toEqual(["enter a from a"]);
      await system.stop();
    });

    test("SM-4: a zero timeout comes after postponed events and before queued mail", async () => {
      const { system, clock, log, machine } = await started();
      machine.cast.event(1);
      machine.cast.run((self) => self.nextState("b", { stateTimeoutMs: 0 }));
      machine.cast.event(2);
      await clock.settle();
      expect(log.slice(1)).toEqual(["enter b from a", "b got 1", "timeout b", "b got 2"]);
      expect(clock.timers).toBe(0);
      await system.stop();
    });
  });

  describe("events without a handler", () => {
    test("always is tried when the state has none, and the state's own wins", async () => {
      const { system, clock, log, machine, go } = await started();
      machine.cast.other(1);
      machine.send("hello");
      await go("b");
      machine.cast.other(2);
      await clock.settle();
      expect(log).toEqual(["enter a from a", "a got 1", "info message", "enter b from a"]);
      await system.stop();
    });

    test("SM-6: a call rejects with NotInState and the machine lives on", async () => {
      const { system, machine, go } = await started();
      await go("b");
      const error = await rejection(machine.call.onlyA());
      expect(error).toBeInstanceOf(NotInState);
      expect(error).toMatchObject({
        code: "not-in-state",
        process: "diary#2",
        handler: "onlyA",
        state: "b",
        message:
          "Cannot call diary#2.onlyA in state b: it is handled in a; " +
          "postpone it in b, or handle it in always",
      });
      expect(await machine.call.state()).toBe("b");
      await system.stop();
    });

    test("SM-6: a cast is dropped, and observers are told", async () => {
      const Picky = stateMachine({
        id: "picky",
        init: () => ({ state: "off", data: 0 }),
        states: { off: {}, on: { cast: { go: () => {} } } },
      });
      const { system, clock } = testSystem();
      const dropped: SystemEvent[] = [];
      system.observe((event) => {
        if (event.type === "dropped") dropped.push(event);
      });
      const picky = await system.start(Picky);
      expect(picky.cast.go()).toBe(true);
      await clock.settle();
      expect(dropped).toMatchObject([{ handler: "go", process: { behaviour: "picky" } }]);
      expect(picky.status).toBe("live");
      await system.stop();
    });
  });

  test("terminate runs with the last state and data", async () => {
    let last: unknown;
    const Ends = stateMachine({
      id: "ends",
      init: async () => ({ state: "x", data: { n: 0 } }),
      states: { x: { cast: { go: (self) => self.nextState("y") } }, y: {} },
      terminate: (self, reason) => {
        last = [self.state, self.data, reason];
      },
    });
    const { system } = testSystem();
    const ends = await system.start(Ends);
    ends.cast.go();
    await ends.stop();
    expect(last).toEqual(["y", { n: 0 }, "normal"]);
    await system.stop();
  });

  test("a definition that cannot work is refused when it is written", async () => {
    const made = (definition: object) =>
      thrown(() =>
        stateMachine({
          id: "bad",
          init: () => ({ state: "x", data: 0 }),
          states: { x: {} },
          ...definition,
        } as never),
      );
    expect(made({ states: {} })).toEqual(
      new TypeError("states of bad is {}: it must be an object with a state in it"),
    );
    expect(made({ states: { x: 3 } })).toEqual(
      new TypeError("state x of bad is 3: it must be an object of handlers"),
    );
    expect(made({ states: { x: { cast: { go: 3 } } } })).toEqual(
      new TypeError("cast of state x of bad.go is 3: it must be a function"),
    );
    expect(made({ states: { x: { enter: 3 } } })).toEqual(
      new TypeError("enter of state x of bad is 3: it must be a function"),
    );
    expect(made({ init: undefined }).message).toBe(
      "init of bad is undefined: it must be a function",
    );
    expect(made({ id: 3 })).toBeInstanceOf(TypeError);
    const { system } = testSystem();
    const Empty = stateMachine({ id: "empty", init: () => null as never, states: { x: {} } });
    expect((await rejection(system.start(Empty))).cause).toEqual(
      new TypeError("init of empty gave null: it must give { state, data }"),
    );
    await system.stop();
  });
});
