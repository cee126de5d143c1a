// The status that handles show: never `live` for a process that has begun to end, whoever ends it.
// Owns H-1 as far as it is about `status`, `ready` and subscriptions, on virtual time. Calls over
// restarts are in nested.suite.ts.

import { child, genServer, type Restart, supervisor } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { type Latch, latch, rejection } from "../kernel/probes.js";
import { diary, Worker } from "./worker.js";

/** Two children, the second of which ends when its latch says so. */
function slowToEnd(restart: Restart = "permanent") {
  const ends: Latch[] = [];
  const log = diary({
    b: {
      terminate: () => {
        const end = latch();
        ends.push(end);
        return end.promise;
      },
    },
  });
  const App = supervisor({
    maxRestarts: 10,
    children: (child) => ({
      a: child(Worker, [log, "a"]),
      b: child(Worker, [log, "b"], { restart, shutdownMs: 60_000 }),
    }),
  });
  return { App, log, ends };
}

export const suite = defineSuite("the status of handles", ({ test, expect }) => {
  const quiet = () => testSystem({ onCrash: () => {} });

  test("H-1: a child is restarting from the moment it fails, however long its end takes", async () => {
    const { system, clock } = quiet();
    const { App, ends } = slowToEnd();
    const { b } = (await system.start(App)).child;
    const seen: string[] = [];
    b.subscribe(() => seen.push(b.status));
    void b.call.crash().catch(() => {});
    await clock.settle();
    expect(b.status).toBe("restarting");
    expect(seen).toEqual(["restarting"]);
    expect(await rejection(b.call.count())).toMatchObject({ reason: "noproc" });
    const waiting = b.with({ whenDown: "wait" }).call.count();
    ends[0]?.resolve();
    expect(await waiting).toBe(0);
    expect(b.status).toBe("live");
    expect(seen.at(-1)).toBe("live");
    ends.splice(0);
    const stopped = system.stop();
    await clock.settle();
    ends[0]?.resolve();
    await stopped;
  });

  test("H-1: a transient child that ends normally is down at once, and those who wait reject", async () => {
    const { system, clock } = quiet();
    const { App, ends } = slowToEnd("transient");
    const { b } = (await system.start(App)).child;
    void b.call.stop().catch(() => {});
    await clock.settle();
    expect(b.status).toBe("down");
    expect(await rejection(b.with({ whenDown: "wait" }).call.count())).toMatchObject({
      reason: "noproc",
    });
    ends[0]?.resolve();
    await clock.settle();
    expect(b.status).toBe("down");
    await system.stop();
  });

  test("H-1: in a shutdown each child is down when its turn comes, and live until then", async () => {
    const { system, clock } = quiet();
    const { App, ends } = slowToEnd();
    const app = await system.start(App);
    const { a, b } = app.child;
    const seen: string[] = [];
    b.subscribe(() => seen.push(b.status));
    const stopped = system.stop();
    await clock.settle();
    expect([app.status, a.status, b.status]).toEqual(["down", "live", "down"]);
    expect(seen).toEqual(["down"]);
    ends[0]?.resolve();
    await stopped;
    expect([a.status, b.status]).toEqual(["down", "down"]);
    expect(seen).toEqual(["down"]);
  });

  test("H-1: the children of a supervisor that is being restarted are restarting, not down", async () => {
    const { system, clock } = quiet();
    const { App, ends } = slowToEnd();
    const Top = supervisor({
      maxRestarts: 5,
      strategy: "oneForAll",
      children: (child) => ({
        app: child(App, []),
        other: child(Worker, [diary(), "other"]),
      }),
    });
    const top = await system.start(Top);
    const { b } = top.child.app.child;
    void top.child.other.call.crash().catch(() => {});
    await clock.settle();
    expect([top.child.app.status, b.status]).toEqual(["restarting", "restarting"]);
    const waiting = b.with({ whenDown: "wait" }).call.count();
    ends.shift()?.resolve();
    expect(await waiting).toBe(0);
    const stopped = system.stop();
    await clock.settle();
    ends.shift()?.resolve();
    await stopped;
  });

  test("H-2: between two incarnations a handle keeps its snapshots, the first one too", async () => {
    const { system, clock } = quiet();
    const again = latch();
    let starts = 0;
    const Page = genServer({
      id: "page",
      init: async () => {
        if (++starts > 1) await again.promise;
        return 0;
      },
      cast: {
        turn(self) {
          self.state++;
        },
        crash() {
          throw new Error("asked for");
        },
      },
      view: (state) => ({ page: state }),
    });
    const App = supervisor({ children: { page: child(Page, []) } });
    const { page } = (await system.start(App)).child;
    const initial = page.getInitialSnapshot();
    page.cast.turn();
    await clock.settle();
    const last = page.getSnapshot();
    page.cast.crash();
    await clock.settle();
    expect(page.status).toBe("restarting");
    expect([page.getInitialSnapshot(), page.getSnapshot()]).toEqual([{ page: 0 }, { page: 1 }]);
    expect(page.getInitialSnapshot()).toBe(initial);
    expect(page.getSnapshot()).toBe(last);
    again.resolve();
    await page.ready;
    expect(page.getSnapshot()).toEqual({ page: 0 });
    await system.stop();
  });

  test("GS-6: stop of a handle whose process is ending already waits until that is gone", async () => {
    const { system, clock } = quiet();
    const { App, log, ends } = slowToEnd();
    const { b } = (await system.start(App)).child;
    void b.call.crash().catch(() => {});
    await clock.settle();
    let gone = false;
    const stopped = b.stop().then(() => {
      gone = true;
      return [...log.lines];
    });
    await clock.settle();
    expect(gone).toBe(false);
    ends[0]?.resolve();
    expect(await stopped).toContain("end b");
    ends.splice(0);
    const all = system.stop();
    await clock.settle();
    ends[0]?.resolve();
    await all;
  });

  test("SUP-9: a sibling's handle is good at once, in every start of the children function", async () => {
    const { system, clock } = quiet();
    const log = diary();
    const ready: string[] = [];
    const changes: string[] = [];
    const Inner = supervisor({
      maxRestarts: 0,
      children: (child) => {
        const a = child(Worker, [log, "a"]);
        void a.handle.ready.then(() => ready.push(a.handle.id));
        const unsubscribe = a.handle.subscribe(() => {
          changes.push(a.handle.status);
          if (a.handle.status === "live") unsubscribe();
        });
        return { a };
      },
    });
    const App = supervisor({ maxRestarts: 5, children: (child) => ({ inner: child(Inner, []) }) });
    const app = await system.start(App);
    await clock.settle();
    void app.child.inner.child.a.call.crash().catch(() => {});
    await clock.settle();
    expect(ready).toHaveLength(2);
    expect(changes).toEqual(["live", "live"]);
    await system.stop();
  });
});
