// What a state machine promises of its own events: inserted ones, timeouts of each kind, repeated states,
// the end. Owns SM-1 to SM-6 where state-machine.suite.ts does not, on virtual time.
// The traces of gen_statem, in test/conformance, hold the order of all of it together.

import {
  type From,
  type MachineSelf,
  postpone,
  type SystemEvent,
  stateMachine,
  sys,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { latch, rejection, thrown } from "../kernel/probes.js";

type Self = MachineSelf<Log, "a" | "b" | "c">;
type Step = (self: Self) => unknown;
interface Log {
  readonly log: string[];
  /** What `enter` of b does. */
  readonly enterB: Step | undefined;
}

/** Says in its log what it handles; a cast or call `run` does what a test wants. */
const Scripted = stateMachine({
  id: "scripted",
  init: (self, log: string[] = [], enterB?: Step, begin?: Step) => {
    begin?.(self as Self);
    return { state: "a", data: { log, enterB } as Log };
  },
  states: {
    a: {
      enter: (self, from) => void self.data.log.push(`enter a from ${from}`),
      cast: { later: postpone },
      call: { ask: postpone },
      internal: { later: postpone },
      timeout: { later: postpone },
    },
    b: {
      enter(self, from) {
        self.data.log.push(`enter b from ${from}`);
        return self.data.enterB?.(self);
      },
      call: { ask: () => "b" },
      internal: { onlyB: () => {} },
    },
    c: {},
  },
  always: {
    call: { run: (self, step: Step) => step(self) as string | undefined },
    cast: {
      run: (self, step: Step) => void step(self),
      later: (self, n: number) => void self.data.log.push(`cast ${n}`),
      say: (self, text: string) => void self.data.log.push(text),
    },
    info: (self, message) =>
      void (message.type === "message" && self.data.log.push(`info ${message.message}`)),
    internal: {
      run: (self, step: Step) => void step(self),
      say: (self, ...texts: string[]) => void self.data.log.push(`internal ${texts.join(" ")}`),
      later: (self) => void self.data.log.push("internal later"),
    },
    stateTimeout: (self, payload) => void self.data.log.push(`state timeout ${payload}`),
    eventTimeout: (self, payload) => void self.data.log.push(`event timeout ${payload}`),
    timeout: {
      one: (self, payload) => void self.data.log.push(`timeout one ${payload}`),
      two: (self, payload) => void self.data.log.push(`timeout two ${payload}`),
      later: (self) => void self.data.log.push("timeout later"),
    },
  },
});

export const suite = defineSuite("stateMachine: events", ({ describe, test, expect }) => {
  async function started(enterB?: Step, begin?: Step) {
    const made = testSystem({ onCrash: () => {} });
    const log: string[] = [];
    const machine = await made.system.start(Scripted, log, enterB, begin);
    await made.clock.settle();
    log.length = 0;
    /** Runs a step in a cast, and everything that follows at once. */
    const run = async (step: Step): Promise<string[]> => {
      machine.cast.run(step);
      await made.clock.settle();
      return log.splice(0);
    };
    const after = async (ms: number): Promise<string[]> => {
      await made.clock.advance(ms);
      return log.splice(0);
    };
    return { ...made, log, machine, run, after };
  }

  describe("inserted events", () => {
    test("SM-2: they come in list order, before those that were inserted earlier and before the mail", async () => {
      const { system, machine, run } = await started();
      const seen = run((self) => {
        self.nextEvent("internal", "run", (inner: Self) => inner.nextEvent("internal", "say", "3"));
        self.nextEvent("internal", "say", "4", "and 5");
      });
      machine.cast.say("mail");
      expect(await seen).toEqual(["internal 3", "internal 4 and 5", "mail"]);
      await system.stop();
    });

    test("SM-2: each type comes as what it is", async () => {
      const { system, run } = await started();
      const seen = await run((self) => {
        self.nextEvent("cast", "say", "cast");
        self.nextEvent("info", "x");
        self.nextEvent("stateTimeout", 1);
        self.nextEvent("eventTimeout", 2);
        self.nextEvent("timeout", "one", 3);
      });
      expect(seen).toEqual([
        "cast",
        "info x",
        "state timeout 1",
        "event timeout 2",
        "timeout one 3",
      ]);
      await system.stop();
    });

    test("SM-2: after a change come enter, what was inserted, what was postponed, and then the mail", async () => {
      const { system, clock, machine, log, run } = await started();
      machine.cast.later(1);
      await clock.settle();
      machine.cast.run((self) => {
        self.nextState("b");
        self.nextEvent("internal", "say", "inserted");
      });
      machine.cast.say("mail");
      await clock.settle();
      expect(log.splice(0)).toEqual(["enter b from a", "internal inserted", "cast 1", "mail"]);
      expect(await run(() => {})).toEqual([]);
      await system.stop();
    });

    test("SM-2: internal events and timeouts are postponed as others are", async () => {
      const { system, after, run } = await started();
      expect(
        await run((self) => {
          self.nextEvent("internal", "later");
          self.timeout("later", 10);
        }),
      ).toEqual([]);
      expect(await after(10)).toEqual([]);
      expect(await run((self) => self.nextState("b"))).toEqual([
        "enter b from a",
        "internal later",
        "timeout later",
      ]);
      await system.stop();
    });

    test("SM-2: a hundred thousand postponed events come again, in order", async () => {
      const { system, clock, machine, log } = await started();
      for (let n = 0; n < 100_000; n++) machine.cast.later(n);
      machine.cast.run((self) => self.nextState("b"));
      await clock.settle();
      expect(log).toHaveLength(100_001);
      expect([log[1], log.at(-1)]).toEqual(["cast 0", "cast 99999"]);
      await system.stop();
    });

    test("a name that nothing handles, or a type there is not, is refused at once with those there are", async () => {
      const { system, machine } = await started();
      const refused = async (step: Step) =>
        (await machine.call.run((self) => thrown(() => step(self)).message)) as string;
      expect(await refused((self) => self.nextEvent("internal", "sai"))).toBe(
        'scripted#2 has no internal handler "sai": there are later, onlyB, run, say',
      );
      expect(await refused((self) => self.nextEvent("cast", "ask"))).toContain(
        "has no cast handler",
      );
      expect(await refused((self) => self.timeout("three", 5))).toBe(
        'scripted#2 has no timeout handler "three": there are later, one, two',
      );
      expect(await refused((self) => self.nextEvent("call" as never))).toContain(
        "it must be internal, cast, info, stateTimeout, eventTimeout or timeout",
      );
      expect(await refused((self) => self.stateTimeout("soon" as never))).toBe(
        'The time of stateTimeout is "soon": it must be milliseconds, "cancel" or "update"',
      );
      expect(await refused((self) => self.timeout("one", Number.NaN))).toContain(
        "timeout one is NaN",
      );
      expect(await refused((self) => self.eventTimeout(-1))).toContain("eventTimeout is -1");
      await system.stop();
    });

    test("SM-6: an internal event or a timeout that this state does not handle is dropped, and told", async () => {
      const Picky = stateMachine({
        id: "picky",
        init: (self) => {
          self.nextEvent("internal", "onlyOn");
          self.timeout("onlyOn", 5);
          return { state: "off", data: 0 };
        },
        states: { off: {}, on: { internal: { onlyOn: () => {} }, timeout: { onlyOn: () => {} } } },
      });
      const { system, clock } = testSystem();
      const dropped: string[] = [];
      system.observe((event) => {
        if (event.type === "dropped") dropped.push(event.handler);
      });
      const picky = await system.start(Picky);
      await clock.advance(5);
      expect(dropped).toEqual(["onlyOn", "onlyOn"]);
      expect(picky.status).toBe("live");
      await system.stop();
    });
  });

  describe("enter and repeatState", () => {
    test("SM-1: repeatState runs enter again, with the state itself, and replays nothing", async () => {
      const { system, machine, run } = await started();
      machine.cast.later(1);
      expect(await run((self) => self.repeatState())).toEqual(["enter a from a"]);
      expect(await run((self) => self.nextState("b"))).toEqual(["enter b from a", "cast 1"]);
      await system.stop();
    });

    test("SM-1: repeatState keeps the state timeout", async () => {
      const { system, run, after } = await started();
      await run((self) => self.stateTimeout(10, "kept"));
      await run((self) => self.repeatState());
      expect(await after(10)).toEqual(["state timeout kept"]);
      await system.stop();
    });

    test("SM-1: enter may repeat itself, and gets the same old state, synchronous or not", async () => {
      for (const asynchronous of [false, true]) {
        let left = 2;
        const { system, run } = await started((self) => {
          if (left-- > 0) self.repeatState();
          return asynchronous ? Promise.resolve() : undefined;
        });
        expect(await run((self) => self.nextState("b"))).toEqual(Array(3).fill("enter b from a"));
        await system.stop();
      }
    });

    test("SM-1: enter may not postpone, insert or change the state; it may name the state it is in", async () => {
      const crimes: [Step, string][] = [
        [(self) => self.nextEvent("internal", "say"), "Cannot insert an event from enter of b"],
        [(self) => self.postpone(), "Cannot postpone enter of b"],
        [() => postpone, "Cannot postpone enter of b"],
        [(self) => self.nextState("c"), "Cannot go to state c from enter of b"],
      ];
      for (const [crime, message] of crimes) {
        const { system, clock, machine } = await started(crime);
        const failed: unknown[] = [];
        system.observe((event) => {
          if (event.type === "stopped") failed.push(event.reason);
        });
        machine.cast.run((self) => self.nextState("b"));
        await clock.settle();
        expect(failed).toMatchObject([{ name: "TypeError" }]);
        expect((failed[0] as Error).message).toContain(message);
        await system.stop();
      }
      const { system, run, machine } = await started((self) => {
        self.nextState("b");
        self.postpone(false);
      });
      expect(await run((self) => self.nextState("b"))).toEqual(["enter b from a"]);
      expect(machine.status).toBe("live");
      await system.stop();
    });

    test("SM-1: enter may reply, set timeouts and stop", async () => {
      let from: From | undefined;
      const { system, machine, after, clock } = await started((self) => {
        if (from !== undefined) self.reply(from, "from enter");
        self.timeout("one", 5, "set in enter");
        self.timeout("two", 7);
      });
      const call = machine.call.run((self) => {
        from = self.from;
        self.timeout("two", 5);
        self.nextState("b");
        return self.replyLater<string>();
      });
      expect(await call).toBe("from enter");
      // Of several of one kind in a transition, the last counts.
      expect((await after(5)).slice(-1)).toEqual(["timeout one set in enter"]);
      expect(await after(2)).toEqual(["timeout two undefined"]);
      await machine.stop();
      const other = await started((self) => self.stop({ shutdown: "done" }));
      other.machine.cast.run((self) => self.nextState("b"));
      await other.clock.settle();
      expect(other.machine.status).toBe("down");
      await clock.settle();
      await system.stop();
      await other.system.stop();
    });
  });

  describe("timeouts", () => {
    test("SM-3: any event cancels the event timeout, a change of state does not cancel a named one", async () => {
      const { system, machine, run, after } = await started();
      await run((self) => {
        self.eventTimeout(10, "idle");
        self.timeout("one", 20, 1);
      });
      expect(await after(9)).toEqual([]);
      machine.cast.say("event");
      expect(await after(9)).toEqual(["event"]);
      await run((self) => self.nextState("b", { eventTimeoutMs: 1 }));
      expect(await after(2)).toEqual(["event timeout undefined", "timeout one 1"]);
      await system.stop();
    });

    test("SM-3: a named timeout is one for each name: set again it moves, cancelled it does not come", async () => {
      const { system, clock, run, after } = await started();
      await run((self) => self.nextState("a", { timeoutsMs: { one: 10, two: 10 } }));
      await run((self) => self.timeout("one", 20, "moved"));
      await run((self) => self.timeout("two", "cancel"));
      expect(await after(15)).toEqual([]);
      expect(await after(10)).toEqual(["timeout one moved"]);
      await run((self) => self.timeout("one", 5));
      await run((self) => self.timeout("one", Number.POSITIVE_INFINITY));
      expect(await after(10)).toEqual([]);
      expect(clock.timers).toBe(0);
      await system.stop();
    });

    test("SM-3: update changes the payload and keeps the time; of one that does not run it is due now", async () => {
      const { system, run, after } = await started();
      await run((self) => self.stateTimeout(10, "old"));
      await after(5);
      await run((self) => self.stateTimeout("update", "new"));
      expect(await after(5)).toEqual(["state timeout new"]);
      expect(await run((self) => self.stateTimeout("update", "now"))).toEqual([
        "state timeout now",
      ]);
      await system.stop();
    });

    test("SM-3: one that is due but not handled yet is void once it is cancelled or set again", async () => {
      const { system, clock, machine, log, run } = await started();
      await run((self) => self.timeout("one", 10, "old"));
      const gate = latch();
      const call = machine.call.run((self) =>
        gate.promise.then(() => void self.timeout("one", 10, "new")),
      );
      await clock.advance(20);
      gate.resolve();
      await call;
      await clock.settle();
      expect(log).toEqual([]);
      await clock.advance(10);
      expect(log).toEqual(["timeout one new"]);
      await system.stop();
    });

    test("SM-4: zero timeouts come in the order they were set, after what is inserted, before the mail", async () => {
      const { system, clock, machine, log } = await started();
      machine.cast.run((self) => {
        self.timeout("one", 0, "x");
        self.stateTimeout(0, "y");
        self.timeout("two", 0, "z");
        self.timeout("one", 0, "again, so last");
        self.eventTimeout(0, "never: others come first");
        self.nextEvent("internal", "say", "inserted");
      });
      machine.cast.say("mail");
      await clock.settle();
      expect(log).toEqual([
        "internal inserted",
        "state timeout y",
        "timeout two z",
        "timeout one again, so last",
        "mail",
      ]);
      await system.stop();
    });

    test("SM-4: an event timeout of 0 ms comes if nothing else does first", async () => {
      const { system, run } = await started();
      expect(await run((self) => self.eventTimeout(0, "alone"))).toEqual(["event timeout alone"]);
      await system.stop();
    });

    test("init may set timeouts and insert events: they come after the first enter", async () => {
      const { system, clock } = testSystem();
      const log: string[] = [];
      await system.start(Scripted, log, undefined, (self) => {
        self.nextEvent("internal", "say", "first");
        self.stateTimeout(0, "zero");
        self.timeout("one", 5, "five");
      });
      await clock.advance(5);
      expect(log).toEqual([
        "enter a from a",
        "internal first",
        "state timeout zero",
        "timeout one five",
      ]);
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("outside of a handler, timeouts and inserted events are done at once", async () => {
      const { system, machine, after } = await started();
      let kept: Self | undefined;
      await machine.call.run((self) => {
        kept = self;
      });
      kept?.timeout("one", 10, "outside");
      kept?.nextEvent("internal", "say", "outside");
      expect(await after(10)).toEqual(["internal outside", "timeout one outside"]);
      await system.stop();
    });
  });

  describe("postponing", () => {
    test("SM-2: self.postpone does what returning postpone does, also after an await; false takes it back", async () => {
      const Waits = stateMachine({
        id: "waits",
        init: () => ({ state: "shut", data: [] as string[] }),
        states: {
          shut: {
            call: {
              async ask(self, on: boolean) {
                await null;
                self.postpone();
                if (!on) self.postpone(false);
                return "shut";
              },
            },
            cast: { open: (self) => self.nextState("open") },
          },
          open: { call: { ask: () => "open" } },
        },
      });
      const { system } = testSystem();
      const waits = await system.start(Waits);
      expect(await waits.call.ask(false)).toBe("shut");
      const later = waits.call.ask(true);
      waits.cast.open();
      expect(await later).toBe("open");
      await system.stop();
    });

    test("SM-2: a call that was answered and postponed comes again, and its second answer goes nowhere", async () => {
      const replies: unknown[] = [];
      const Twice = stateMachine({
        id: "twice",
        init: () => ({ state: "x", data: 0 }),
        states: {
          x: {
            call: {
              ask(self) {
                replies.push(self.reply(self.from, "first"));
                self.postpone();
              },
            },
            cast: { go: (self) => self.nextState("y") },
          },
          y: { call: { ask: (self) => void replies.push(self.reply(self.from, "second")) } },
        },
      });
      const { system, clock } = testSystem();
      const twice = await system.start(Twice);
      expect(await twice.call.ask()).toBe("first");
      twice.cast.go();
      await clock.settle();
      expect(replies).toEqual([true, false]);
      await system.stop();
    });
  });

  describe("the end", () => {
    test("SM-5: stopAndReply answers the caller; the others reject with the reason", async () => {
      const { system, machine, clock } = await started();
      const waiting = rejection(machine.call.ask());
      await clock.settle();
      expect(await machine.call.run((self) => self.stopAndReply({ shutdown: "bye" }, "last"))).toBe(
        "last",
      );
      expect(await waiting).toMatchObject({ reason: { shutdown: "bye" } });
      await system.stop();
    });

    test("SM-5: a machine that stops enters no state any more", async () => {
      const { system, machine, run } = await started();
      const seen = await run((self) => {
        self.nextState("b");
        self.nextEvent("internal", "say", "never");
        self.stateTimeout(0);
        self.hibernate();
        self.stop("shutdown");
      });
      expect(seen).toEqual([]);
      expect(machine.status).toBe("down");
      await system.stop();
    });

    test("SM-5: a crash report lists the last event, the postponed and the queued ones", async () => {
      const { system, clock, machine } = await started();
      const reports: SystemEvent[] = [];
      system.observe((event) => {
        if (event.type === "crashReport") reports.push(event);
      });
      machine.cast.later(1);
      void rejection(machine.call.ask());
      await clock.settle();
      const step: Step = (self) => {
        self.nextEvent("internal", "say", "1");
        self.nextEvent("cast", "run", fail);
        self.nextEvent("internal", "say", "2");
        self.timeout("one", 0, "zero");
      };
      const fail: Step = () => {
        throw new Error("bug");
      };
      machine.cast.run(step);
      machine.cast.say("mail");
      machine.send("hello");
      await clock.settle();
      expect(reports).toHaveLength(1);
      expect(reports[0]).toMatchObject({
        process: { behaviour: "scripted" },
        reason: { message: "bug" },
        state: "a",
        last: { type: "cast", name: "run", args: [fail] },
        postponed: [
          { type: "cast", name: "later", args: [1] },
          { type: "call", name: "ask", args: [] },
        ],
        queued: [
          { type: "internal", name: "say", args: ["2"] },
          { type: "timeout", name: "one", args: ["zero"] },
          { type: "cast", name: "say", args: ["mail"] },
          { type: "info", name: "message", args: [{ type: "message", message: "hello" }] },
        ],
      });
      await system.stop();
    });

    test("sys sees the state and the data, and puts no machine into a state that it does not have", async () => {
      const { system, machine, log } = await started();
      expect(await sys.getState(machine)).toEqual({ state: "a", data: { log, enterB: undefined } });
      const put = (state: string) =>
        sys.replaceState(machine, () => ({ state, data: { log: [] } }));
      expect(await rejection(put("nowhere"))).toEqual(
        new TypeError('scripted#2 has no state "nowhere": its states are a, b, c'),
      );
      expect(machine.status).toBe("live");
      await system.stop();
    });

    test("terminate after a failed handler sees the state it had decided on, and its data", async () => {
      let last: unknown;
      const Fails = stateMachine({
        id: "fails",
        init: () => ({ state: "x", data: 1 }),
        states: {
          x: {
            cast: {
              go(self) {
                self.data = 2;
                self.nextState("y");
                throw new Error("after all");
              },
            },
          },
          y: {},
        },
        terminate: (self) => {
          last = [self.state, self.data];
        },
      });
      const { system, clock } = testSystem({ onCrash: () => {} });
      const fails = await system.start(Fails);
      fails.cast.go();
      await clock.settle();
      expect(last).toEqual(["y", 2]);
      await system.stop();
    });
  });
});
