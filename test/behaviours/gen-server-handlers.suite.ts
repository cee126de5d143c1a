// The handlers of a server: continue, info, accepts, and what a definition may not say.
// Owns GS-2 to GS-5 beyond what calls.suite.ts proves, on virtual time, and the bad input of
// genServer.

import { genServer, type StandardSchema } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { latch, rejection, thrown } from "../kernel/probes.js";

const numeric: StandardSchema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      Number.isFinite(Number(value))
        ? { value: Number(value) }
        : { issues: [{ message: "not a number" }] },
  },
};

export const suite = defineSuite("genServer handlers", ({ describe, test, expect }) => {
  describe("continue", () => {
    const Steps = genServer({
      id: "steps",
      init: (self, log: string[]) => {
        self.continue("step", "from init");
        return { log };
      },
      continue: {
        step(self, name: string) {
          self.state.log.push(name);
          if (name === "a") self.continue("step", "a.1");
          if (name === "a") self.continue("step", "a.2");
        },
        bare(self, ...args: unknown[]) {
          self.state.log.push(`bare ${args.length}`);
        },
      },
      call: {
        go: (self) => {
          for (const name of ["a", "b"]) self.continue("step", name);
          self.continue("bare");
          return "reply";
        },
        wrong: (self): void => self.continue("nope" as "step"),
      },
      cast: { mail: (self, name: string) => void self.state.log.push(name) },
    });

    test("GS-5: it runs right after init and before any message that waits", async () => {
      const { system } = testSystem();
      const log: string[] = [];
      const steps = system.launch(Steps, log);
      steps.cast.mail("mail");
      await steps.stop();
      expect(log).toEqual(["from init", "mail"]);
      await system.stop();
    });

    test("GS-5: several run in the order asked for, what they ask for first", async () => {
      const { system } = testSystem();
      const log: string[] = [];
      const steps = await system.start(Steps, log);
      const reply = steps.call.go();
      steps.cast.mail("mail");
      expect(await reply).toBe("reply");
      await steps.stop();
      expect(log).toEqual(["from init", "a", "a.1", "a.2", "b", "bare 0", "mail"]);
      await system.stop();
    });

    test("a name that is none crashes with a TypeError that lists those there are", async () => {
      const { system } = testSystem({ onCrash: () => {} });
      const steps = await system.start(Steps, []);
      expect((await rejection(steps.call.wrong())).cause).toEqual(
        new TypeError('Cannot continue with "nope": steps#2 has step, bare'),
      );
      await system.stop();
    });
  });

  test("arguments arrive as they were passed: none, one, undefined, many", async () => {
    const Echo = genServer({
      id: "echo",
      init: () => 0,
      call: { args: (_self, ...args: unknown[]) => args, first: (_self, n: number = 7) => n },
    });
    const { system } = testSystem();
    const echo = await system.start(Echo);
    for (const args of [[], [1], [undefined], [[1, 2]], [1, undefined, "x"]]) {
      expect(await echo.call.args(...args)).toEqual(args);
    }
    expect([await echo.call.first(), await echo.call.first(undefined)]).toEqual([7, 7]);
    await system.stop();
  });

  test("what is no handler cannot be reached by name", async () => {
    const { system } = testSystem();
    const bare = await system.start(genServer({ id: "bare", init: () => 0 }));
    for (const name of ["constructor", "toString", "then", "__proto__", "hasOwnProperty"]) {
      expect((bare.call as Record<string, unknown>)[name]).toBeUndefined();
      expect((bare.cast as Record<string, unknown>)[name]).toBeUndefined();
    }
    expect(await Promise.race([bare.call, "first"])).toBe(bare.call);
    await system.stop();
  });

  test("C-4: two handlers of one server never share its state, whatever they await", async () => {
    const { system } = testSystem();
    const Account = genServer({
      id: "account",
      init: () => ({ sum: 0 }),
      call: {
        async add(self, n: number) {
          const { sum } = self.state;
          await Promise.resolve();
          self.state = { sum: sum + n };
          return self.state.sum;
        },
      },
    });
    const account = await system.start(Account);
    await Promise.all(Array.from({ length: 50 }, () => account.call.add(1)));
    expect(await account.call.add(0)).toBe(50);
    await system.stop();
  });

  test("GS-2: an asynchronous info or cast that rejects crashes its server", async () => {
    const bug = new Error("late bug");
    const Late = genServer({
      id: "late",
      init: () => 0,
      cast: { fail: async () => Promise.reject(bug) },
      info: async () => Promise.reject(bug),
    });
    const { system, clock } = testSystem();
    for (const send of ["cast", "info"]) {
      const late = await system.start(Late);
      if (send === "cast") late.cast.fail();
      else late.send("x");
      await clock.settle();
      expect(late.status).toBe("down");
    }
    expect(clock.reported).toEqual([bug, bug]);
    await system.stop();
  });

  test("messages without an info handler are dropped in peace", async () => {
    const { system, clock } = testSystem();
    const deaf = await system.start(
      genServer({ id: "deaf", init: () => 0, call: { ok: () => true } }),
    );
    expect(deaf.send("anything")).toBe(true);
    expect(await deaf.call.ok()).toBe(true);
    expect(clock.reported).toEqual([]);
    await system.stop();
  });

  test("GS-4: self.stop lets the handler finish and its reply go out, also after an await", async () => {
    const { system } = testSystem();
    const gate = latch();
    const Stops = genServer({
      id: "stops",
      init: () => 0,
      call: {
        async bye(self) {
          self.stop();
          await gate.promise;
          return "bye";
        },
      },
    });
    const stops = await system.start(Stops);
    const bye = stops.call.bye();
    gate.resolve();
    expect(await bye).toBe("bye");
    await stops.stop();
    await system.stop();
  });

  describe("accepts", () => {
    const Checked = genServer({
      id: "checked",
      init: () => [] as unknown[],
      call: { add: (self, n: number) => self.state.push(n), all: (self) => self.state },
      cast: { put: (self, n: number) => void self.state.push(n) },
      accepts: { add: [numeric], put: [numeric] },
    });

    test("bad arguments are refused before anything is sent, and named", async () => {
      const { system } = testSystem();
      const checked = await system.start(Checked);
      expect(await rejection(checked.call.add("x" as never))).toEqual(
        new TypeError('checked.add got "x" as argument 1: not a number'),
      );
      expect(() => checked.cast.put("x" as never)).toThrow(TypeError);
      expect(await rejection(checked.offer.put("x" as never))).toBeInstanceOf(TypeError);
      expect(
        await rejection((checked.call.add as (...a: unknown[]) => Promise<unknown>)(1, 2)),
      ).toEqual(new TypeError("checked.add got 2 arguments: it accepts at most 1"));
      expect(await checked.call.all()).toEqual([]);
      await system.stop();
    });

    test("what the schema gives is what the handler gets", async () => {
      const { system } = testSystem();
      const checked = await system.start(Checked);
      await checked.call.add("5" as never);
      checked.cast.put("6" as never);
      expect(await checked.call.all()).toEqual([5, 6]);
      await system.stop();
    });
  });

  test("a definition that cannot work is refused when it is written", () => {
    const made = (definition: object) =>
      thrown(() => genServer({ id: "bad", init: () => 0, ...definition } as never));
    expect(made({ id: "" })).toEqual(
      new TypeError(
        'genServer got the id "": it must be a string that is not empty, such as "counter"',
      ),
    );
    for (const id of [undefined, 7, () => "counter"]) {
      expect(made({ id }).message).toContain("it must be a string that is not empty");
    }
    expect(made({ init: 3 })).toEqual(new TypeError("init of bad is 3: it must be a function"));
    expect(made({ mailbox: { max: Number.NaN } })).toBeInstanceOf(RangeError);
    expect(made({ call: 3 })).toEqual(
      new TypeError("call of bad is 3: it must be an object of handlers"),
    );
    expect(made({ call: { get: 3 } })).toEqual(
      new TypeError("call of bad.get is 3: it must be a function"),
    );
    // biome-ignore lint/suspicious/noThenProperty: that is what is refused
    expect(made({ cast: { then: () => 1 } }).message).toContain("choose another name");
    expect(made({ accepts: { nope: [] } })).toEqual(
      new TypeError('accepts of bad names "nope": there is no such handler'),
    );
    expect(made({ call: { get: () => 1 }, accepts: { get: [3] } })).toBeInstanceOf(TypeError);
  });
});
