// What a supervisor tells that gave up: once, to the system's `onCrash`, where nobody above deals with it.
// Owns GS-7 of supervisors, on virtual time. When a supervisor gives up is in supervisor.suite.ts.

import {
  child,
  dynamicSupervisor,
  genServer,
  SupervisorGaveUp,
  supervisor,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { rejection } from "../kernel/probes.js";
import { crash, diary, Worker } from "./worker.js";

export const suite = defineSuite("a supervisor that gave up", ({ test, expect }) => {
  const made = () => {
    const crashes: unknown[] = [];
    return { ...testSystem({ onCrash: (error) => crashes.push(error) }), crashes };
  };
  const one = (log = diary()) =>
    supervisor({ id: "app", maxRestarts: 1, children: { a: child(Worker, [log, "a"]) } });

  test("GS-7: at the top of a system it is a crash, told once, with child, reason, limit and cause", async () => {
    const { system, clock, crashes } = made();
    const app = await system.start(one());
    await crash(clock, app.child.a);
    expect(crashes).toEqual([]);
    await crash(clock, app.child.a);
    expect(crashes).toHaveLength(1);
    const [error] = crashes as [SupervisorGaveUp];
    expect(error).toBeInstanceOf(SupervisorGaveUp);
    expect(error.message).toMatch(
      /^Cannot keep app#\d+ running: child a exited with reason Error: crash of a, with maxRestarts 1 within 5000 ms; mend that, or raise maxRestarts$/,
    );
    expect(error).toMatchObject({
      code: "gave-up",
      child: "a",
      reason: { name: "Error", message: "crash of a" },
      maxRestarts: 1,
      periodMs: 5_000,
      cause: { message: "crash of a" },
    });
    await system.stop();
    expect(crashes).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  test("GS-7: by default it goes to the host's error channel, as every crash does", async () => {
    const { system, clock } = testSystem();
    const app = await system.start(one());
    await crash(clock, app.child.a);
    await crash(clock, app.child.a);
    expect(clock.reported).toHaveLength(1);
    expect(clock.reported[0]).toBeInstanceOf(SupervisorGaveUp);
    await system.stop();
  });

  test("GS-7: one that its own supervisor restarts is told of only if that one gives up, as its cause", async () => {
    const { system, clock, crashes } = made();
    const Top = supervisor({ id: "top", maxRestarts: 1, children: { app: child(one(), []) } });
    const top = await system.start(Top);
    const twice = async () => {
      await crash(clock, top.child.app.child.a);
      await crash(clock, top.child.app.child.a);
    };
    await twice();
    expect([crashes, top.status]).toEqual([[], "live"]);
    await twice();
    expect(crashes).toHaveLength(1);
    expect(crashes[0]).toMatchObject({
      code: "gave-up",
      child: "app",
      reason: "shutdown",
      cause: { code: "gave-up", child: "a", cause: { message: "crash of a" } },
    });
    await system.stop();
  });

  test("GS-7: an actor that owns it falls with it, and tells why", async () => {
    const { system, clock, crashes } = made();
    const Owner = genServer({
      id: "owner",
      init: async (self) => self.spawn(one()),
      call: { app: (self) => self.state },
    });
    const owner = await system.start(Owner);
    const app = await owner.call.app();
    await crash(clock, app.child.a);
    await crash(clock, app.child.a);
    expect(owner.status).toBe("down");
    expect(crashes).toHaveLength(1);
    expect(crashes[0]).toBeInstanceOf(SupervisorGaveUp);
    await system.stop();
  });

  test("GS-7: it is told also if the system is stopped before its children have ended", async () => {
    const { system, clock, crashes } = made();
    const slow = diary({ b: { terminate: () => new Promise(() => {}) } });
    const Slow = supervisor({
      maxRestarts: 0,
      children: {
        a: child(Worker, [slow, "a"]),
        b: child(Worker, [slow, "b"], { shutdownMs: 100 }),
      },
    });
    const app = await system.start(Slow);
    await crash(clock, app.child.a);
    expect(crashes).toEqual([]);
    const stopped = system.stop();
    await clock.advance(100);
    await stopped;
    expect(crashes).toHaveLength(1);
  });

  test("GS-7: a limit of a child's own, a restart that fails and dynamic children are told of alike", async () => {
    const { system, clock, crashes } = made();
    const log = diary({
      b: {
        init: (start) => {
          if (start > 1) throw new Error("no port");
        },
      },
    });
    const Own = supervisor({
      maxRestarts: 9,
      children: {
        a: child(Worker, [log, "a"], { restartLimit: { maxRestarts: 0, periodMs: 70 } }),
      },
    });
    await crash(clock, (await system.start(Own)).child.a);
    const Failing = supervisor({ maxRestarts: 2, children: { b: child(Worker, [log, "b"]) } });
    await crash(clock, (await system.start(Failing)).child.b);
    const rooms = await system.start(
      dynamicSupervisor({ id: "rooms", maxRestarts: 0, template: Worker }),
    );
    await crash(clock, await rooms.startChild(log, "c"));
    expect(crashes).toMatchObject([
      { child: "a", maxRestarts: 0, periodMs: 70 },
      { child: "b", maxRestarts: 2, reason: { message: "no port" }, cause: { message: "no port" } },
      { supervisor: expect.stringMatching(/^rooms#/), cause: { message: "crash of c" } },
    ]);
    await system.stop();
  });

  test("GS-7: an orderly end is no crash: stop, kill, shutdown, autoShutdown", async () => {
    const { system, clock, crashes } = made();
    const log = diary();
    await (await system.start(one())).stop();
    (await system.start(one())).kill();
    await (await system.start(one())).stop("shutdown");
    const Done = supervisor({
      autoShutdown: "anySignificant",
      children: { a: child(Worker, [log, "a"], { restart: "transient", significant: true }) },
    });
    const done = await system.start(Done);
    await done.child.a.call.stop();
    await clock.settle();
    expect(done.status).toBe("down");
    await system.start(one());
    await system.stop();
    expect(crashes).toEqual([]);
  });

  test("GS-7: a child that does not start is a crash of a supervisor that was launched; a stop is none", async () => {
    const { system, clock, crashes } = made();
    const late = diary({ a: { init: () => new Promise(() => {}) } });
    const children = { a: child(Worker, [late, "a"], { initTimeoutMs: 100 }) };
    const top = system.launch(supervisor({ id: "top", children }));
    const failed = rejection(top.ready);
    await clock.advance(100);
    await failed;
    expect(crashes).toHaveLength(1);
    expect(crashes[0]).toMatchObject({
      code: "start-failed",
      behaviour: "top",
      reason: { shutdown: { failedToStartChild: "a", reason: "timeout" } },
    });
    const stopped = system.launch(supervisor({ children }));
    const refused = rejection(stopped.ready);
    await clock.settle();
    void stopped.stop("shutdown");
    await system.stop();
    await refused;
    expect(crashes).toHaveLength(1);
  });
});
