// What the ways of starting a server promise, and its idle timeout: startLink, startWithin, ends in
// init, idleTimeout.
// Owns GS-1's OTP side, P-9 of linked starts and GS-10, on virtual time, on every host.

import { genServer, type Handle, idleTimeout, startLink, startWithin } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { Puppet, rejection, thrown } from "../kernel/probes.js";

export const suite = defineSuite("starting servers", ({ describe, test, expect }) => {
  const made = () => testSystem({ onCrash: () => {} });

  describe("init", () => {
    test("GS-1: self.stop in init fails the start with that reason, and terminate does not run", async () => {
      const { system } = made();
      let terminated = 0;
      const Leaving = genServer({
        id: "leaving",
        init: (self) => self.stop({ shutdown: "not today" }),
        terminate: () => void terminated++,
      });
      expect(await rejection(system.start(Leaving))).toMatchObject({
        code: "start-failed",
        reason: { shutdown: "not today" },
      });
      expect([terminated, system.processes()]).toEqual([0, []]);
      await system.stop();
    });

    test("GS-1: startWithin bounds init wherever it is started; the process is killed", async () => {
      const { system, clock } = made();
      const reasons: unknown[] = [];
      system.observe((event) => {
        if (event.type === "startFailed") reasons.push(event.reason);
      });
      const Hanging = genServer({ id: "hanging", init: () => new Promise<number>(() => {}) });
      const start = rejection(system.start(startWithin(60, Hanging)));
      await clock.advance(60);
      expect(await start).toMatchObject({ reason: "timeout" });
      expect(reasons).toEqual(["killed"]);
      expect(clock.timers).toBe(0);
      expect(thrown(() => startWithin(-1, Hanging)).name).toBe("RangeError");
      expect(thrown(() => startWithin(1, {} as never)).name).toBe("TypeError");
      await system.stop();
    });
  });

  describe("startLink", () => {
    const Kid = genServer({
      id: "kid",
      init(self, trap: boolean, log: unknown[] = []) {
        self.trapExit(trap);
        return log;
      },
      info: (self, message) => void self.state.push(message.type),
      terminate: (self, reason) => void self.state.push(reason),
    });

    test("P-9: the parent's abnormal end reaches it along the link, and in order if it traps", async () => {
      const { system, clock } = made();
      const parent = await system.start(Puppet);
      const log: unknown[] = [];
      const [plain, trapping] = (await parent.call.run((self) =>
        Promise.all([startLink(self, Kid, false, log), startLink(self, Kid, true, log)]),
      )) as Handle[];
      await parent.stop("boom");
      await clock.settle();
      expect([plain?.status, trapping?.status, log]).toEqual(["down", "down", ["boom"]]);
      await system.stop();
    });

    test("P-9: a normal end of the parent ends only one that traps: it is no owner", async () => {
      const { system, clock } = made();
      const parent = await system.start(Puppet);
      const [plain, trapping] = (await parent.call.run((self) =>
        Promise.all([startLink(self, Kid, false), startLink(self, Kid, true)]),
      )) as Handle[];
      await parent.stop();
      await clock.settle();
      expect([plain?.status, trapping?.status]).toEqual(["live", "down"]);
      await system.stop();
    });

    test("GS-1: a start that fails rejects, and sends its parent nothing", async () => {
      const { system, clock } = made();
      const parent = await system.start(Puppet);
      const Failing = genServer({
        id: "failing",
        init(): number {
          throw new Error("no start");
        },
      });
      await parent.call.run((self) => void self.trapExit());
      const failure = await parent.call.run((self) => rejection(startLink(self, Failing)));
      expect(failure).toMatchObject({ code: "start-failed", cause: { message: "no start" } });
      await clock.settle();
      expect(await parent.call.log()).toEqual([]);
      expect(thrown(() => startLink({} as never, Failing)).name).toBe("TypeError");
      await system.stop();
    });
  });

  describe("idleTimeout", () => {
    const Idle = genServer({
      id: "idle",
      init(self, ms: number) {
        idleTimeout(self, ms);
        return [] as unknown[];
      },
      call: { log: (self) => self.state },
      cast: {
        set: (self, ms: number) => idleTimeout(self, ms),
        note: (self, word: string) => void self.state.push(word),
        async slow(self, ms: number) {
          await new Promise<void>((resolve) => void self.platform.setTimer(resolve, ms));
        },
      },
      info(self, message) {
        self.state.push(message.type === "timeout" ? message.name : message.type);
      },
    });

    test("GS-10: it comes once, when nothing else came in its time", async () => {
      const { system, clock } = made();
      const idle = await system.start(Idle, 90);
      await clock.advance(89);
      const before = await system.start(Idle, 10);
      await clock.advance(1);
      await clock.advance(500);
      expect([await idle.call.log(), await before.call.log()]).toEqual([["idle"], ["idle"]]);
      await system.stop();
    });

    test("GS-10: any message cancels it, a plain one too", async () => {
      const { system, clock } = made();
      const [idle, plain] = [await system.start(Idle, 90), await system.start(Idle, 90)];
      await clock.advance(30);
      idle.cast.note("x");
      plain.send("y");
      await clock.advance(200);
      expect([await idle.call.log(), await plain.call.log()]).toEqual([["x"], ["message"]]);
      await system.stop();
    });

    test("GS-10: it starts anew when it is set again, and Infinity sets none", async () => {
      const { system, clock } = made();
      const idle = await system.start(Idle, 90);
      await clock.advance(50);
      idle.cast.set(90);
      await clock.advance(89);
      expect(await idle.call.log()).toEqual([]);
      idle.cast.set(Number.POSITIVE_INFINITY);
      await clock.advance(1_000);
      expect(await idle.call.log()).toEqual([]);
      await system.stop();
    });

    test("GS-10: 0 comes at once, but behind a message that waits, which cancels it", async () => {
      const { system, clock } = made();
      const idle = await system.start(Idle, Number.POSITIVE_INFINITY);
      idle.cast.set(0);
      await clock.settle();
      idle.cast.set(0);
      idle.cast.note("x");
      await clock.settle();
      expect(await idle.call.log()).toEqual(["idle", "x"]);
      expect(clock.timers).toBe(0);
      await system.stop();
    });

    test("GS-10: one that came due behind a message is void, and does not cancel the next", async () => {
      const { system, clock } = made();
      const idle = await system.start(Idle, Number.POSITIVE_INFINITY);
      idle.cast.set(10);
      await clock.settle();
      idle.cast.slow(50);
      idle.cast.set(100);
      await clock.advance(60);
      expect(await idle.call.log()).toEqual([]);
      idle.cast.set(100);
      await clock.advance(100);
      expect(await idle.call.log()).toEqual(["idle"]);
      await system.stop();
    });

    test("what is no time is refused before anything is set", async () => {
      const { system } = made();
      const puppet = await system.start(Puppet);
      for (const ms of [-1, Number.NaN, "5"]) {
        const error = await puppet.call.run((self) =>
          thrown(() => idleTimeout(self, ms as number)),
        );
        expect((error as Error).name).toBe("RangeError");
      }
      expect(thrown(() => idleTimeout({} as never, 5)).name).toBe("TypeError");
      await system.stop();
    });
  });
});
