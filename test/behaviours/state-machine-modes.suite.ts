// Whose handlers a state machine runs: `handleEvent`, and another machine's after a hand-over. Owns SM-7
// and SM-8, on virtual time. What handlers can ask for is state-machine-events.suite.ts.

import {
  changeBehaviour,
  genServer,
  type MachineSelf,
  popBehaviour,
  postpone,
  pushBehaviour,
  signature,
  stateMachine,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { thrown } from "../kernel/probes.js";

type Step = (self: MachineSelf<string[], "x" | "y">) => unknown;

/** What handles, by name: whoever of the three machines it is. */
const says = (name: string) =>
  stateMachine({
    id: name,
    init: (_self, log: string[]) => ({ state: "x", data: log }),
    states: {
      x: { enter: (self, from) => void self.data.push(`${name}: enter x from ${from}`) },
      y: { enter: (self, from) => void self.data.push(`${name}: enter y from ${from}`) },
    },
    always: {
      call: { who: () => name },
      cast: {
        run: (self, step: Step) => {
          self.data.push(`${name}: run`);
          step(self);
        },
      },
      stateTimeout: (self) => void self.data.push(`${name}: state timeout`),
    },
    terminate: (self) => void self.data.push(`${name}: terminate`),
    view: (state) => `${name} ${state}`,
  });
const First = says("first");
const Second = says("second");
const Other = stateMachine({
  id: "other",
  init: () => ({ state: "z", data: 0 }),
  states: { z: {} },
});

export const suite = defineSuite("stateMachine: modes", ({ describe, test, expect }) => {
  describe("hand-over", () => {
    async function started() {
      const made = testSystem({ onCrash: () => {} });
      const log: string[] = [];
      const machine = await made.system.start(First, log);
      const run = async (step: Step): Promise<string[]> => {
        log.length = 0;
        machine.cast.run(step);
        await made.clock.settle();
        return log;
      };
      return { ...made, log, machine, run };
    }

    test("SM-8: from the next event on the other's handlers run; enter only if the state changes", async () => {
      const { system, machine, run } = await started();
      expect(await run((self) => changeBehaviour(self, Second))).toEqual(["first: run"]);
      expect(await machine.call.who()).toBe("second");
      expect(await run((self) => self.nextState("y"))).toEqual([
        "second: run",
        "second: enter y from x",
      ]);
      expect(
        await run((self) => {
          changeBehaviour(self, First);
          self.nextState("x");
        }),
      ).toEqual(["second: run", "first: enter x from y"]);
      await system.stop();
    });

    test("SM-8: state, data and timeouts stay, and so do the terminate and the view it began with", async () => {
      const { system, clock, machine, log, run } = await started();
      await run((self) => {
        self.stateTimeout(10);
        pushBehaviour(self, Second);
      });
      await clock.advance(10);
      expect(log.at(-1)).toBe("second: state timeout");
      expect(machine.getSnapshot()).toBe("first x");
      await machine.stop();
      expect(log.at(-1)).toBe("first: terminate");
      await system.stop();
    });

    test("SM-8: what was pushed is popped, the last one first", async () => {
      const { system, machine, run } = await started();
      await run((self) => pushBehaviour(self, Second));
      await run((self) => pushBehaviour(self, First));
      await run((self) => popBehaviour(self));
      expect(await machine.call.who()).toBe("second");
      await run((self) => popBehaviour(self));
      expect(await machine.call.who()).toBe("first");
      let error: Error | undefined;
      await run((self) => {
        error = thrown(() => popBehaviour(self));
      });
      expect(error).toEqual(
        new TypeError("Cannot come back from first: nothing was pushed before"),
      );
      await system.stop();
    });

    test("SM-8: what is no machine is refused at once, and a machine without the state crashes by name", async () => {
      const { system, run } = await started();
      const Plain = genServer({ id: "plain", init: () => 0 });
      let error: Error | undefined;
      await run((self) => {
        error = thrown(() => changeBehaviour(self, Plain as never));
      });
      expect(error).toEqual(new TypeError("Cannot hand over to plain: it is no state machine"));
      const reasons: unknown[] = [];
      system.observe((event) => {
        if (event.type === "stopped") reasons.push(event.reason);
      });
      await run((self) => changeBehaviour(self, Other));
      expect(reasons).toMatchObject([
        { name: "TypeError", message: 'other has no state "x": its states are z' },
      ]);
      await system.stop();
    });
  });

  describe("handleEvent", () => {
    const Lock = stateMachine({
      id: "lock",
      init: (_self, log: unknown[]) => ({ state: "shut", data: log }),
      states: { shut: { cast: { own: (self) => void self.data.push("own") } }, open: {} },
      events: {
        call: { unlock: signature<[code: string], boolean>(), name: signature<[], string>() },
        cast: { push: signature<[hard: number]>() },
      },
      stateEnter: true,
      handleEvent(self, event) {
        self.data.push([self.state, event]);
        if (event.type === "call" && event.name === "unlock") {
          if (event.args[0] !== "1234") return false;
          self.nextState("open", { stateTimeoutMs: 10 });
          self.nextEvent("internal", "any", 1);
          self.timeout("any", 5, "p");
          return true;
        }
        if (event.type === "call" && self.state === "shut") return postpone;
        if (event.type === "call") return "open";
        if (event.type === "stateTimeout") self.nextState("shut");
        return undefined;
      },
    });

    test("SM-7: it gets every event that no state handles, with its type, and its returns are replies", async () => {
      const { system, clock } = testSystem();
      const log: unknown[] = [];
      const lock = await system.start(Lock, log);
      expect(await lock.call.unlock("no")).toBe(false);
      const name = lock.call.name();
      expect(await lock.call.unlock("1234")).toBe(true);
      expect(await name).toBe("open");
      lock.cast.push(2);
      lock.send("hi");
      await clock.advance(10);
      lock.cast.own();
      await clock.settle();
      expect(log).toEqual([
        ["shut", { type: "enter", from: "shut" }],
        ["shut", { type: "call", name: "unlock", args: ["no"] }],
        ["shut", { type: "call", name: "name", args: [] }],
        ["shut", { type: "call", name: "unlock", args: ["1234"] }],
        ["open", { type: "enter", from: "shut" }],
        ["open", { type: "internal", name: "any", args: [1] }],
        ["open", { type: "call", name: "name", args: [] }],
        ["open", { type: "cast", name: "push", args: [2] }],
        ["open", { type: "info", message: { type: "message", message: "hi" } }],
        ["open", { type: "timeout", name: "any", payload: "p" }],
        ["open", { type: "stateTimeout", payload: undefined }],
        ["shut", { type: "enter", from: "open" }],
        "own",
      ]);
      await system.stop();
    });

    test("a definition that cannot work is refused when it is written", () => {
      const made = (definition: object) =>
        thrown(() =>
          stateMachine({
            id: "bad",
            init: () => ({ state: "x", data: 0 }),
            states: { x: {} },
            ...definition,
          } as never),
        ).message;
      expect(made({ handleEvent: 3 })).toBe("handleEvent of bad is 3: it must be a function");
      expect(made({ stateEnter: true })).toContain("no handleEvent");
      expect(made({ events: { call: { go: signature() } } })).toContain("no handleEvent");
      expect(made({ events: { call: { go: () => {} } }, handleEvent: () => {} })).toBe(
        "call of events of bad.go is function go: it must be signature()",
      );
      expect(made({ states: { x: { timeout: { go: 3 } } } })).toBe(
        "timeout of state x of bad.go is 3: it must be a function",
      );
      expect(made({ states: { x: { eventTimeout: "no" } } })).toBe(
        'eventTimeout of state x of bad is "no": it must be a function',
      );
    });
  });
});
