// Trees of supervisors, and handles over restarts: what stays good, and what waits.
// Owns SUP-9, P-5 and H-1, on virtual time. Strategies and limits are in
// supervisor.suite.ts.

import { supervisor } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { latch, Puppet, rejection } from "../kernel/probes.js";
import { crash, type Diary, diary, Worker } from "./worker.js";

const tree = (log: Diary, maxRestarts = 0) =>
  supervisor({
    id: "tree",
    maxRestarts: 5,
    children: (child) => ({
      first: child(Worker, [log, "first"]),
      nested: child(
        supervisor({
          id: "nested",
          strategy: "oneForAll",
          maxRestarts,
          children: (make) => ({
            x: make(Worker, [log, "x"]),
            y: make(Worker, [log, "y"]),
          }),
        }),
        [],
      ),
    }),
  });

export const suite = defineSuite("nested supervisors", ({ describe, test, expect }) => {
  const quiet = () => testSystem({ onCrash: () => {} });

  test("SUP-9: a nested supervisor that gives up is restarted clean by the one above", async () => {
    const { system, clock } = quiet();
    const log = diary();
    const top = await system.start(tree(log));
    const { x, y } = top.child.nested.child;
    await y.call.count();
    y.cast.add(7);
    log.lines.length = 0;
    await crash(clock, x);
    expect(log.lines).toEqual(["end x", "end y", "start x", "start y"]);
    expect(top.child.nested.status).toBe("live");
    expect(await y.call.count()).toBe(0);
    await system.stop();
    expect(clock.timers).toBe(0);
  });

  test("SUP-9: handles taken before stay good over every restart of the nested supervisor", async () => {
    const { system, clock } = quiet();
    const log = diary();
    const top = await system.start(tree(log));
    const { nested } = top.child;
    const { x } = nested.child;
    const ids = [x.id];
    for (let round = 0; round < 4; round++) {
      await crash(clock, x);
      ids.push(x.id);
      expect(nested.child.x).toBe(x);
      expect(top.child.nested).toBe(nested);
      expect(await x.call.run(() => round)).toBe(round);
    }
    expect(new Set(ids).size).toBe(5);
    await system.stop();
    expect([nested.status, x.status]).toEqual(["down", "down"]);
  });

  test("SUP-9: siblings keep the handle that the children function gave them", async () => {
    const { system, clock } = quiet();
    const log = diary();
    const seen: unknown[] = [];
    const Nested = supervisor({
      maxRestarts: 0,
      children: (child) => {
        const a = child(Worker, [log, "a"]);
        return { a, asker: child(Puppet, [], { restart: "temporary" }), probe: probe(a.handle) };
        function probe(handle: typeof a.handle) {
          seen.push(handle);
          return child(Worker, [log, "probe"]);
        }
      },
    });
    const top = await system.start(
      supervisor({ maxRestarts: 3, children: (child) => ({ nested: child(Nested, []) }) }),
    );
    await crash(clock, top.child.nested.child.a);
    expect(seen).toHaveLength(2);
    for (const handle of seen as (typeof top.child.nested.child.a)[]) {
      expect(handle.id).toBe(top.child.nested.child.a.id);
      expect(await handle.call.count()).toBe(0);
      expect(handle.status).toBe("live");
    }
    await system.stop();
    expect((seen[0] as { status: string }).status).toBe("down");
  });

  test("SUP-9: the children function runs at every start of its supervisor", async () => {
    const { system, clock } = quiet();
    const log = diary();
    let runs = 0;
    const Nested = supervisor({
      maxRestarts: 0,
      children: (child, name: string) => {
        runs++;
        return { only: child(Worker, [log, `${name}${runs}`]) };
      },
    });
    const top = await system.start(
      supervisor({ maxRestarts: 3, children: (child) => ({ nested: child(Nested, ["n"]) }) }),
    );
    await crash(clock, top.child.nested.child.only);
    expect(runs).toBe(2);
    expect(log.lines).toEqual(["start n1", "end n1", "start n2"]);
    await system.stop();
  });

  test("SUP-9: another behaviour under an old name gets a handle of its own", async () => {
    const { system, clock } = quiet();
    const log = diary();
    let starts = 0;
    const Nested = supervisor({
      maxRestarts: 0,
      children: (child) => ({
        // Two behaviours under one name, which its type cannot say.
        only: starts++ === 0 ? child(Worker, [log, "w"]) : (child(Puppet, []) as never),
      }),
    });
    const top = await system.start(
      supervisor({ maxRestarts: 3, children: (child) => ({ nested: child(Nested, []) }) }),
    );
    const before = top.child.nested.child.only;
    await crash(clock, before);
    const after = top.child.nested.child.only;
    expect(after).not.toBe(before);
    expect(await after.call.run(() => 1)).toBe(1);
    expect(before.status).toBe("down");
    await system.stop();
  });

  test("SUP-7: stop ends the whole tree, deepest and last first, and leaves no timer", async () => {
    const { system, clock } = quiet();
    const log = diary();
    const top = await system.start(tree(log));
    log.lines.length = 0;
    await top.stop();
    await top.stop();
    expect(log.lines).toEqual(["end y", "end x", "end first"]);
    await clock.settle();
    expect(clock.timers).toBe(0);
    expect(system.processes()).toEqual([]);
    await system.stop();
  });

  test("a supervisor that is killed takes its children along, and is restarted", async () => {
    const { system, clock } = quiet();
    const log = diary();
    const top = await system.start(tree(log));
    const { x } = top.child.nested.child;
    top.child.nested.kill();
    await clock.settle();
    expect(log.starts("x")).toBe(2);
    expect(log.lines.filter((line) => line === "end x")).toHaveLength(1);
    expect(await x.call.count()).toBe(0);
    await system.stop();
  });

  test("a restart never overlaps what it replaces: the old one is disposed of first", async () => {
    const { system, clock } = quiet();
    const gate = latch();
    const log = diary({ x: { terminate: () => gate.promise } });
    const top = await system.start(tree(log, 5));
    const { x } = top.child.nested.child;
    const call = rejection(x.call.crash());
    await clock.settle();
    expect(log.starts("x")).toBe(1);
    gate.resolve();
    await call;
    await clock.settle();
    expect(log.lines.indexOf("end x")).toBeLessThan(log.lines.lastIndexOf("start x"));
    await system.stop();
  });

  describe("a child that is down", () => {
    async function restarting() {
      const made = quiet();
      const gate = latch();
      const log = diary({ first: { init: (start) => (start > 1 ? gate.promise : undefined) } });
      const top = await made.system.start(tree(log));
      const { first } = top.child;
      const before = first.id;
      first.kill();
      await made.clock.settle();
      return { ...made, gate, first, before };
    }

    test("H-1: with whenDown: wait a call waits for the restart and reaches the new one", async () => {
      const { system, gate, first, before } = await restarting();
      expect(first.status).toBe("restarting");
      const call = first.with({ whenDown: "wait" }).call.run((self) => self.ref.id);
      gate.resolve();
      expect(await call).toBe(first.id);
      expect(first.id).not.toBe(before);
      await system.stop();
    });

    test("H-1: waiting is within the timeout, and with the signal", async () => {
      const { system, clock, gate, first } = await restarting();
      const controller = new AbortController();
      const why = new Error("gave up");
      let ran = 0;
      const run = () => void ran++;
      const late = rejection(first.with({ whenDown: "wait", timeoutMs: 10 }).call.run(run));
      const aborted = rejection(
        first.with({ whenDown: "wait", signal: controller.signal }).call.run(run),
      );
      controller.abort(why);
      expect(await aborted).toBe(why);
      await clock.advance(10);
      expect(await late).toMatchObject({ code: "call-timeout" });
      gate.resolve();
      await clock.settle();
      expect(ran).toBe(0);
      await system.stop();
    });

    test("H-1: those who wait reject when there will be no restart", async () => {
      const { system, clock } = quiet();
      const log = diary();
      const top = await system.start(
        supervisor({
          maxRestarts: 0,
          children: (child) => ({ a: child(Worker, [log, "a"]) }),
        }),
      );
      const gate = latch();
      log.plans.a = { terminate: () => gate.promise };
      const crashed = rejection(top.child.a.call.crash());
      await clock.settle();
      const call = rejection(top.child.a.with({ whenDown: "wait" }).call.count());
      gate.resolve();
      await crashed;
      expect(await call).toMatchObject({ reason: "noproc" });
      expect(await rejection(top.child.a.with({ whenDown: "wait" }).call.count())).toMatchObject({
        reason: "noproc",
      });
      await system.stop();
    });

    test("H-1: between two incarnations a call rejects noproc and a cast gives false", async () => {
      const { system, clock } = quiet();
      const log = diary();
      const gate = latch();
      const top = await system.start(
        supervisor({
          strategy: "oneForAll",
          maxRestarts: 3,
          children: (child) => ({ a: child(Worker, [log, "a"]), b: child(Worker, [log, "b"]) }),
        }),
      );
      log.plans.a = { terminate: () => gate.promise };
      top.child.b.kill();
      await clock.settle();
      expect(top.child.b.status).toBe("restarting");
      expect(top.child.b.cast.add(1)).toBe(false);
      expect(await rejection(top.child.b.call.count())).toMatchObject({ reason: "noproc" });
      gate.resolve();
      await clock.settle();
      expect(top.child.b.cast.add(1)).toBe(true);
      expect(await top.child.b.call.count()).toBe(1);
      await system.stop();
    });

    test("H-1: ready resolves with the next live incarnation", async () => {
      const { system, clock, gate, first } = await restarting();
      let ready = false;
      const waits = first.ready.then(() => {
        ready = true;
      });
      await clock.settle();
      expect(ready).toBe(false);
      gate.resolve();
      await waits;
      await system.stop();
      expect(await rejection(first.ready)).toMatchObject({ reason: "noproc" });
    });

    test("P-4: monitor(handle) watches the present incarnation and never re-arms", async () => {
      const { system, clock } = quiet();
      const log = diary();
      const top = await system.start(tree(log));
      const watcher = await system.start(Puppet);
      await watcher.call.run((self) => self.monitor(top.child.first));
      await crash(clock, top.child.first);
      await crash(clock, top.child.first);
      expect(await watcher.call.log()).toHaveLength(1);
      await system.stop();
    });

    test("P-5: a ref is one incarnation: it stays down when its child comes back", async () => {
      const { system, clock } = quiet();
      const log = diary();
      const top = await system.start(tree(log));
      const ref = (await top.child.first.call.run((self) => self.ref)) as typeof top.child.first;
      await crash(clock, top.child.first);
      expect([ref.status, top.child.first.status]).toEqual(["down", "live"]);
      expect(await rejection(ref.call.count())).toMatchObject({ reason: "noproc" });
      await system.stop();
    });
  });

  test("a supervisor that was launched shows its children's handles at once", async () => {
    const { system, clock } = quiet();
    const gate = latch();
    const log = diary({ first: { init: () => gate.promise } });
    const top = system.launch(tree(log));
    expect(top.status).toBe("starting");
    expect(top.child.first.status).toBe("starting");
    const call = top.child.first.call.count();
    const later = top.child.nested.child;
    expect(Object.keys(later)).toEqual([]);
    gate.resolve();
    expect(await call).toBe(0);
    await top.ready;
    expect(Object.keys(top.child.nested.child)).toEqual(["x", "y"]);
    await system.stop();
    await clock.settle();
    const bad = system.processes();
    expect(bad).toEqual([]);
  });

  test("a launched supervisor whose children throw has no children, and ready says why", async () => {
    const { system } = quiet();
    const bug = new Error("no config");
    const top = system.launch(
      supervisor({
        children: (): Record<never, never> => {
          throw bug;
        },
      }),
    );
    expect(Object.keys(top.child)).toEqual([]);
    expect((await rejection(top.ready)).cause).toBe(bug);
    await system.stop();
  });
});
