// A system: starting at the top of it, watching it, and the end of everything.
// Owns GS-1, GS-6, GS-7, GS-9, SYS-3, on virtual time. Does not cover what supervisors
// do (test/supervision/).

import {
  createSystemOn,
  genServer,
  ignore,
  SelfStop,
  StartFailed,
  type System,
} from "../../src/index.js";
import { asyncDispose } from "../../src/kernel/disposal.js";
import { testSystem } from "../../src/testing/test-system.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { latch, Puppet, rejection, thrown } from "../kernel/probes.js";

const Booting = genServer({
  id: "booting",
  init: (self, boots: Promise<string>) => {
    self.sendAfter(10_000, "tick");
    return boots.then((text) => ({ text }));
  },
  call: { text: (self) => self.state.text },
});

export const suite = defineSuite("system", ({ describe, test, expect }) => {
  describe("start", () => {
    test("GS-1: it resolves after an asynchronous init, and messages wait for it", async () => {
      const { system, clock } = testSystem();
      const boots = latch<string>();
      let started = false;
      const start = system.start(Booting, boots.promise).then((ref) => {
        started = true;
        return ref;
      });
      await clock.advance(1_000);
      expect(started).toBe(false);
      boots.resolve("hello");
      expect(await (await start).call.text()).toBe("hello");
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("GS-1: an init that throws or rejects is StartFailed with the error, and leaves nothing", async () => {
      const { system, clock } = testSystem();
      const bug = new Error("no config");
      const watcher = await system.start(Puppet);
      const Sync = genServer({
        id: "sync",
        init: (self): number => {
          self.link(watcher);
          throw bug;
        },
      });
      for (const start of [system.start(Sync), system.start(Booting, Promise.reject(bug))]) {
        const error = await rejection(start);
        expect(error).toBeInstanceOf(StartFailed);
        expect(error).toMatchObject({ code: "start-failed", cause: bug });
      }
      await clock.settle();
      expect(watcher.status).toBe("live");
      expect([clock.timers, system.processes().length, clock.reported.length]).toEqual([0, 1, 0]);
      await system.stop();
    });

    test("GS-1: an init that takes too long leaves no process, timer or message behind", async () => {
      const { system, clock } = testSystem({ initTimeoutMs: 100 });
      const boots = latch<string>();
      const start = rejection(system.start(Booting, boots.promise));
      await clock.advance(100);
      expect(await start).toMatchObject({
        reason: "timeout",
        message: "Cannot start booting: its init did not finish in time",
      });
      expect(system.processes()).toEqual([]);
      boots.resolve("late");
      await clock.settle();
      expect([clock.timers, clock.reported.length]).toEqual([0, 0]);
      await system.stop();
    });

    test("GS-1: ignore leaves no process: who asked for one is told, and nobody else", async () => {
      const { system, clock } = testSystem();
      const None = genServer({ id: "none", init: () => ignore });
      expect(await rejection(system.start(None))).toMatchObject({
        code: "start-failed",
        reason: "ignored",
        message: "Cannot start none: ignored",
      });
      expect(system.launch(None).status).toBe("down");
      expect(system.processes()).toEqual([]);
      expect(clock.reported).toEqual([]);
      await system.stop();
    });

    test("GS-9: a stop or a kill inside init fails the start with its reason, and runs no terminate", async () => {
      const { system } = testSystem();
      let terminated = 0;
      const Quits = genServer({
        id: "quits",
        init: (self, how: (self: { stop(reason: string): void }) => unknown) => how(self),
        terminate: () => terminated++,
      });
      for (const wait of [undefined, Promise.resolve(1), new Promise(() => {})]) {
        const stops = system.start(Quits, (self) => {
          self.stop("not today");
          return wait instanceof Promise ? Promise.race([wait, Promise.resolve()]) : wait;
        });
        expect(await rejection(stops)).toMatchObject({ reason: "not today" });
        const kills = system.start(Quits, (self) => {
          (self as unknown as { ref: { kill(): void } }).ref.kill();
          return wait;
        });
        expect(await rejection(kills)).toMatchObject({ reason: "killed" });
      }
      expect(terminated).toBe(0);
      expect(system.processes()).toEqual([]);
      await system.stop();
    });

    test("what is no behaviour is a TypeError that says what to use", async () => {
      const { system } = testSystem();
      for (const behaviour of [{}, null, class {}, "counter"]) {
        expect(await rejection(system.start(behaviour as never))).toBeInstanceOf(TypeError);
        expect(thrown(() => system.launch(behaviour as never))).toBeInstanceOf(TypeError);
      }
      await system.stop();
    });
  });

  describe("launch", () => {
    test("GS-1: it gives a ref at once: status starting, sends queue, ready resolves", async () => {
      const { system, clock } = testSystem();
      const boots = latch<string>();
      const ref = system.launch(Booting, boots.promise);
      expect(ref.status).toBe("starting");
      const call = ref.call.text();
      const { ready } = ref;
      await clock.settle();
      boots.resolve("hello");
      await ready;
      expect(ref.status).toBe("live");
      expect(await call).toBe("hello");
      await system.stop();
      expect(await rejection(ref.ready)).toMatchObject({ code: "actor-exit" });
    });

    test("a failed start rejects ready and what was queued, and goes to onCrash", async () => {
      const { system, clock } = testSystem();
      const bug = new Error("no config");
      const ref = system.launch(Booting, Promise.reject(bug));
      const call = rejection(ref.call.text());
      expect((await rejection(ref.ready)).cause).toBe(bug);
      expect((await call).cause).toBe(bug);
      expect(clock.reported).toHaveLength(1);
      expect(clock.reported[0]).toBeInstanceOf(StartFailed);
      await system.stop();
    });

    test("a system that stops while it starts is no crash", async () => {
      const { system, clock } = testSystem();
      const boots = latch<string>();
      const ref = system.launch(Booting, boots.promise);
      const ready = rejection(ref.ready);
      const stopped = system.stop();
      boots.resolve("too late");
      await stopped;
      expect(await ready).toMatchObject({ reason: "shutdown" });
      expect([clock.reported.length, clock.timers]).toEqual([0, 0]);
    });
  });

  describe("the end", () => {
    test("SYS-3: stop ends the last started first, each awaited, and is idempotent", async () => {
      const { system, clock } = testSystem();
      const log: string[] = [];
      const gate = latch();
      for (const name of ["a", "b", "c"]) {
        const puppet = await system.start(Puppet);
        await puppet.call.run((self) =>
          self.use(name, async () => {
            log.push(name);
            if (name === "c") await gate.promise;
          }),
        );
        await puppet.call.run((self) => void self.sendAfter(1_000, "tick"));
      }
      const first = system.stop();
      expect(system.stop()).toBe(first);
      expect(system.stopped).toBe(true);
      await clock.settle();
      expect(log).toEqual(["c"]);
      gate.resolve();
      await first;
      expect(log).toEqual(["c", "b", "a"]);
      expect(clock.timers).toBe(0);
      await system[asyncDispose]();
    });

    test("SYS-3: after it nothing starts, and every call settles", async () => {
      const { system } = testSystem();
      const puppet = await system.start(Puppet);
      await system.stop();
      expect(await rejection(system.start(Puppet))).toMatchObject({ reason: "shutdown" });
      expect(() => system.launch(Puppet)).toThrow("Cannot start puppet");
      expect(await rejection(puppet.call.log())).toMatchObject({ reason: "noproc" });
    });

    test("SYS-3: in the synchronous part of a handler it rejects SelfStop, and later it works", async () => {
      const { system } = testSystem();
      const puppet = await system.start(Puppet);
      const error = await puppet.call.run(() => rejection(system.stop()));
      expect(error).toBeInstanceOf(SelfStop);
      expect((error as Error).message).toBe(
        "Cannot stop the system from inside a handler of it: stop it from outside, or after an await",
      );
      expect(system.stopped).toBe(false);
      puppet.cast.run(async () => {
        await Promise.resolve();
        void system.stop();
      });
      await puppet.stop();
      await system.stop();
    });

    test("GS-6: ref.stop in its own handler rejects SelfStop; another's is fine", async () => {
      const { system } = testSystem();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      expect(await a.call.run(() => rejection(a.stop()))).toBeInstanceOf(SelfStop);
      await a.call.run(() => b.stop());
      expect([a.status, b.status]).toEqual(["live", "down"]);
      await system.stop();
    });

    test("GS-7: an unsupervised crash goes to onCrash, by default the host's error channel", async () => {
      const bug = new Error("bug");
      const crashes: unknown[] = [];
      for (const onCrash of [undefined, (error: unknown) => void crashes.push(error)]) {
        const { system, clock } = testSystem(onCrash === undefined ? {} : { onCrash });
        const puppet = await system.start(Puppet);
        puppet.cast.run(() => {
          throw bug;
        });
        await clock.settle();
        expect(onCrash === undefined ? clock.reported : crashes).toEqual([bug]);
        await (await system.start(Puppet)).stop("overheated");
        const last = (onCrash === undefined ? clock.reported : crashes).at(-1);
        expect(last).toMatchObject({ code: "actor-exit", reason: "overheated" });
        // Somebody's wish, both: no crash.
        await (await system.start(Puppet)).stop("shutdown");
        (await system.start(Puppet)).kill();
        expect(onCrash === undefined ? clock.reported : crashes).toHaveLength(2);
        await system.stop();
      }
    });

    test("GS-7: a terminate that throws while the system stops goes to onCrash too", async () => {
      const bug = new Error("port stuck");
      const { system, clock } = testSystem();
      const Stuck = genServer({
        id: "stuck",
        init: () => 0,
        terminate() {
          throw bug;
        },
      });
      await system.start(Stuck);
      await system.stop();
      expect(clock.reported).toEqual([bug]);
    });

    test("GS-7: an onCrash that throws is reported and stops nothing", async () => {
      const rude = new Error("onCrash");
      const { system, clock } = testSystem({
        onCrash: () => {
          throw rude;
        },
      });
      await (await system.start(Puppet)).stop("overheated");
      expect(clock.reported).toEqual([rude]);
      expect(await (await system.start(Puppet)).call.log()).toEqual([]);
      await system.stop();
    });
  });

  test("H-4: a handle owns nothing and is not disposable; a system is, and ends what it owns", async () => {
    const { system } = testSystem();
    const puppet = await system.start(Puppet);
    expect([Symbol.dispose in puppet, Symbol.asyncDispose in puppet]).toEqual([false, false]);
    const signal = (await puppet.call.run((self) => self.signal)) as AbortSignal;
    await system[asyncDispose]();
    expect([puppet.status, signal.aborted, system.stopped]).toEqual(["down", true, true]);
  });

  test("processes shows the trees of now", async () => {
    const { system } = testSystem();
    const puppet = await system.start(Puppet);
    await puppet.call.run((self) => void self.spawn(Puppet));
    expect(system.processes()).toMatchObject([
      {
        id: "puppet#2",
        behaviour: "puppet",
        parent: undefined,
        status: "live",
        restarts: 0,
        children: [{ id: "puppet#3", parent: "puppet#2", children: [] }],
      },
    ]);
    await system.stop();
  });

  test("self.log goes to the observers, with its data as it is", async () => {
    const { system } = testSystem();
    const seen: unknown[] = [];
    const end = system.observe((event) => {
      if (event.type === "log") seen.push([event.level, event.message, event.data]);
    });
    const puppet = await system.start(Puppet);
    const data = { live: () => {} };
    await puppet.call.run((self) => {
      self.log.info("hello", data);
      self.log.error("bad");
    });
    end();
    await puppet.call.run((self) => self.log.warn("unseen"));
    expect(seen).toEqual([
      ["info", "hello", data],
      ["error", "bad", undefined],
    ]);
    await system.stop();
  });

  test("SYS-1: two systems share nothing", async () => {
    const systems: System[] = [testSystem().system, testSystem().system];
    const refs = await Promise.all(systems.map((system) => system.start(Puppet)));
    expect(refs.map(({ id }) => id)).toEqual(["puppet#2", "puppet#2"]);
    await systems[0]?.stop();
    expect(await refs[1]?.call.log()).toEqual([]);
    await systems[1]?.stop();
  });

  test("options out of range are refused, named with what is allowed", async () => {
    const { platform } = virtualPlatform();
    for (const name of ["callTimeoutMs", "initTimeoutMs", "shutdownMs", "disposeTimeoutMs"]) {
      expect(thrown(() => createSystemOn(platform, { [name]: -1 }))).toEqual(
        new RangeError(`${name} is -1: it must be a number of milliseconds, 0 or more`),
      );
    }
    expect(thrown(() => createSystemOn(platform, { budgetMs: Number.POSITIVE_INFINITY }))).toEqual(
      new RangeError("budgetMs is Infinity: it must be at most 2147483647 ms (24.8 days)"),
    );
    expect(thrown(() => createSystemOn(platform, { onCrash: 3 as never }))).toEqual(
      new TypeError("onCrash is 3: it must be a function"),
    );
    const { system } = testSystem();
    expect(thrown(() => system.observe(null as never))).toEqual(
      new TypeError("observer is null: it must be a function"),
    );
    await system.stop();
  });
});
