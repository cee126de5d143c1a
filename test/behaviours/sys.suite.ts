// What sys and changeCode promise of a live process: to be asked, held, traced and given new code.
// Owns SYS-5 to SYS-7, on virtual time, on every host.

import {
  actor,
  changeCode,
  genServer,
  type Handle,
  stateMachine,
  supervisor,
  sys,
  type TraceEvent,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { latch, Puppet, rejection, thrown } from "../kernel/probes.js";

const Counter = genServer({
  id: "counter",
  init: (_self, start: number = 0) => ({ count: start }),
  call: {
    get: (self) => self.state.count,
    later: (self) => self.replyLater<number>(),
    crash(): void {
      throw new Error("a bug");
    },
    wait: (_self, until: Promise<void>) => until,
  },
  cast: {
    inc(self, by: number = 1) {
      self.state.count += by;
    },
  },
  view: (state) => state.count,
});

const Door = stateMachine({
  id: "door",
  init: () => ({ state: "locked", data: { opened: 0 } }),
  states: {
    locked: { cast: { open: (self) => self.nextState("open") } },
    open: { enter: (self) => void self.data.opened++ },
  },
});

export const suite = defineSuite("sys", ({ describe, test, expect }) => {
  const made = () => testSystem({ onCrash: () => {} });

  describe("asking", () => {
    test("SYS-5: getState comes behind the mail that was there, and gives what a process has", async () => {
      const { system } = made();
      const counter = await system.start(Counter, 3);
      counter.cast.inc();
      expect(await sys.getState(counter)).toEqual({ count: 4 });
      const door = await system.start(Door);
      door.cast.open();
      expect(await sys.getState(door)).toEqual({ state: "open", data: { opened: 1 } });
      const idle = await system.start(actor({ id: "idle", run: (self) => self.receive() }));
      expect(await sys.getState(idle)).toBe(undefined);
      await system.stop();
    });

    test("SYS-5: replaceState changes the state and what is shown of it; a throw changes nothing", async () => {
      const { system, clock } = made();
      const counter = await system.start(Counter, 3);
      const shown: unknown[] = [];
      counter.subscribe(() => shown.push(counter.getSnapshot()));
      const twice = (state: unknown) => ({ count: 2 * (state as { count: number }).count });
      expect(await sys.replaceState(counter, twice)).toEqual({ count: 6 });
      await clock.settle();
      expect(shown).toEqual([6]);
      const bug = () => {
        throw new Error("bug");
      };
      expect(await rejection(sys.replaceState(counter, bug))).toMatchObject({ message: "bug" });
      expect([await counter.call.get(), counter.status]).toEqual([6, "live"]);
      const door = await system.start(Door);
      await sys.replaceState(door, () => ({ state: "open", data: { opened: 7 } }));
      expect(await sys.getState(door)).toEqual({ state: "open", data: { opened: 7 } });
      await system.stop();
    });

    test("SYS-5: getStatus tells what a process is and has", async () => {
      const { system } = made();
      const puppet = await system.start(Puppet);
      const other = await system.start(Puppet);
      const child = (await puppet.call.run((self) => {
        self.link(other);
        self.monitor(other);
        self.trapExit();
        self.sendAfter(1_000, "x");
        return self.spawn(Counter, 1);
      })) as Handle;
      expect(await sys.getStatus(puppet)).toEqual({
        id: puppet.id,
        behaviour: "puppet",
        status: "running",
        parent: undefined,
        children: [child],
        links: [other],
        monitors: 1,
        waiting: 0,
        timers: 1,
        trapsExits: true,
        state: [],
      });
      expect(await sys.getStatus(child)).toMatchObject({ parent: puppet, state: { count: 1 } });
      await system.stop();
    });

    test("SYS-5: a request settles as a call does: with the end, its time, or a circle", async () => {
      const { system, clock } = made();
      const counter = await system.start(Counter);
      const until = latch();
      counter.call.wait(until.promise).catch(() => {});
      const late = rejection(sys.getState(counter, { timeoutMs: 50 }));
      const lost = rejection(sys.getState(counter));
      await clock.advance(50);
      expect(await late).toMatchObject({ code: "call-timeout", handler: "getState" });
      counter.kill();
      expect(await lost).toMatchObject({ code: "actor-exit", reason: "killed" });
      expect(await rejection(sys.getState(counter))).toMatchObject({ reason: "noproc" });
      const puppet = await system.start(Puppet);
      const circle = await puppet.call.run((self) => [rejection(sys.getState(self.ref))]);
      expect(await (circle as Promise<unknown>[])[0]).toMatchObject({ code: "call-cycle" });
      expect(() => sys.getState({ id: "x" })).toThrow(
        new TypeError('Cannot getState {"id":"x"}: it is not a ref or a handle'),
      );
      until.resolve();
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("SYS-5: the requests of sys are no messages to a server: its idle timeout goes on", async () => {
      const { system } = made();
      const counter = await system.start(Counter, 1);
      for (let n = 0; n < 3; n++) await sys.getState(counter);
      expect(await counter.call.get()).toBe(1);
      await system.stop();
    });
  });

  describe("holding", () => {
    test("SYS-6: a suspended process handles nothing, keeps its mail in order, and answers sys", async () => {
      const { system, clock } = made();
      const counter = await system.start(Counter, 3);
      counter.cast.inc();
      await sys.suspend(counter);
      expect(counter.cast.inc(10)).toBe(true);
      const call = counter.call.get();
      await clock.settle();
      expect(await sys.getState(counter)).toEqual({ count: 4 });
      expect(await sys.getStatus(counter)).toMatchObject({ status: "suspended", waiting: 2 });
      counter.flush();
      expect(await sys.getState(counter)).toEqual({ count: 4 });
      await sys.suspend(counter);
      await sys.resume(counter);
      expect(await call).toBe(14);
      await sys.resume(counter);
      expect(await sys.getStatus(counter)).toMatchObject({ status: "running", waiting: 0 });
      await system.stop();
    });

    test("SYS-6: a suspended process can be stopped, killed and shut down, and its calls settle", async () => {
      const { system } = made();
      const App = supervisor({ children: (child) => ({ counter: child(Counter, []) }) });
      const app = await system.start(App);
      const counter = app.child.counter;
      await sys.suspend(counter);
      const call = rejection(counter.call.get());
      await counter.stop("done");
      expect(await call).toMatchObject({ reason: "done" });
      expect(await counter.with({ whenDown: "wait" }).call.get()).toBe(0);
      await sys.suspend(counter);
      await system.stop();
      expect(counter.status).toBe("down");
    });

    test("SYS-6: terminate is OTP's stop: noproc, another reason, and a time that kills nothing", async () => {
      const { system, clock } = made();
      const Slow = genServer({
        id: "slow",
        init: () => 0,
        async terminate(self) {
          await new Promise<void>((resolve) => void self.platform.setTimer(resolve, 100));
        },
      });
      const Failing = genServer({
        id: "failing",
        init: () => 0,
        terminate() {
          throw new Error("late");
        },
      });
      const slow = await system.start(Slow);
      const late = rejection(sys.terminate(slow, "normal", { timeoutMs: 50 }));
      await clock.advance(50);
      expect(await late).toMatchObject({ code: "call-timeout" });
      expect(system.processes()).toHaveLength(1);
      await clock.advance(50);
      expect(system.processes()).toHaveLength(0);
      expect(await rejection(sys.terminate(slow))).toMatchObject({ reason: "noproc" });
      const failing = await system.start(Failing);
      expect(await rejection(sys.terminate(failing))).toMatchObject({
        reason: { message: "late" },
      });
      await sys.terminate(await system.start(Counter), "shutdown");
      expect(thrown(() => sys.terminate(slow, 3 as never)).name).toBe("TypeError");
      await system.stop();
    });
  });

  describe("tracing", () => {
    test("SYS-7: a trace tells what comes, what it gives, and what fails, until it is ended", async () => {
      const { system, clock } = made();
      const counter = await system.start(Counter, 3);
      const seen: TraceEvent[] = [];
      const stop = sys.trace(counter, (event) => seen.push(event));
      counter.cast.inc(2);
      await counter.call.get();
      counter.send("hello");
      const later = rejection(counter.call.later());
      await clock.settle();
      const short = () =>
        seen.splice(0).map(({ type, kind, name, value }) => [type, kind, name, value]);
      expect(short()).toEqual([
        ["in", "cast", "inc", [2]],
        ["out", "cast", "inc", undefined],
        ["in", "call", "get", []],
        ["out", "call", "get", 5],
        ["in", "info", "info", { type: "message", message: "hello" }],
        ["out", "info", "info", undefined],
        ["in", "call", "later", []],
        ["out", "call", "later", undefined],
      ]);
      const other: TraceEvent[] = [];
      const stopOther = sys.trace(counter, (event) => other.push(event));
      stop();
      stop();
      counter.cast.inc();
      await clock.settle();
      stopOther();
      counter.cast.inc();
      await clock.settle();
      expect([seen.length, other.length]).toEqual([0, 2]);
      sys.trace(counter, (event) => seen.push(event));
      await rejection(counter.call.crash());
      await later;
      expect(short().map(([type]) => type)).toEqual(["in", "crash", "terminate"].slice(0, 2));
      expect(() => sys.trace(counter, 3 as never)).toThrow(TypeError);
      await system.stop();
    });

    test("SYS-7: a listener that throws is shown, and stops nothing", async () => {
      const { system, clock } = made();
      const counter = await system.start(Counter);
      sys.trace(counter, () => {
        throw new Error("listener");
      });
      counter.cast.inc();
      expect(await counter.call.get()).toBe(1);
      expect(clock.reported.length).toBeGreaterThan(0);
      await system.stop();
    });
  });

  describe("new code", () => {
    const Total = genServer({
      id: "counter",
      version: 2,
      init: (_self, total: number = 0) => ({ total }),
      codeChange: (old: { count: number }, from) => ({
        total: old.count + (from === 2 ? 1_000 : 0),
      }),
      continue: {
        twice(self) {
          self.state.total *= 2;
        },
      },
      call: {
        get: (self) => self.state.total,
        double(self) {
          self.continue("twice");
          return self.state.total;
        },
      },
      view: (state) => `total ${state.total}`,
    });

    test("SYS-8: the state goes through codeChange, and old refs reach the new handlers", async () => {
      const { system, clock } = made();
      const counter = await system.start(Counter, 3);
      const shown: unknown[] = [];
      counter.subscribe(() => shown.push(counter.getSnapshot()));
      counter.cast.inc();
      const changed = changeCode(counter, Total);
      const queued = counter.call.get();
      const total = await changed;
      expect([await queued, await total.call.double(), await total.call.get()]).toEqual([4, 4, 8]);
      await clock.settle();
      expect(shown.at(-1)).toBe("total 8");
      expect((await rejection(counter.call.later())).message).toBe(
        "Cannot call counter#2.later: its code was changed, and has no such handler",
      );
      counter.cast.inc();
      expect(await counter.call.get()).toBe(8);
      await system.stop();
    });

    test("SYS-8: a codeChange that throws changes nothing", async () => {
      const { system } = made();
      const counter = await system.start(Counter, 3);
      const Bad = genServer({
        id: "counter",
        init: () => 0,
        codeChange: () => {
          throw new Error("no way");
        },
      });
      expect((await rejection(changeCode(counter, Bad))).message).toBe("no way");
      const Promising = genServer({ id: "p", init: () => 0, codeChange: (async () => 1) as never });
      expect((await rejection(changeCode(counter, Promising))).name).toBe("TypeError");
      expect(await counter.call.get()).toBe(3);
      expect(() => changeCode(counter, Door)).toThrow(TypeError);
      const door = await system.start(Door);
      expect((await rejection(changeCode(door, Total))).message).toContain("it is no server");
      await system.stop();
    });

    test("SYS-8: a child that restarts later starts with the new code", async () => {
      const { system } = made();
      const App = supervisor({ children: (child) => ({ counter: child(Counter, [5]) }) });
      const { counter } = (await system.start(App)).child;
      counter.cast.inc();
      const total = await changeCode(counter, Total);
      expect(await total.call.get()).toBe(6);
      counter.kill();
      expect(await total.with({ whenDown: "wait" }).call.get()).toBe(5);
      expect(await total.call.double()).toBe(5);
      expect(await counter.call.get()).toBe(10);
      await system.stop();
    });
  });
});
