// Tasks: a function in a process of its own, and the job of whoever started it.
// Owns T-1 to T-5, on virtual time. Streams are task-stream.suite.ts, supervisors of tasks
// test/supervision/task-supervisor.suite.ts.

import { processOf } from "../../src/behaviours/owner.js";
import {
  ActorExit,
  type ActorRef,
  asyncStream,
  awaitAll,
  byName,
  type Job,
  ProcessEnded,
  StartFailed,
  type System,
  startTask,
  task,
  taskSupervisor,
} from "../../src/index.js";
import { dispose } from "../../src/kernel/disposal.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { latch, Puppet, rejection, thrown } from "../kernel/probes.js";

export const suite = defineSuite("task", ({ describe, test, expect }) => {
  const rig = () => {
    const crashes: unknown[] = [];
    return { ...testSystem({ onCrash: (error) => crashes.push(error) }), crashes };
  };
  const bug = new Error("a bug");
  const fail = (): never => {
    throw bug;
  };
  const never = () => new Promise<never>(() => {});

  test("T-1: the function runs once, however many wait and however late", async () => {
    const { system, clock } = rig();
    let runs = 0;
    const job = task(system, async () => {
      await null;
      return ++runs;
    });
    const all = await Promise.all([job, job, job.then((n) => n + 1)]);
    expect(all).toEqual([1, 1, 2]);
    expect(await job).toBe(1);
    expect(await task(system, () => "now")).toBe("now");
    expect(system.processes()).toEqual([]);
    await system.stop();
    expect(clock.timers).toBe(0);
  });

  test("T-1: a job can stand wherever a promise can", async () => {
    const { system } = rig();
    const order: string[] = [];
    const job: Promise<number> = task(system, () => 1);
    expect(await Promise.all([job])).toEqual([1]);
    expect(await Promise.race([job, never()])).toBe(1);
    await job.finally(() => order.push("finally"));
    expect(await task(system, fail).catch((error) => error)).toBe(bug);
    expect(order).toEqual(["finally"]);
    await system.stop();
  });

  test("T-1: map makes a job of the result, computed once", async () => {
    const { system } = rig();
    let maps = 0;
    const text = task(system, () => 21).map((n) => {
      maps++;
      return String(n * 2);
    });
    expect(await Promise.all([text, text])).toEqual(["42", "42"]);
    expect(maps).toBe(1);
    expect(await rejection(task(system, () => 1).map(fail))).toBe(bug);
    const slow = task(system, never);
    slow.map((n) => n).cancel();
    expect(await rejection(slow)).toBeInstanceOf(ActorExit);
    await system.stop();
  });

  describe("failures", () => {
    test("T-2: whoever waits rejects with the error, and nobody else is told", async () => {
      const { system, clock, crashes } = rig();
      const job = task(system, fail);
      expect(await rejection(job)).toBe(bug);
      const late = task(system, () => Promise.reject(bug));
      const both = [rejection(late), rejection(late)];
      expect(await Promise.all(both)).toEqual([bug, bug]);
      await clock.settle();
      expect(crashes).toEqual([]);
      await system.stop();
    });

    test("T-2: a failure that nobody waits for goes to onCrash, and a later wait still gets it", async () => {
      const { system, clock, crashes } = rig();
      const job = task(system, fail);
      await clock.settle();
      expect(crashes).toEqual([bug]);
      expect(await rejection(job)).toBe(bug);
      await system.stop();
    });

    test("T-2: in an actor it is an exit signal to its owner, unless that waits", async () => {
      const { system, clock, crashes } = rig();
      const owner = await system.start(Puppet);
      expect(await owner.call.run((self) => task(self, fail).catch(() => "caught"))).toBe("caught");
      expect(owner.status).toBe("live");
      await owner.call.run((self) => void task(self, fail));
      await clock.settle();
      expect(owner.status).toBe("down");
      expect(crashes).toEqual([bug]);
      const trapping = await system.start(Puppet);
      await trapping.call.run((self) => void self.trapExit());
      await trapping.call.run((self) => void task(self, fail));
      await trapping.call.run((self) => void task(self, () => "well"));
      await trapping.call.run((self) =>
        task(self, fail)
          .settled()
          .then(() => {}),
      );
      await clock.settle();
      const log = await trapping.call.log();
      expect(log).toMatchObject([{ type: "exit", reason: { message: "a bug" } }]);
      await system.stop();
    });

    test("T-2: mustAwait ends the owner, even if the rejection is caught", async () => {
      const { system, clock, crashes } = rig();
      const owner = await system.start(Puppet);
      expect(await owner.call.run((self) => task(self, () => 7).mustAwait())).toBe(7);
      const caught = owner.call.run((self) =>
        task(self, fail)
          .mustAwait()
          .catch(() => "caught"),
      );
      expect(await caught).toBe("caught");
      expect(owner.status).toBe("down");
      expect(crashes).toEqual([bug]);
      expect(await rejection(task(system, fail).mustAwait())).toBe(bug);
      await clock.settle();
      expect(crashes).toEqual([bug, bug]);
      await system.stop();
    });

    test("P-8: what a task throws after it was given up is told to observers, and nobody else", async () => {
      const { system, clock, crashes } = rig();
      const late: unknown[] = [];
      system.observe((event) => {
        if (event.type === "lateError") late.push(event.error);
      });
      const gate = latch();
      const job = task(system, () => gate.promise);
      await clock.settle();
      job.cancel();
      gate.reject(bug);
      await clock.settle();
      expect([late, crashes, clock.reported]).toEqual([[bug], [], []]);
      await system.stop();
    });
  });

  describe("owners", () => {
    test("T-3: a task ends with its owner, which waits for it to obey its signal", async () => {
      const { system, clock } = rig();
      const owner = await system.start(Puppet);
      const lines: string[] = [];
      let job: Job<unknown> | undefined;
      await owner.call.run((self) => {
        job = task(self, async (signal) => {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          await null;
          lines.push("obeyed");
          signal.throwIfAborted();
        });
      });
      await clock.settle();
      expect(job?.signal.aborted).toBe(false);
      const failed = rejection(job as Job<unknown>);
      await owner.stop().then(() => lines.push("owner gone"));
      expect(lines).toEqual(["obeyed", "owner gone"]);
      expect(await failed).toMatchObject({ code: "actor-exit", reason: "shutdown" });
      expect(job?.signal.reason).toBeInstanceOf(ProcessEnded);
      await system.stop();
    });

    test("T-3: one that does not obey is given up with its owner", async () => {
      const { system, clock } = rig();
      const owner = await system.start(Puppet);
      const jobs: Job<never>[] = [];
      await owner.call.run((self) => {
        jobs.push(task(self, never), task(self, never));
      });
      await clock.settle();
      owner.kill();
      for (const job of jobs) expect(await rejection(job)).toMatchObject({ reason: "killed" });
      const other = task(system, never);
      const rejected = rejection(other);
      await clock.settle();
      const stopped = system.stop();
      await clock.advance(5_000);
      await stopped;
      expect(await rejected).toMatchObject({ reason: "killed" });
      expect(clock.timers).toBe(0);
    });

    test("T-3: where its owner crashed, whoever waits is told that it ended, and why", async () => {
      const { system, clock } = rig();
      const owner = await system.start(Puppet);
      const jobs: Job<never>[] = [];
      await owner.call.run((self) => {
        jobs.push(task(self, never));
      });
      await clock.settle();
      const failed = rejection(jobs[0] as Job<never>);
      owner.cast.run(fail);
      await clock.advance(5_000);
      expect(await failed).toMatchObject({ code: "actor-exit", reason: "killed" });
      const prompt = await system.start(Puppet);
      await prompt.call.run((self) => {
        jobs.push(
          task(
            self,
            (signal) =>
              new Promise((_, reject) => {
                signal.addEventListener("abort", () => reject(signal.reason));
              }),
          ),
        );
      });
      await clock.settle();
      const obeyed = rejection(jobs[1] as Job<never>);
      prompt.cast.run(fail);
      expect(await obeyed).toMatchObject({ code: "actor-exit", cause: bug });
      await system.stop();
    });

    test("T-3: what starts too late is refused", async () => {
      const { system } = rig();
      const owner = await system.start(Puppet);
      let kept: unknown;
      await owner.call.run((self) => {
        kept = self;
      });
      await owner.stop();
      expect(thrown(() => task(kept as never, () => 1))).toBeInstanceOf(ProcessEnded);
      await system.stop();
      expect(thrown(() => task(system, () => 1))).toBeInstanceOf(StartFailed);
    });

    test("T-3: a task of nobody outlives the actor that started it", async () => {
      const { system, clock, crashes } = rig();
      const owner = await system.start(Puppet);
      const gate = latch();
      let done = false;
      await owner.call.run((self) => {
        startTask(self, async () => {
          await gate.promise;
          done = true;
        });
        startTask(self, fail);
      });
      await clock.settle();
      await owner.stop();
      gate.resolve();
      await clock.settle();
      expect(done).toBe(true);
      expect(crashes).toEqual([bug]);
      const ref = startTask(system, never, { id: "upload" });
      expect(ref.id).toMatch(/^upload#/);
      ref.kill();
      expect(ref.status).toBe("down");
      await system.stop();
    });

    test("P-8: a task is a process that observers see", async () => {
      const { system } = rig();
      const told: string[] = [];
      system.observe((event) => {
        if ("process" in event) told.push(`${event.type} ${event.process.behaviour}`);
      });
      await task(system, () => 1, { id: "load" });
      expect(told).toEqual(["started load", "stopped load"]);
      await system.stop();
    });
  });

  describe("giving up", () => {
    test("T-4: cancel rejects whoever waits at once, aborts the signal, and disturbs nobody", async () => {
      const { system, clock, crashes } = rig();
      const owner = await system.start(Puppet);
      const jobs: Job<never>[] = [];
      await owner.call.run((self) => {
        jobs.push(task(self, never));
      });
      await clock.settle();
      const job = jobs[0] as Job<never>;
      const { signal } = job;
      const failed = rejection(job);
      job.cancel();
      job.cancel();
      expect(signal.aborted).toBe(true);
      expect(await failed).toMatchObject({
        reason: { shutdown: "cancelled" },
        message: `Cannot await ${job.id}: process exited with reason shutdown ("cancelled")`,
      });
      expect(owner.status).toBe("live");
      expect(crashes).toEqual([]);
      const disposed = task(system, never);
      disposed[dispose]();
      expect(await rejection(disposed)).toBeInstanceOf(ActorExit);
      const done = task(system, () => 1);
      await done;
      done.cancel();
      expect(await done).toBe(1);
      await system.stop();
    });

    test("T-4: a task that is cancelled before its turn never runs", async () => {
      const { system, clock } = rig();
      let runs = 0;
      const job = task(system, () => ++runs);
      job.cancel();
      await clock.settle();
      expect(runs).toBe(0);
      expect(await rejection(job)).toBeInstanceOf(ActorExit);
      await system.stop();
    });

    test("T-4: what a cancelled task still gives is nobody's, also for who waits later", async () => {
      const { system, clock } = rig();
      const gate = latch<number>();
      const job = task(system, () => gate.promise);
      await clock.settle();
      job.cancel();
      gate.resolve(7);
      await clock.settle();
      expect(await rejection(job)).toMatchObject({ reason: { shutdown: "cancelled" } });
      await system.stop();
    });

    test("T-4: a signal cancels with its reason, one that is aborted already too", async () => {
      const { system } = rig();
      const controller = new AbortController();
      const why = new Error("left the page");
      const job = task(system, never, { signal: controller.signal });
      controller.abort(why);
      expect(await rejection(job)).toBe(why);
      let runs = 0;
      const late = task(system, () => ++runs, { signal: controller.signal });
      expect(await rejection(late)).toBe(why);
      expect(runs).toBe(0);
      await system.stop();
    });

    test("T-4: a task that takes too long fails with the reason timeout", async () => {
      const { system, clock } = rig();
      const job = task(system, never, { timeoutMs: 50 });
      const failed = rejection(job);
      await clock.advance(49);
      expect(job.signal.aborted).toBe(false);
      await clock.advance(1);
      expect(await failed).toMatchObject({ code: "actor-exit", reason: "timeout" });
      expect(job.signal.aborted).toBe(true);
      expect(await task(system, () => 1, { timeoutMs: 50 })).toBe(1);
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("T-4: yield waits so long and lets it run on", async () => {
      const { system, clock } = rig();
      const gate = latch<number>();
      const job = task(system, () => gate.promise);
      const first = job.yield(100);
      await clock.advance(100);
      expect(await first).toBeNull();
      gate.resolve(7);
      expect(await job.yield(100)).toEqual({ status: "fulfilled", value: 7 });
      expect(await task(system, fail).yield()).toEqual({ status: "rejected", reason: bug });
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("T-4: shutdown lets a task end by itself within its time, and tells how", async () => {
      const { system, clock } = rig();
      const obeys = task(
        system,
        (signal) =>
          new Promise<string>((resolve) => {
            signal.addEventListener("abort", () => resolve("saved"));
          }),
      );
      await clock.settle();
      expect(await obeys.shutdown()).toEqual({ status: "fulfilled", value: "saved" });
      expect(await obeys.shutdown()).toEqual({ status: "fulfilled", value: "saved" });
      const ignores = task(system, never);
      await clock.settle();
      const ended = ignores.shutdown(100);
      await clock.advance(100);
      expect(await ended).toMatchObject({ status: "rejected", reason: { reason: "killed" } });
      const killed = await task(system, never).shutdown("brutalKill");
      expect(killed).toMatchObject({ status: "rejected", reason: { reason: "killed" } });
      await system.stop();
    });
  });

  // Looks inside: a leak of watches shows nowhere else.
  test("C-1: tasks, streams and waits for names leave no watch behind", async () => {
    const { system, clock } = rig();
    const watches = (owner: System | { ref: ActorRef }): number => {
      let count = 0;
      const first = processOf("owner", owner).extras?.watchers.first ?? null;
      for (let node = first; node !== null; node = node.next) count++;
      return count;
    };
    const tasks = await system.start(taskSupervisor());
    const caller = await system.start(Puppet);
    const before = [watches(system), watches({ ref: tasks }), watches({ ref: caller })];
    await caller.call.run(async (self) => {
      const bound = self.bind(tasks) as typeof tasks;
      for (let n = 0; n < 10; n++) await bound.async(() => n);
      for await (const _ of asyncStream(self, [1, 2, 3], (n) => n)) break;
      for await (const _ of bound.asyncStream([1, 2, 3], (n) => n));
      for await (const _ of asyncStream(system, [1, 2, 3], (n) => n));
    });
    const nobody = byName(system, "nobody", Puppet).with({ whenDown: "wait", timeoutMs: 10 });
    const waits = Array.from({ length: 10 }, () => rejection(nobody.call.log()));
    await clock.advance(10);
    await Promise.all(waits);
    await clock.settle();
    expect([watches(system), watches({ ref: tasks }), watches({ ref: caller })]).toEqual(before);
    await system.stop();
  });

  describe("many", () => {
    test("T-5: awaitAll gives the results in the order of the jobs", async () => {
      const { system } = rig();
      const gate = latch<string>();
      const slow = task(system, () => gate.promise);
      const quick = task(system, () => {
        gate.resolve("slow");
        return 2;
      });
      expect(await awaitAll([slow, quick])).toEqual(["slow", 2]);
      expect(await awaitAll([])).toEqual([]);
      await system.stop();
    });

    test("T-5: the first to fail rejects awaitAll, and the rest are cancelled", async () => {
      const { system, clock, crashes } = rig();
      const gate = latch();
      const first = task(system, () => gate.promise.then(() => Promise.reject(new Error("later"))));
      const second = task(system, fail);
      const third = task(system, never);
      const { signal } = third;
      expect(await rejection(awaitAll([first, second, third]))).toBe(bug);
      await clock.settle();
      expect(signal.aborted).toBe(true);
      expect(system.processes()).toEqual([]);
      expect(crashes).toEqual([]);
      await system.stop();
    });
  });

  test("what cannot be a task is refused at once", async () => {
    const { system } = rig();
    expect(thrown(() => task(system, 1 as never)).message).toBe("run is 1: it must be a function");
    expect(thrown(() => task({} as never, () => 1)).message).toBe(
      "owner is {}: it must be the self of a process, or a system",
    );
    expect(thrown(() => task(system, () => 1, { timeoutMs: -1 }))).toBeInstanceOf(RangeError);
    expect(thrown(() => task(system, () => 1, { timeoutMs: Number.NaN }))).toBeInstanceOf(
      RangeError,
    );
    expect(thrown(() => task(system, () => 1, { id: "" }))).toBeInstanceOf(TypeError);
    expect(thrown(() => task(system, () => 1, { signal: {} as never }))).toBeInstanceOf(TypeError);
    const job = task(system, () => 1);
    expect(thrown(() => job.yield(-1))).toBeInstanceOf(RangeError);
    expect(thrown(() => job.shutdown("soon" as never))).toBeInstanceOf(RangeError);
    expect(thrown(() => job.map(1 as never))).toBeInstanceOf(TypeError);
    await job;
    await system.stop();
  });
});
