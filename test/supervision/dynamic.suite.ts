// Supervisors whose children come while they run, and supervisors of partitions.
// Owns SUP-6, on virtual time. How OTP's simple_one_for_one does it is in test/conformance.

import {
  type ChildRefused,
  child,
  dynamicSupervisor,
  genServer,
  partitionSupervisor,
  restartChild,
  type Server,
  supervisor,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { latch, rejection, thrown } from "../kernel/probes.js";
import { crash, diary, follow, Worker } from "./worker.js";

export const suite = defineSuite("dynamic supervisors", ({ describe, test, expect }) => {
  const quiet = () => testSystem({ onCrash: () => {} });

  test("SUP-6: a template's children get their own arguments, and handles that follow restarts", async () => {
    const { system, clock } = quiet();
    const log = diary();
    const rooms = await system.start(dynamicSupervisor({ template: Worker, maxRestarts: 5 }));
    const [a, b] = [await rooms.startChild(log, "a"), await rooms.startChild(log, "b")];
    await crash(clock, a);
    expect(await Promise.all([a.call.count(), b.call.count()])).toEqual([0, 0]);
    expect(log.lines).toEqual(["start a", "start b", "end a", "start a"]);
    expect(await rooms.countChildren()).toEqual({
      specs: 1,
      active: 2,
      supervisors: 0,
      workers: 2,
    });
    await rooms.terminateChild(a);
    await rooms.terminateChild(a);
    expect(a.status).toBe("down");
    expect(await rooms.whichChildren()).toMatchObject([{ id: "2", state: "running" }]);
    await system.stop();
  });

  test("SUP-6: without a template each child brings its specification", async () => {
    const { system, clock } = quiet();
    const log = diary();
    const any = await system.start(dynamicSupervisor({ id: "any" }));
    const a = await any.startChild(child(Worker, [log, "a"], { restart: "temporary" }));
    const b = await any.startChild(child(supervisor({ children: {} }), []));
    expect(await any.countChildren()).toEqual({ specs: 2, active: 2, supervisors: 1, workers: 1 });
    expect((await any.getChildSpec(a)).restart).toBe("temporary");
    await crash(clock, a);
    expect([a.status, (await any.whichChildren()).length]).toEqual(["down", 1]);
    expect(await rejection(any.startChild(Worker as never))).toBeInstanceOf(TypeError);
    expect(await rejection(any.terminateChild(any))).toMatchObject({ why: "notFound" });
    expect(await rejection(restartChild(any as never, "2"))).toMatchObject({ why: "dynamic" });
    await any.terminateChild(b);
    await system.stop();
  });

  test("SUP-6: children start side by side, and a slow init holds up nobody", async () => {
    const { system } = quiet();
    const gate = latch();
    const log = diary({ slow: { init: () => gate.promise } });
    const rooms = await system.start(dynamicSupervisor({ template: Worker }));
    const slow = rooms.startChild(log, "slow");
    await rooms.startChild(log, "quick");
    expect(log.lines).toEqual(["start slow", "start quick"]);
    expect((await rooms.countChildren()).active).toBe(1);
    gate.resolve();
    expect((await slow).status).toBe("live");
    await system.stop();
  });

  test("SUP-6: children stop side by side, each within its time", async () => {
    const { system, clock } = quiet();
    const forever = () => new Promise<never>(() => {});
    const log = diary({ a: { terminate: forever }, b: { terminate: forever } });
    const rooms = await system.start(
      dynamicSupervisor({ template: Worker, childOptions: { shutdownMs: 1_000 } }),
    );
    const [a, b] = [await rooms.startChild(log, "a"), await rooms.startChild(log, "b")];
    const stopped = rooms.stop();
    await clock.advance(999);
    expect([a.status, b.status, log.lines.length]).toEqual(["down", "down", 2]);
    await clock.advance(1);
    await stopped;
    expect(log.lines.slice(2).sort()).toEqual(["end a", "end b"]);
    expect(clock.nowMs).toBe(1_000);
    await system.stop();
  });

  test("SUP-5: a child that is terminated while its restart is pending does not come back", async () => {
    const { system, clock } = quiet();
    let starts = 0;
    const pending = (): unknown => (++starts === 1 ? undefined : new Promise(() => {}));
    const log = diary({ a: { init: pending } });
    const rooms = await system.start(dynamicSupervisor({ template: Worker, maxRestarts: 9 }));
    const a = await rooms.startChild(log, "a");
    await crash(clock, a);
    expect(await rooms.whichChildren()).toMatchObject([{ state: "restarting" }]);
    const gone = rooms.terminateChild(a);
    // Its init does not look at its signal: it has the time that every child has.
    await clock.advance(5_000);
    await gone;
    expect([a.status, await rooms.whichChildren(), starts]).toEqual(["down", [], 2]);
    expect(rooms.status).toBe("live");
    await system.stop();
    expect(clock.timers).toBe(0);
  });

  test("SUP-6: maxChildren counts those that start, and one more is refused", async () => {
    const { system } = quiet();
    const gate = latch();
    const log = diary({ a: { init: () => gate.promise } });
    const rooms = await system.start(dynamicSupervisor({ template: Worker, maxChildren: 1 }));
    const a = rooms.startChild(log, "a");
    const refused = (await rejection(rooms.startChild(log, "b"))) as unknown as ChildRefused;
    expect(refused.why).toBe("maxChildren");
    gate.resolve();
    await rooms.terminateChild(await a);
    expect((await rooms.startChild(log, "c")).status).toBe("live");
    await system.stop();
  });

  test("SUP-6: too many restarts of any children end it, and its end ends those that start", async () => {
    const { system, clock } = quiet();
    const log = diary({ slow: { init: () => new Promise(() => {}) } });
    const rooms = await system.start(dynamicSupervisor({ template: Worker, maxRestarts: 1 }));
    const [a, b] = [await rooms.startChild(log, "a"), await rooms.startChild(log, "b")];
    const slow = rejection(rooms.startChild(log, "slow"));
    await crash(clock, a);
    await crash(clock, b);
    expect([rooms.status, a.status, b.status]).toEqual(["down", "down", "down"]);
    expect(await slow).toMatchObject({ reason: "shutdown" });
    expect(system.processes()).toEqual([]);
    await system.stop();
  });

  test("SUP-9: its children are told as lost when it is restarted, each by its id", async () => {
    const { system, clock } = quiet();
    const log = diary();
    const Rooms = dynamicSupervisor({ template: Worker });
    const app = await system.start(supervisor({ children: { rooms: child(Rooms, []) } }));
    const { rooms } = app.child;
    const a = await rooms.startChild(log, "a");
    await rooms.startChild(log, "b");
    const told = follow(system);
    rooms.kill();
    await clock.settle();
    expect(told.filter((line) => line.startsWith("lost"))).toEqual(["lost 1", "lost 2"]);
    expect([rooms.status, a.status, await rooms.whichChildren()]).toEqual(["live", "down", []]);
    await system.stop();
  });

  test("SUP-4: a template that is no behaviour, and a limit that is none, are refused at once", () => {
    const made = (options: object) => thrown(() => dynamicSupervisor(options as never));
    expect(made({ template: [Worker, Worker] }).message).toContain("it must be one behaviour");
    expect(made({ maxChildren: -1 })).toBeInstanceOf(RangeError);
    expect(made({ template: Worker, childOptions: { restart: "never" } })).toBeInstanceOf(
      TypeError,
    );
    const significant = { restart: "transient", significant: true };
    expect(made({ template: Worker, childOptions: significant })).toBeInstanceOf(TypeError);
  });

  describe("partitions", () => {
    const Echo: Server<[index: number], { call: { index(): number; crash(): void } }> = genServer({
      id: "echo",
      init: (_self, index: number) => index,
      call: {
        index: (self) => self.state,
        crash: () => {
          throw new Error("crash");
        },
      },
    });
    const Parts = partitionSupervisor({ partitions: 4, child: (index) => child(Echo, [index]) });

    test("SUP-6: a key always gives the same partition, over restarts too", async () => {
      const { system, clock } = quiet();
      const parts = await system.start(Parts);
      const keys = Array.from({ length: 200 }, (_, index) => `user ${index}`);
      const indexes = await Promise.all(keys.map((key) => parts.partition(key).call.index()));
      expect([...new Set(indexes)].sort()).toEqual([0, 1, 2, 3]);
      for (const index of [0, 1, 2, 3]) {
        expect(indexes.filter((other) => other === index).length).toBeGreaterThan(25);
      }
      await crash(clock, parts.partition("user 7"));
      expect(await parts.partition("user 7").call.index()).toBe(indexes[7]);
      expect([
        await parts.partition(5).call.index(),
        await parts.partition(-1).call.index(),
      ]).toEqual([1, 3]);
      expect(parts.partitions).toBe(4);
      await system.stop();
    });

    test("SUP-6: what is no key and no number of partitions is refused", async () => {
      const { system } = quiet();
      const parts = await system.start(Parts);
      for (const key of [1.5, Number.NaN, null, {}]) {
        expect(thrown(() => parts.partition(key as never))).toBeInstanceOf(TypeError);
      }
      for (const partitions of [0, 1.5, Number.POSITIVE_INFINITY]) {
        expect(
          thrown(() => partitionSupervisor({ partitions, child: () => child(Echo, [0]) })),
        ).toBeInstanceOf(RangeError);
      }
      await system.stop();
    });
  });
});
