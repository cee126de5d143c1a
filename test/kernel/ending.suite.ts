// How a process ends: who waits for what, in which order, and for how long.
// Owns SUP-7, P-7, P-8 and the resources of a process, on virtual time.
// Does not cover who is told (exits.suite.ts) nor what supervisors do next (test/supervision/).

import {
  genServer,
  ProcessEnded,
  type Server,
  type SystemEvent,
  sendLater,
} from "../../src/index.js";
import { asyncDispose, dispose } from "../../src/kernel/disposal.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { type Body, latch, Puppet, rejection, thrown } from "./probes.js";

type Steps = { run: (name: string) => unknown };

/** A server that writes down how it ends, and ends as it is told. */
const Ender: Server<
  [log: string[], steps?: Steps],
  { call: { run(body: Body): unknown }; cast: { run(body: Body): void } }
> = genServer({
  id: "ender",
  init: (self, log: string[], steps: Steps = { run: () => undefined }) => {
    for (const name of ["first", "second"]) {
      self.use(name, () => {
        log.push(`dispose ${name}`);
        return steps.run(name);
      });
    }
    return { log, steps };
  },
  call: { run: (self, body: Body) => body(self) },
  cast: { run: (self, body: Body) => body(self) },
  terminate(self, reason) {
    self.state.log.push(`terminate ${String(reason)}`);
    return self.state.steps.run("terminate");
  },
});

