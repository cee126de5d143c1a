// What a supervisor does with its children: start, restart by strategy and type, give up, stop.
// Owns SUP-1 to SUP-4 and SUP-7, on virtual time. Nested supervisors and handles over restarts are in
// nested.suite.ts, restartFrom in restart-from.suite.ts.

import {
  child,
  genServer,
  ignore,
  type Restart,
  type Shutdown,
  StartFailed,
  type Strategy,
  supervisor,
} from "../../src/index.js";
import { RestartLimit } from "../../src/supervision/restart.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { latch, rejection, thrown } from "../kernel/probes.js";
import { crash, type Diary, diary, follow, type Plan, Worker } from "./worker.js";

const three = (
  strategy: Strategy,
  log: Diary,
  restarts: [Restart, Restart, Restart] = ["permanent", "permanent", "permanent"],
  maxRestarts = 5,
) =>
  supervisor({
    id: "three",
    strategy,
    maxRestarts,
    children: {
      a: child(Worker, [log, "a"], { restart: restarts[0] }),
      b: child(Worker, [log, "b"], { restart: restarts[1] }),
      c: child(Worker, [log, "c"], { restart: restarts[2] }),
    },
  });

export const suite = defineSuite("supervisor", ({ describe, test, expect }) => {
  const quiet = () => testSystem({ onCrash: () => {} });

  describe("start and stop", () => {
    test("SUP-1: children start in the order written, each after the init before it", async () => {
      const { system, clock } = quiet();
      const gate = latch();
      const log = diary({ a: { init: () => gate.promise } });
      const started = system.start(three("oneForOne", log));
      await clock.settle();
      expect(log.lines).toEqual(["start a"]);
      gate.resolve();
      await started;
      expect(log.lines).toEqual(["start a", "start b", "start c"]);
      await system.stop();
    });

    test("SUP-1: they stop in reverse order, one by one, each awaited", async () => {
      const { system, clock } = quiet();
      const gate = latch();
      const log = diary({ b: { terminate: () => gate.promise } });
      const top = await system.start(three("oneForOne", log));
      log.lines.length = 0;
      const stopped = top.stop();
      await clock.settle();
      expect(log.lines).toEqual(["end c"]);
      gate.resolve();
      await stopped;
      expect(log.lines).toEqual(["end c", "end b", "end a"]);
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("SUP-4: a failed start stops the earlier ones in reverse and names the child and the cause", async () => {
      const { system, clock } = quiet();
      const bug = new Error("no port");
      const log = diary({
        c: {
          init: () => {
            throw bug;
          },
        },
      });
      const error = await rejection(system.start(three("oneForOne", log)));
      expect(error).toBeInstanceOf(StartFailed);
      expect(error.cause).toBe(bug);
      expect(error.reason).toMatchObject({
        shutdown: { failedToStartChild: "c", reason: { message: "no port" } },
      });
      expect(log.lines).toEqual(["start a", "start b", "start c", "end c", "end b", "end a"]);
      expect(system.processes()).toEqual([]);
      await clock.settle();
      expect(clock.timers).toBe(0);
      await system.stop();
    });

    test("SUP-4: ignore keeps an entry without a process, and the others start", async () => {
      const { system } = quiet();
      const None = genServer({ id: "none", init: (): number | typeof ignore => ignore });
      const log = diary();
      const top = await system.start(
        supervisor({ children: { none: child(None, []), a: child(Worker, [log, "a"]) } }),
      );
      expect(top.child.none.status).toBe("down");
      expect(top.child.none.send("x")).toBe(false);
      expect(top.child.a.status).toBe("live");
      await system.stop();
    });

    test("SUP-4: an init that takes longer than its initTimeoutMs fails the start", async () => {
      const { system, clock } = quiet();
      const log = diary({ a: { init: () => new Promise(() => {}) } });
      const started = rejection(
        system.start(
          supervisor({ children: { a: child(Worker, [log, "a"], { initTimeoutMs: 100 }) } }),
        ),
      );
      await clock.advance(100);
      expect(await started).toMatchObject({
        reason: { shutdown: { failedToStartChild: "a", reason: "timeout" } },
      });
      expect(log.lines).toEqual(["start a", "end a"]);
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("SUP-7: a supervisor that is stopped while it starts stops what has started", async () => {
      const { system, clock } = quiet();
      const log = diary({ b: { init: () => new Promise(() => {}) } });
      const started = rejection(system.start(three("oneForOne", log)));
      await clock.settle();
      await system.stop();
      expect(await started).toMatchObject({ reason: "shutdown" });
      expect(log.lines).toEqual(["start a", "start b", "end b", "end a"]);
      expect(clock.timers).toBe(0);
    });
  });

  describe("shutdown of a child", () => {
    const stubborn = (shutdownMs?: Shutdown) => {
      const log = diary({ a: { terminate: () => new Promise(() => {}) } });
      const options = shutdownMs === undefined ? {} : { shutdownMs };
      const top = supervisor({ children: { a: child(Worker, [log, "a"], options) } });
      return { log, top };
    };

    test("SUP-7: after shutdownMs it is killed, 5,000 ms unless said otherwise", async () => {
      for (const [shutdownMs, ms] of [
        [undefined, 5_000],
        [200, 200],
      ] as const) {
        const { system, clock } = quiet();
        const { log, top } = stubborn(shutdownMs);
        await system.start(top);
        const stopped = system.stop();
        await clock.advance(ms - 1);
        expect(log.lines).toEqual(["start a"]);
        await clock.advance(1);
        await stopped;
        expect(log.lines).toEqual(["start a", "end a"]);
        expect(clock.timers).toBe(0);
      }
    });

    test("SUP-7: the system's shutdownMs is the default of its children", async () => {
      const { system, clock } = testSystem({ shutdownMs: 50 });
      const { top } = stubborn();
      const ref = await system.start(top);
      const stopped = ref.stop();
      await clock.advance(50);
      await stopped;
      await system.stop();
    });

    test("SUP-7: system.stop cuts no supervisor short, started or starting: each child has its own time", async () => {
      for (const starting of [false, true]) {
        const { system, clock } = testSystem({ shutdownMs: 50 });
        const gate = latch();
        const log = diary({
          a: { terminate: () => gate.promise },
          ...(starting ? { b: { init: () => new Promise(() => {}) } } : {}),
        });
        const top = system.launch(
          supervisor({
            children: {
              a: child(Worker, [log, "a"], { shutdownMs: 20_000 }),
              b: child(Worker, [log, "b"]),
            },
          }),
        );
        await clock.settle();
        expect(top.status).toBe(starting ? "starting" : "live");
        const stopped = system.stop();
        await clock.advance(19_000);
        expect(log.lines).not.toContain("end a");
        gate.resolve();
        await stopped;
        expect(log.lines.at(-1)).toBe("end a");
        expect([clock.timers, clock.reported.length]).toEqual([0, 0]);
      }
    });

    test("SUP-7: brutalKill runs no terminate and waits for nothing", async () => {
      const { system } = quiet();
      const { log, top } = stubborn("brutalKill");
      await system.start(top);
      await system.stop();
      expect(log.lines).toEqual(["start a", "end a"]);
    });

    test("SUP-7: terminate runs on the supervisor's shutdown without trapping exits", async () => {
      const { system } = quiet();
      let ran = 0;
      const log = diary({ a: { terminate: () => ran++ } });
      await system.start(supervisor({ children: { a: child(Worker, [log, "a"]) } }));
      await system.stop();
      expect(ran).toBe(1);
    });
  });

  test("SUP-7: terminateUntrapped: false is OTP's way: without trapping there is no terminate", async () => {
    const { system } = testSystem({ terminateUntrapped: false });
    const ran: string[] = [];
    const Traps = (traps: boolean) =>
      genServer({
        id: "traps",
        init: (self) => void self.trapExit(traps),
        terminate: (_self, reason) => void ran.push(`${traps} ${String(reason)}`),
      });
    const children = { a: child(Traps(true), []), b: child(Traps(false), []) };
    await system.start(supervisor({ children }));
    await system.stop();
    expect(ran).toEqual(["true shutdown"]);
  });

  describe("strategies", () => {
    const restartsOf: Record<Strategy, string[]> = {
      oneForOne: ["end b", "start b"],
      oneForAll: ["end b", "end c", "end a", "start a", "start b", "start c"],
      restForOne: ["end b", "end c", "start b", "start c"],
    };
    for (const [strategy, expected] of Object.entries(restartsOf)) {
      test(`SUP-1: ${strategy} restarts what it says, in order`, async () => {
        const { system, clock } = quiet();
        const log = diary();
        const top = await system.start(three(strategy as Strategy, log));
        log.lines.length = 0;
        await crash(clock, top.child.b);
        expect(log.lines).toEqual(expected);
        expect(Object.values(top.child).map(({ status }) => status)).toEqual([
          "live",
          "live",
          "live",
        ]);
        await system.stop();
        expect(clock.timers).toBe(0);
      });
    }

    const comesBack: Record<Restart, Record<string, boolean>> = {
      permanent: { normal: true, shutdown: true, crash: true, kill: true },
      transient: { normal: false, shutdown: false, crash: true, kill: true },
      temporary: { normal: false, shutdown: false, crash: false, kill: false },
    };
    for (const strategy of Object.keys(restartsOf) as Strategy[]) {
      for (const [restart, ends] of Object.entries(comesBack)) {
        test(`SUP-2: ${restart} under ${strategy} comes back after what it says`, async () => {
          for (const [end, back] of Object.entries(ends)) {
            const { system, clock } = quiet();
            const log = diary();
            const types: [Restart, Restart, Restart] = [
              "permanent",
              restart as Restart,
              "permanent",
            ];
            const top = await system.start(three(strategy, log, types));
            const { b } = top.child;
            log.lines.length = 0;
            if (end === "crash") await crash(clock, b);
            else if (end === "kill") b.kill();
            else await b.call.stop(end);
            await clock.settle();
            expect([end, log.lines]).toEqual([end, back ? restartsOf[strategy] : ["end b"]]);
            expect(b.status).toBe(back ? "live" : "down");
            await system.stop();
          }
        });
      }
    }

    test("SUP-2: a transient that ended normally earlier is restarted with its group", async () => {
      const { system, clock } = quiet();
      const log = diary();
      const top = await system.start(
        three("oneForAll", log, ["permanent", "transient", "permanent"]),
      );
      await top.child.b.call.stop();
      await clock.settle();
      expect(top.child.b.status).toBe("down");
      await crash(clock, top.child.c);
      expect(top.child.b.status).toBe("live");
      expect(log.starts("b")).toBe(2);
      await system.stop();
    });

    test("SUP-2: a temporary sibling is stopped with the group and forgotten", async () => {
      const { system, clock } = quiet();
      const log = diary();
      const top = await system.start(
        three("oneForAll", log, ["permanent", "temporary", "permanent"]),
      );
      await crash(clock, top.child.a);
      expect(top.child.b.status).toBe("down");
      expect(log.starts("b")).toBe(1);
      await crash(clock, top.child.a);
      expect(log.starts("b")).toBe(1);
      expect(log.starts("a")).toBe(3);
      await system.stop();
    });
  });

  describe("too many restarts", () => {
    test("SUP-3: maxRestarts within periodMs, both ends included, and one more is too many", () => {
      const limit = new RestartLimit({ maxRestarts: 2, periodMs: 1_000 });
      expect([0, 500].map((at) => limit.allow(at))).toEqual([true, true]);
      expect(limit.allow(1_000)).toBe(false);
      const inclusive = new RestartLimit({ maxRestarts: 1, periodMs: 1_000 });
      expect([0, 1_001, 2_002].map((at) => inclusive.allow(at))).toEqual([true, true, true]);
      expect(new RestartLimit({ maxRestarts: 0, periodMs: 1_000 }).allow(0)).toBe(false);
    });

    test("SUP-3: the supervisor stops its children in reverse and ends with shutdown", async () => {
      const { system, clock } = quiet();
      const log = diary();
      const told = follow(system);
      const top = await system.start(three("oneForOne", log, undefined, 1));
      await crash(clock, top.child.b);
      expect(top.status).toBe("live");
      log.lines.length = 0;
      let reason: unknown;
      system.observe((event) => {
        if (event.type === "stopped" && event.process.behaviour === "three") reason = event.reason;
      });
      await crash(clock, top.child.b);
      expect(log.lines).toEqual(["end b", "end c", "end a"]);
      expect(top.status).toBe("down");
      expect(reason).toBe("shutdown");
      expect(told).toContain("terminal b");
      expect(Object.values(top.child).map(({ status }) => status)).toEqual([
        "down",
        "down",
        "down",
      ]);
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("SUP-3: the defaults are 1 restart in 5,000 ms, shared by all children", async () => {
      const { system, clock } = quiet();
      const log = diary();
      const make = () =>
        supervisor({
          children: { a: child(Worker, [log, "a"]), b: child(Worker, [log, "b"]) },
        });
      const patient = await system.start(make());
      await crash(clock, patient.child.a);
      await clock.advance(5_001);
      await crash(clock, patient.child.b);
      expect(patient.status).toBe("live");
      const hasty = await system.start(make());
      await crash(clock, hasty.child.a);
      await clock.advance(5_000);
      await crash(clock, hasty.child.b);
      expect(hasty.status).toBe("down");
      await system.stop();
    });

    test("SUP-3: a failed restart is tried again, and each try counts", async () => {
      for (const [failures, status] of [
        [2, "live"],
        [3, "down"],
      ] as const) {
        const { system, clock } = quiet();
        const log = diary({
          b: {
            init: (start) => {
              if (start > 1 && start <= 1 + failures) throw new Error("still no port");
            },
          },
        });
        const top = await system.start(three("oneForOne", log, undefined, 3));
        await crash(clock, top.child.b);
        expect([failures, top.status]).toEqual([failures, status]);
        expect(log.starts("b")).toBe(1 + 3);
        expect(log.starts("a")).toBe(1);
        await system.stop();
        expect(clock.timers).toBe(0);
      }
    });

    test("SUP-3: a failed restart of a group is tried again with its group", async () => {
      const { system, clock } = quiet();
      const failOnce: Plan = {
        init: (start) => {
          if (start === 2) throw new Error("once");
        },
      };
      const log = diary({ b: failOnce });
      const top = await system.start(three("oneForAll", log));
      await crash(clock, top.child.c);
      expect(log.lines.slice(3)).toEqual([
        "end c",
        "end b",
        "end a",
        "start a",
        "start b",
        "end b",
        "end a",
        "start a",
        "start b",
        "start c",
      ]);
      expect(Object.values(top.child).every((ref) => ref.status === "live")).toBe(true);
      await system.stop();
    });

    test("SUP-3: ends that come during a restart of the group are absorbed by it", async () => {
      const { system, clock } = quiet();
      const gate = latch();
      const log = diary({ a: { init: (start) => (start === 2 ? gate.promise : undefined) } });
      const top = await system.start(three("oneForAll", log, undefined, 2));
      const { a, b, c } = top.child;
      a.kill();
      b.kill();
      c.kill();
      await clock.settle();
      gate.resolve();
      await clock.settle();
      expect(top.status).toBe("live");
      expect(["a", "b", "c"].map((name) => log.starts(name))).toEqual([2, 2, 2]);
      await system.stop();
    });

    test("SUP-3: ends that come during a restart of another child wait their turn", async () => {
      const { system, clock } = quiet();
      const gate = latch();
      const log = diary({ a: { init: (start) => (start === 2 ? gate.promise : undefined) } });
      const top = await system.start(three("oneForOne", log));
      top.child.a.kill();
      await clock.settle();
      top.child.b.kill();
      await clock.settle();
      expect(log.starts("b")).toBe(1);
      gate.resolve();
      await clock.settle();
      expect(log.starts("b")).toBe(2);
      await system.stop();
    });
  });

  test("SUP-7: a stop during a restart gives up the start that is pending, and leaves nothing", async () => {
    for (const strategy of ["oneForOne", "oneForAll", "restForOne"] as const) {
      const { system, clock } = quiet();
      const log = diary({ b: { init: (n) => (n === 2 ? new Promise(() => {}) : undefined) } });
      const top = await system.start(three(strategy, log));
      await crash(clock, top.child.b);
      expect(top.child.b.status).toBe("restarting");
      const waiting = rejection(top.child.b.with({ whenDown: "wait" }).call.count());
      await system.stop();
      expect(await waiting).toMatchObject({ code: "actor-exit" });
      expect(log.lines.filter((line) => line.startsWith("start")).length).toBe(
        log.lines.filter((line) => line.startsWith("end")).length,
      );
      expect(clock.timers).toBe(0);
    }
  });

  describe("observers", () => {
    test("SUP-8: registered, started, restarting, stopped and terminal come in order", async () => {
      const { system, clock } = quiet();
      const told = follow(system);
      const log = diary();
      const top = await system.start(
        supervisor({ id: "top", maxRestarts: 1, children: { a: child(Worker, [log, "a"]) } }),
      );
      await crash(clock, top.child.a);
      await crash(clock, top.child.a);
      expect(told).toEqual([
        "registered a",
        "started a",
        "started top",
        "ending a",
        "stopped a",
        "restarting a",
        "started a",
        "restarted a",
        "ending a",
        "stopped a",
        "terminal a",
        "stopped top",
      ]);
      await system.stop();
    });

    test("SUP-8: restarting carries the count and the reason", async () => {
      const { system, clock } = quiet();
      const seen: unknown[] = [];
      system.observe((event) => {
        if (event.type === "restarting") seen.push([event.count, event.reason, event.delayMs]);
      });
      const log = diary();
      const top = await system.start(three("oneForOne", log));
      await crash(clock, top.child.a);
      await crash(clock, top.child.a);
      expect(seen).toMatchObject([
        [1, { message: "crash of a" }, 0],
        [2, { message: "crash of a" }, 0],
      ]);
      expect(await rejection(top.child.a.call.crash())).toMatchObject({ restarts: 2 });
      await system.stop();
    });

    test("SUP-8: one that throws is reported, blocks nothing and crashes nothing", async () => {
      const { system, clock } = testSystem();
      const bug = new Error("observer");
      const end = system.observe(() => {
        throw bug;
      });
      const told = follow(system);
      const log = diary();
      const top = await system.start(three("oneForOne", log));
      await crash(clock, top.child.a);
      expect(told).toContain("restarted a");
      expect(clock.reported.length).toBe(told.length);
      expect(clock.reported.every((error) => error === bug)).toBe(true);
      end();
      await system.stop();
    });

    test("SUP-8: the same observer twice is two, and each ends by itself", async () => {
      const { system } = testSystem();
      let told = 0;
      const observer = () => {
        told++;
      };
      const ends = [system.observe(observer), system.observe(observer)];
      await system.start(Worker, diary(), "x");
      expect(told).toBe(2);
      ends[0]?.();
      ends[0]?.();
      await system.start(Worker, diary(), "y");
      expect(told).toBe(3);
      await system.stop();
    });

    test("SUP-8: an asynchronous one that rejects is reported, and never unhandled", async () => {
      const { system, clock } = testSystem();
      const bug = new Error("observer");
      system.observe(async () => {
        throw bug;
      });
      const log = diary();
      const top = await system.start(three("oneForOne", log));
      await clock.settle();
      expect(top.status).toBe("live");
      expect(clock.reported.length).toBeGreaterThan(3);
      expect(clock.reported.every((error) => error === bug)).toBe(true);
      await system.stop();
    });

    test("SUP-8: an event that an observer causes comes after the one it was told", async () => {
      const { system } = testSystem();
      const told: string[] = [];
      const log = diary();
      system.observe((event) => {
        if (event.type === "started" && told.length === 0) {
          told.push("begin");
          void system.start(Worker, log, "y");
          told.push("end");
        } else told.push(event.type);
      });
      await system.start(Worker, log, "x");
      expect(told.slice(0, 3)).toEqual(["begin", "end", "started"]);
      await system.stop();
    });
  });

  describe("what is refused", () => {
    const refused = (children: unknown): Error =>
      thrown(() => supervisor({ children: children as never }));
    const startError = async (children: unknown) => {
      const { system } = quiet();
      const error = await rejection(system.start(supervisor({ children: children as never })));
      await system.stop();
      return error.cause as Error;
    };
    const log = diary();

    test("SUP-4: integer-like ids, which JavaScript would reorder", async () => {
      const two = { 2: child(Worker, [log, "2"]) };
      const words =
        'Child id "2" of supervisor is no name: it must be a string such as "reader"; JavaScript ' +
        "would start integers out of order";
      expect(refused(two)).toEqual(new TypeError(words));
      expect(await startError(() => two)).toEqual(new TypeError(words));
      for (const id of ["", 7, undefined, Worker, () => "a"]) {
        expect(refused([[id, child(Worker, [log, "a"])]]).message).toContain("is no name");
      }
    });

    test("SUP-4: what is no child, and one child under two ids", async () => {
      expect(refused({ a: Worker })).toBeInstanceOf(TypeError);
      const one = child(Worker, [log, "a"]);
      expect(refused({ a: one, b: one }).message).toBe(
        "Child b of supervisor stands under two ids: call child(…) once for each",
      );
      expect(await startError(() => 3)).toEqual(
        new TypeError(
          "children of supervisor is 3: it must be an object or a list of children, or a function " +
            "that gives one",
        ),
      );
      const twice = [
        ["a", child(Worker, [log, "a"])],
        ["a", child(Worker, [log, "a"])],
      ];
      expect(refused(twice).message).toBe(
        'Child id "a" of supervisor stands twice: each child needs its own',
      );
    });

    test("SUP-4: options out of range, named with what is allowed", () => {
      const spec = (options: object) => thrown(() => child(Worker, [log, "a"], options));
      expect(spec({ restart: "always" })).toEqual(
        new TypeError(
          'restart of child worker is "always": it must be one of "permanent", "transient", "temporary"',
        ),
      );
      expect(spec({ restartFrom: "now" })).toBeInstanceOf(TypeError);
      expect(spec({ shutdownMs: -1 })).toBeInstanceOf(RangeError);
      expect(spec({ initTimeoutMs: Number.NaN })).toBeInstanceOf(RangeError);
      expect(thrown(() => child(Worker, "a" as never))).toEqual(
        new TypeError('Arguments of child worker are "a": they must be a list, such as [3]'),
      );
      expect(thrown(() => child({} as never, []))).toEqual(
        new TypeError(
          "Cannot start {}: it is not a behaviour; make one with genServer, stateMachine or supervisor",
        ),
      );
      const made = (definition: object) =>
        thrown(() => supervisor({ children: {}, ...definition } as never));
      expect(made({ strategy: "all" })).toBeInstanceOf(TypeError);
      expect(made({ maxRestarts: -1 })).toEqual(
        new RangeError("maxRestarts of supervisor is -1: it must be a whole number, 0 or more"),
      );
      expect(made({ maxRestarts: 1.5 })).toBeInstanceOf(RangeError);
      expect(made({ periodMs: -1 })).toBeInstanceOf(RangeError);
      expect(made({ id: "" })).toBeInstanceOf(TypeError);
      expect(made({ periodMs: 0 })).toBeInstanceOf(RangeError);
      expect(made({ autoShutdown: "always" })).toBeInstanceOf(TypeError);
      expect(made({ init: 3 })).toBeInstanceOf(TypeError);
    });
  });
});
