// Task supervisors: tasks that belong to them, linked to their caller or not.
// Owns T-7, on virtual time.

import {
  ActorExit,
  awaitAll,
  child,
  type Job,
  supervisor,
  taskSupervisor,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { latch, Puppet, rejection, thrown } from "../kernel/probes.js";

export const suite = defineSuite("task supervisor", ({ test, expect }) => {
  const bug = new Error("a bug");
  const fail = (): never => {
    throw bug;
  };
  const never = () => new Promise<never>(() => {});
  const rig = () => {
    const crashes: unknown[] = [];
    return { ...testSystem({ onCrash: (error) => crashes.push(error) }), crashes };
  };

  test("T-7: a task of async ends with its caller, one of asyncNolink outlives it", async () => {
    const { system, clock } = rig();
    const tasks = await system.start(taskSupervisor());
    const caller = await system.start(Puppet);
    const gate = latch<number>();
    const jobs: Job<number>[] = [];
    await caller.call.run(() => {
      jobs.push(
        tasks.async(never),
        tasks.asyncNolink(() => gate.promise),
      );
    });
    const [linked, free] = jobs as [Job<number>, Job<number>];
    await clock.settle();
    const cancelled = rejection(linked);
    caller.kill();
    expect(linked.signal.aborted).toBe(true);
    expect(await cancelled).toMatchObject({ reason: { shutdown: "cancelled" } });
    gate.resolve(7);
    expect(await free).toBe(7);
    await system.stop();
  });

  test("T-7: a failure nobody waits for is the caller's with async, and nobody's otherwise", async () => {
    const { system, clock, crashes } = rig();
    const tasks = await system.start(taskSupervisor());
    const caller = await system.start(Puppet);
    await caller.call.run((self) => void self.trapExit());
    const stopped: unknown[] = [];
    system.observe((event) => {
      if (event.type === "stopped") stopped.push(event.process.behaviour, event.reason);
    });
    await caller.call.run(() => {
      tasks.asyncNolink(fail);
      tasks.startChild(fail);
    });
    await clock.settle();
    expect(await caller.call.log()).toEqual([]);
    expect(stopped).toMatchObject(["task", { message: "a bug" }, "task", { message: "a bug" }]);
    await caller.call.run(() => void tasks.async(fail));
    await caller.call.run(async (self) => {
      await null;
      void self.bind(tasks).async(fail);
    });
    await clock.settle();
    expect(await caller.call.log()).toMatchObject([{ type: "exit" }, { type: "exit" }]);
    expect(tasks.status).toBe("live");
    expect(crashes).toEqual([]);
    await system.stop();
  });

  test("T-7: whoever waits hears of a failure, and the supervisor goes on", async () => {
    const { system } = rig();
    const tasks = await system.start(taskSupervisor());
    const jobs = [tasks.asyncNolink(() => 1), tasks.async(async () => "two")] as const;
    expect(await awaitAll(jobs)).toEqual([1, "two"]);
    expect(await rejection(tasks.async(fail))).toBe(bug);
    expect(await tasks.asyncNolink(fail).settled()).toEqual({ status: "rejected", reason: bug });
    expect(system.processes()).toMatchObject([{ behaviour: "taskSupervisor", children: [] }]);
    await system.stop();
  });

  test("T-7: streams of a supervisor: asyncStream ends with a failure, asyncStreamNolink tells of each", async () => {
    const { system, clock } = rig();
    const tasks = await system.start(taskSupervisor());
    const run = (n: number) => (n === 2 ? fail() : n);
    const all: unknown[] = [];
    for await (const result of tasks.asyncStreamNolink([1, 2, 3], run)) all.push(result);
    expect(all).toEqual([
      { status: "fulfilled", value: 1 },
      { status: "rejected", reason: bug },
      { status: "fulfilled", value: 3 },
    ]);
    const got: number[] = [];
    const failed = (async () => {
      for await (const n of tasks.asyncStream([1, 2, 3], run)) got.push(n);
    })();
    expect(await rejection(failed)).toBe(bug);
    expect(got).toEqual([1]);
    const timed = (async () => {
      for await (const result of tasks.asyncStreamNolink([1], never, { timeoutMs: 10 })) {
        all.push(result);
      }
    })();
    const over = rejection(timed);
    await clock.advance(10);
    expect(await over).toMatchObject({ reason: "timeout" });
    await system.stop();
  });

  test("T-7: at its limit it starts nothing, and each end makes room", async () => {
    const { system, clock } = rig();
    const tasks = await system.start(taskSupervisor({ maxChildren: 2 }));
    const first = tasks.asyncNolink(never);
    const ref = tasks.startChild(never);
    const error = thrown(() => tasks.asyncNolink(() => 1));
    expect(error).toMatchObject({ code: "child-refused", why: "maxChildren", child: "task" });
    first.cancel();
    expect(await tasks.asyncNolink(() => 1)).toBe(1);
    ref.kill();
    expect(await awaitAll([tasks.async(() => 2), tasks.async(() => 3)])).toEqual([2, 3]);
    await clock.settle();
    await system.stop();
  });

  test("T-7: its end ends all tasks at once, under one timer", async () => {
    const { system, clock } = rig();
    const App = supervisor({
      children: { tasks: child(taskSupervisor({ shutdownMs: 100 }), []) },
    });
    const app = await system.start(App);
    const { tasks } = app.child;
    const ends: string[] = [];
    for (let n = 0; n < 100; n++) {
      void tasks
        .asyncNolink(never)
        .settled()
        .then(() => ends.push("killed"));
    }
    tasks.startChild(async (signal) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      ends.push("obeyed");
    });
    await clock.settle();
    const stopped = app.stop();
    await clock.advance(99);
    expect(ends).toEqual(["obeyed"]);
    await clock.advance(1);
    await stopped;
    expect(ends).toHaveLength(101);
    expect(thrown(() => tasks.async(() => 1))).toBeInstanceOf(ActorExit);
    await system.stop();
    expect(clock.timers).toBe(0);
  });

  test("T-7: a restarted supervisor begins empty, and its handle is good", async () => {
    const { system, clock } = rig();
    const App = supervisor({ children: { tasks: child(taskSupervisor(), []) } });
    const { tasks } = (await system.start(App)).child;
    const lost = rejection(tasks.asyncNolink(never));
    await clock.settle();
    tasks.kill();
    expect(await lost).toMatchObject({ reason: "killed" });
    await clock.settle();
    expect(await tasks.asyncNolink(() => 1)).toBe(1);
    await system.stop();
  });

  test("T-7: what strangers send does not end it", async () => {
    const { system, clock } = rig();
    const tasks = await system.start(taskSupervisor());
    const stranger = await system.start(Puppet);
    await stranger.call.run((self) => self.exit(tasks, "a bug"));
    tasks.send("hello");
    await clock.settle();
    expect(await tasks.asyncNolink(() => 1)).toBe(1);
    await system.stop();
  });

  test("wrong options are refused at once", () => {
    expect(thrown(() => taskSupervisor({ maxChildren: -1 })).message).toBe(
      "maxChildren of taskSupervisor is -1: it must be a whole number, 0 or more",
    );
    expect(thrown(() => taskSupervisor({ shutdownMs: Number.NaN }))).toBeInstanceOf(RangeError);
    expect(thrown(() => taskSupervisor({ id: 3 as never }))).toBeInstanceOf(TypeError);
  });
});