export const suite = defineSuite("ending", ({ describe, test, expect }) => {
  const quiet = () => testSystem({ onCrash: () => {} });

  describe("order", () => {
    test("SUP-7: signal, the handler, terminate, children, resources last first, then the down", async () => {
      const { system, clock } = quiet();
      const log: string[] = [];
      const watcher = await system.start(Puppet);
      const ender = await system.start(Ender, log);
      const gate = latch();
      await watcher.call.run((self) => self.monitor(ender));
      const call = ender.call.run(async (self) => {
        self.signal.addEventListener("abort", () => log.push("signal"));
        self
          .spawn(Ender, [])
          .cast.run((child: { use(r: object, d: () => void): void }) =>
            child.use({}, () => log.push("child gone")),
          );
        self.stop("shutdown");
        await gate.promise;
        log.push("handler");
        return "reply";
      });
      await clock.settle();
      expect(log).toEqual(["signal"]);
      expect(ender.status).toBe("down");
      gate.resolve();
      expect(await call).toBe("reply");
      await clock.settle();
      expect(log).toEqual([
        "signal",
        "handler",
        "terminate shutdown",
        "child gone",
        "dispose second",
        "dispose first",
      ]);
      expect(await watcher.call.log()).toMatchObject([{ type: "down", reason: "shutdown" }]);
      await system.stop();
    });

    test("SUP-7: the down follows the disposal, so that whoever is next finds the port free", async () => {
      const { system, clock } = quiet();
      const log: string[] = [];
      const gate = latch();
      const ender = await system.start(Ender, log, {
        run: (name) => (name === "second" ? gate.promise : undefined),
      });
      const stopped = ender.stop().then(() => log.push("stopped"));
      await clock.settle();
      expect(log).toEqual(["terminate normal", "dispose second"]);
      gate.resolve();
      await stopped;
      expect(log.slice(2)).toEqual(["dispose first", "stopped"]);
      await system.stop();
    });

    test("GS-6: ref.stop waits behind the mail that came before it, and resolves when all is gone", async () => {
      const { system } = quiet();
      const log: string[] = [];
      const ender = await system.start(Ender, log);
      ender.cast.run(async () => {
        await Promise.resolve();
        log.push("mail");
      });
      await ender.stop("mine");
      expect(log).toEqual(["mail", "terminate mine", "dispose second", "dispose first"]);
      await ender.stop();
      await system.stop();
    });

    test("terminate runs after a crash too, with the crash as its reason", async () => {
      const { system } = quiet();
      let reason: unknown;
      const Crashing = genServer({
        id: "crashing",
        init: () => 0,
        call: {
          boom: (): never => {
            throw new Error("boom");
          },
        },
        terminate: (_self, why) => {
          reason = why;
        },
      });
      const server = await system.start(Crashing);
      await rejection(server.call.boom());
      expect(reason).toMatchObject({ name: "Error", message: "boom" });
      await system.stop();
    });

    test("a throw in terminate becomes the reason, and the disposal goes on", async () => {
      const { system, clock } = testSystem();
      const log: string[] = [];
      const bug = new Error("terminate failed");
      const ender = await system.start(Ender, log, {
        run: (name) => (name === "terminate" ? Promise.reject(bug) : undefined),
      });
      await ender.stop();
      expect(log).toHaveLength(3);
      expect(clock.reported).toEqual([bug]);
      const second = await system.start(Ender, log, {
        run: (name) => (name === "terminate" ? Promise.reject(bug) : undefined),
      });
      await system.stop();
      expect(second.status).toBe("down");
      expect(clock.reported).toEqual([bug, bug]);
    });

    test("GS-8: a handler that stops because of its own signal does not turn a shutdown into a crash", async () => {
      const { system, clock } = testSystem();
      const reasons: unknown[] = [];
      system.observe((event) => {
        if (event.type === "stopped") reasons.push(event.reason);
      });
      const ender = await system.start(Ender, []);
      ender.cast.run(
        (self) =>
          new Promise((_, reject) => {
            self.signal.addEventListener("abort", () => reject(self.signal.reason));
          }),
      );
      await clock.settle();
      await system.stop();
      expect(reasons).toEqual(["shutdown"]);
      expect(clock.reported).toEqual([]);
    });
  });

  describe("kill", () => {
    test("SUP-7: a kill skips terminate and disposes all the same", async () => {
      const { system, clock } = quiet();
      const log: string[] = [];
      const ender = await system.start(Ender, log);
      ender.kill();
      await clock.settle();
      expect(log).toEqual(["dispose second", "dispose first"]);
      await system.stop();
    });

    test("a kill does not wait for the handler that runs, nor for terminate", async () => {
      const { system, clock } = quiet();
      for (const stuck of ["handler", "terminate"]) {
        const log: string[] = [];
        const ender = await system.start(Ender, log, {
          run: (name) => (name === stuck ? new Promise(() => {}) : undefined),
        });
        if (stuck === "handler") ender.cast.run(() => new Promise(() => {}));
        const stopped = ender.stop();
        await clock.settle();
        expect(log.filter((line) => line.startsWith("dispose"))).toEqual([]);
        ender.kill();
        await stopped;
        expect(log.slice(-2)).toEqual(["dispose second", "dispose first"]);
      }
      await system.stop();
    });

    test("a kill never disposes under a handler or a terminate that is on the stack", async () => {
      const { system, clock } = quiet();
      for (const where of ["handler", "terminate"]) {
        const log: string[] = [];
        const kill = (): void => {
          ender.kill();
          log.push("still here");
        };
        const ender = await system.start(Ender, log, {
          run: (name) => (name === where ? kill() : undefined),
        });
        if (where === "handler") ender.cast.run(kill);
        void ender.stop();
        await clock.settle();
        expect(log.slice(-3)).toEqual(["still here", "dispose second", "dispose first"]);
        expect(ender.status).toBe("down");
      }
      expect(system.processes()).toEqual([]);
      await system.stop();
    });

    test("a kill while resources are disposed of changes nothing of the disposal", async () => {
      const { system, clock } = quiet();
      const log: string[] = [];
      const gate = latch();
      const ender = await system.start(Ender, log, {
        run: (name) => (name === "second" ? gate.promise : undefined),
      });
      const stopped = ender.stop();
      await clock.settle();
      ender.kill();
      await clock.settle();
      expect(log).toEqual(["terminate normal", "dispose second"]);
      gate.resolve();
      await stopped;
      expect(log.at(-1)).toBe("dispose first");
      await system.stop();
    });
  });

  describe("time limits", () => {
    test("SUP-7: after shutdownMs an orderly end becomes a kill", async () => {
      const { system, clock } = testSystem({ shutdownMs: 100 });
      const log: string[] = [];
      const ender = await system.start(Ender, log, {
        run: (name) => (name === "terminate" ? new Promise(() => {}) : undefined),
      });
      let over = false;
      const stopped = system.stop().then(() => {
        over = true;
      });
      await clock.advance(99);
      expect(over).toBe(false);
      await clock.advance(1);
      await stopped;
      expect(log).toEqual(["terminate shutdown", "dispose second", "dispose first"]);
      expect(ender.status).toBe("down");
      expect(clock.timers).toBe(0);
    });

    test("ref.stop kills after its timeoutMs", async () => {
      const { system, clock } = quiet();
      const ender = await system.start(Ender, []);
      ender.cast.run(() => new Promise(() => {}));
      const stopped = ender.stop("normal", { timeoutMs: 50 });
      await clock.advance(50);
      await stopped;
      expect(() => ender.stop("normal", { timeoutMs: -1 })).toThrow(RangeError);
      await system.stop();
    });

    test("a disposal that hangs ends after disposeTimeoutMs, and those behind it are still done", async () => {
      const { system, clock } = testSystem({ disposeTimeoutMs: 100 });
      const log: string[] = [];
      const ender = await system.start(Ender, log, {
        run: (name) => (name === "second" ? new Promise(() => {}) : undefined),
      });
      const stopped = ender.stop();
      await clock.advance(99);
      expect(log.at(-1)).toBe("dispose second");
      await clock.advance(1);
      await stopped;
      expect(log.at(-1)).toBe("dispose first");
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("disposeTimeoutMs: Infinity waits as long as it takes, without a timer", async () => {
      const { system, clock } = testSystem({ disposeTimeoutMs: Number.POSITIVE_INFINITY });
      const log: string[] = [];
      const gate = latch();
      const ender = await system.start(Ender, log, {
        run: (name) => (name === "second" ? gate.promise : undefined),
      });
      const stopped = ender.stop();
      await clock.advance(1_000_000);
      expect(log.at(-1)).toBe("dispose second");
      expect(clock.timers).toBe(0);
      gate.resolve();
      await stopped;
      await system.stop();
    });

    test("a disposal that fails is told to observers and stops nothing", async () => {
      const { system } = quiet();
      const events: SystemEvent[] = [];
      system.observe((event) => void events.push(event));
      const log: string[] = [];
      const bug = new Error("stuck lid");
      const ender = await system.start(Ender, log, {
        run: (name) => {
          if (name === "second") throw bug;
          if (name === "first") return Promise.reject(bug);
          return undefined;
        },
      });
      await ender.stop();
      expect(log.slice(1)).toEqual(["dispose second", "dispose first"]);
      expect(events.filter(({ type }) => type === "lateError")).toMatchObject([
        { error: bug },
        { error: bug },
      ]);
      await system.stop();
    });
  });

  describe("the fence", () => {
    test("P-8: after a kill every member of self throws ProcessEnded", async () => {
      const { system } = quiet();
      const puppet = await system.start(Puppet);
      // biome-ignore lint/suspicious/noExplicitAny: every member is tried
      let self: any;
      let log: { info(message: string): void } | undefined;
      let from: unknown;
      await puppet.call.run((context) => {
        self = context;
        log = context.log;
        from = context.from;
      });
      puppet.kill();
      const members: Record<string, () => unknown> = {
        ref: () => self.ref,
        signal: () => self.signal,
        from: () => self.from,
        log: () => self.log,
        logged: () => log?.info("x"),
        platform: () => self.platform,
        state: () => self.state,
        setState: () => {
          self.state = 1;
        },
        trapExit: () => self.trapExit(),
        monitor: () => self.monitor(puppet),
        demonitor: () => self.demonitor(1),
        link: () => self.link(puppet),
        unlink: () => self.unlink(puppet),
        exit: () => self.exit(puppet, "normal"),
        spawn: () => self.spawn(Puppet),
        sendAfter: () => self.sendAfter(1, "x"),
        use: () => self.use({}, () => {}),
        stop: () => self.stop(),
        reply: () => self.reply(from, 1),
        replyLater: () => self.replyLater(),
        replyWith: () => self.replyWith(Promise.resolve()),
        reject: () => self.reject(new Error("x")),
        bind: () => self.bind(puppet),
        continue: () => self.continue("x"),
      };
      for (const [name, use] of Object.entries(members)) {
        const error = thrown(use);
        expect(`${name}: ${error.name}`).toBe(`${name}: ProcessEnded`);
        expect(error).toMatchObject({ process: "puppet#2", reason: "killed" });
      }
      await system.stop();
    });

    test("P-8: after an orderly end too, once the process is gone", async () => {
      const { system } = quiet();
      const puppet = await system.start(Puppet);
      let self: { state: unknown } | undefined;
      await puppet.call.run((context) => {
        self = context;
      });
      await puppet.stop();
      expect(() => self?.state).toThrow(ProcessEnded);
      await system.stop();
    });

    test("P-8: the late rejection of a killed handler goes to the observers", async () => {
      const { system, clock } = quiet();
      const late: unknown[] = [];
      system.observe((event) => {
        if (event.type === "lateError") late.push(event.error);
      });
      const puppet = await system.start(Puppet);
      const gate = latch();
      const promised = latch();
      const owed = rejection(puppet.call.run((self) => self.replyWith(promised.promise)));
      const call = rejection(puppet.call.run(() => gate.promise));
      await clock.settle();
      puppet.kill();
      expect(await call).toMatchObject({ reason: "killed" });
      expect(await owed).toMatchObject({ reason: "killed" });
      const bug = new Error("too late");
      gate.reject(bug);
      promised.reject(bug);
      await clock.settle();
      expect(late).toEqual([bug, bug]);
      await system.stop();
    });

    test("a replyWith promise of a cast that rejects is told to observers, never unhandled", async () => {
      const { system, clock } = quiet();
      const late: unknown[] = [];
      system.observe((event) => {
        if (event.type === "lateError") late.push(event.error);
      });
      const puppet = await system.start(Puppet);
      const bug = new Error("nobody asked");
      puppet.cast.run((self) => self.replyWith(Promise.reject(bug)));
      await clock.settle();
      expect(late).toEqual([bug]);
      expect(puppet.status).toBe("live");
      await system.stop();
    });

    test("P-8: self.signal is aborted with an Error that names the process and the reason", async () => {
      const { system, clock } = quiet();
      const puppet = await system.start(Puppet);
      const signal = (await puppet.call.run((self) => self.signal)) as AbortSignal;
      expect(signal.aborted).toBe(false);
      puppet.kill();
      expect(signal.aborted).toBe(true);
      expect(signal.reason).toBeInstanceOf(ProcessEnded);
      expect(signal.reason).toMatchObject({ process: "puppet#2", reason: "killed" });
      const other = await system.start(Puppet);
      other.cast.run((self) => {
        self.stop();
        expect(self.signal.aborted).toBe(true);
      });
      await clock.settle();
      expect(other.status).toBe("down");
      await system.stop();
    });
  });

  describe("timers and resources", () => {
    test("P-7: sendAfter comes as a message, and not before its time", async () => {
      const { system, clock } = quiet();
      const puppet = await system.start(Puppet);
      await puppet.call.run((self) => void self.sendAfter(100, "tick"));
      await clock.advance(99);
      expect(await puppet.call.log()).toEqual([]);
      await clock.advance(1);
      expect(await puppet.call.log()).toEqual([{ type: "message", message: "tick" }]);
      await system.stop();
    });

    test("P-7: cancel gives the time left, then false", async () => {
      const { system, clock } = quiet();
      const puppet = await system.start(Puppet);
      const timer = (await puppet.call.run((self) => [self.sendAfter(100, "x")])) as {
        cancel(): number | false;
      }[];
      await clock.advance(30);
      expect(timer[0]?.cancel()).toBe(70);
      expect(timer[0]?.cancel()).toBe(false);
      const fired = (await puppet.call.run((self) => [self.sendAfter(10, "y")])) as typeof timer;
      await clock.advance(10);
      expect(fired[0]?.cancel()).toBe(false);
      expect(await puppet.call.log()).toHaveLength(1);
      await system.stop();
    });

    test("P-7: a message for another comes even if its sender is gone, and ends with whom it is for", async () => {
      const { system, clock } = quiet();
      const [a, b, c] = [
        await system.start(Puppet),
        await system.start(Puppet),
        await system.start(Puppet),
      ];
      const timers: { leftMs: number | false; cancel(): number | false }[] = [];
      await a.call.run(() => {
        timers.push(sendLater(b, 100, "late"), sendLater(c, 100, "never"));
      });
      await a.stop();
      await c.stop();
      await clock.advance(40);
      expect(timers.map(({ leftMs }) => leftMs)).toEqual([60, false]);
      await clock.advance(60);
      expect(timers.map(({ leftMs }) => leftMs)).toEqual([false, false]);
      expect(await b.call.log()).toEqual([{ type: "message", message: "late" }]);
      expect(sendLater(c, 100, "gone").cancel()).toBe(false);
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("P-7: timers end with their owner, those set in terminate too", async () => {
      const { system, clock } = quiet();
      const Timed = genServer({
        id: "timed",
        init: (self) => self.sendAfter(1_000, "a"),
        terminate: (self) => void self.sendAfter(1_000, "b"),
      });
      const timed = await system.start(Timed);
      await clock.settle();
      expect(clock.timers).toBe(1);
      await timed.stop();
      await clock.settle();
      expect(clock.timers).toBe(0);
      await system.stop();
    });

    test("sendAfter refuses what is no time, before it starts anything", async () => {
      const { system } = quiet();
      const puppet = await system.start(Puppet);
      for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY, "5"]) {
        expect(await puppet.call.run((self) => thrown(() => self.sendAfter(ms, "x")).name)).toBe(
          "RangeError",
        );
      }
      await system.stop();
    });

    test("use takes Symbol.dispose, Symbol.asyncDispose or a function, and gives the resource", async () => {
      const { system } = quiet();
      const puppet = await system.start(Puppet);
      const log: string[] = [];
      const sync = { [dispose]: () => void log.push("sync") };
      const asynchronous = {
        [asyncDispose]: async () => {
          await Promise.resolve();
          log.push("async");
        },
      };
      await puppet.call.run((self) => {
        expect(self.use(sync)).toBe(sync);
        self.use(asynchronous);
        self.use(7, (seven: number) => log.push(`seven ${seven}`));
      });
      await puppet.stop();
      expect(log).toEqual(["seven 7", "async", "sync"]);
      await system.stop();
    });

    test("P-8: what a killed handler still opens is given back at once: nothing outlives its process", async () => {
      const { system, clock } = quiet();
      const log: unknown[] = [];
      system.observe((event) => {
        if (event.type === "lateError") log.push((event.error as Error).name);
      });
      const puppet = await system.start(Puppet);
      const opened = latch<string>();
      puppet.cast.run(async (self) => {
        self.use(await opened.promise, (port: string) => void log.push(`closed ${port}`));
      });
      await clock.settle();
      puppet.kill();
      await clock.settle();
      opened.resolve("port");
      await clock.settle();
      expect(log).toEqual(["closed port", "ProcessEnded"]);
      await system.stop();
    });

    test("a late disposal that fails is told to observers, synchronous or not", async () => {
      const { system, clock } = quiet();
      const late: unknown[] = [];
      system.observe((event) => {
        if (event.type === "lateError") late.push(event.error);
      });
      const puppet = await system.start(Puppet);
      // biome-ignore lint/suspicious/noExplicitAny: as Body
      const self = (await puppet.call.run((own) => [own])) as any[];
      await puppet.stop();
      const bug = new Error("stuck");
      expect(thrown(() => self[0].use(1, () => Promise.reject(bug))).name).toBe("ProcessEnded");
      expect(
        thrown(() =>
          self[0].use(1, () => {
            throw bug;
          }),
        ).name,
      ).toBe("ProcessEnded");
      await clock.settle();
      expect(late).toEqual([bug, bug]);
      await system.stop();
    });

    test("use refuses what nobody could give back, with the remedy", async () => {
      const { system } = quiet();
      const puppet = await system.start(Puppet);
      const error = await puppet.call.run((self) => thrown(() => self.use({ port: 1 })));
      expect(error).toEqual(
        new TypeError(
          'Cannot use {"port":1}: it has neither Symbol.dispose nor Symbol.asyncDispose; ' +
            "pass a function that gives it back",
        ),
      );
      await system.stop();
    });
  });
});
