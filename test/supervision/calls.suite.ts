// What a supervisor is asked while it runs, and what its children may say of themselves.
// Owns SUP-5, the autoShutdown of SUP-4, the delays and limits of SUP-3, and what SUP-9 says is lost. How
// OTP answers in every standing is in test/conformance.

import {
  backoff,
  type ChildRefused,
  child,
  countChildren,
  deleteChild,
  genServer,
  getChildSpec,
  type Handle,
  ignore,
  restartChild,
  type Server,
  type SupervisorHandle,
  startChild,
  supervisor,
  terminateChild,
  whichChildren,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { rejection, thrown } from "../kernel/probes.js";
import { crash, diary, follow, Worker } from "./worker.js";

export const suite = defineSuite("supervisor calls", ({ describe, test, expect }) => {
  const quiet = () => testSystem({ onCrash: () => {} });
  const log = diary();

  test("SUP-5: a child comes, ends, comes again and is forgotten, and its handle is the same", async () => {
    const { system } = quiet();
    const app = await system.start(supervisor({ children: { a: child(Worker, [log, "a"]) } }));
    const b = await startChild(app, "b", child(Worker, [log, "b"]));
    expect(await b.call.count()).toBe(0);
    expect(Object.keys(app.child)).toEqual(["a", "b"]);
    await terminateChild(app, "b");
    expect(b.status).toBe("down");
    expect(await whichChildren(app)).toMatchObject([
      { id: "a", state: "running", type: "worker" },
      { id: "b", state: "stopped", type: "worker" },
    ]);
    expect(await restartChild(app, "b")).toBe((await whichChildren(app))[1]?.handle);
    expect(b.status).toBe("live");
    await terminateChild(app, b);
    await deleteChild(app, "b");
    expect(await countChildren(app)).toEqual({ specs: 1, active: 1, supervisors: 0, workers: 1 });
    const again = await startChild(app, "b", child(Worker, [log, "b"]));
    expect(again.status).toBe("live");
    await system.stop();
  });

  test("SUP-5: what does not fit is refused, and changes nothing", async () => {
    const { system } = quiet();
    const app = await system.start(supervisor({ children: { a: child(Worker, [log, "a"]) } }));
    const why = async (asked: Promise<unknown>) =>
      ((await rejection(asked)) as unknown as ChildRefused).why;
    const other = child(Worker, [log, "other"]);
    expect(await why(startChild(app, "a", other))).toBe("alreadyStarted");
    expect(await why(restartChild(app, "a"))).toBe("running");
    expect(await why(deleteChild(app, "a"))).toBe("running");
    expect(await why(terminateChild(app, "b"))).toBe("notFound");
    expect(await why(getChildSpec(app, "b"))).toBe("notFound");
    expect(await why(terminateChild(app, app))).toBe("notFound");
    await terminateChild(app, "a");
    expect(await why(startChild(app, "a", other))).toBe("alreadyPresent");
    expect(await rejection(deleteChild(app, "nobody"))).toMatchObject({
      code: "child-refused",
      message: "Cannot delete nobody: there is no such child",
    });
    await system.stop();
    expect(await rejection(countChildren(app))).toMatchObject({ reason: "noproc" });
    expect(thrown(() => countChildren("app" as never)).message).toBe(
      'Cannot call countChildren with "app": it must be the handle or a ref of a supervisor of this realm, ' +
        "as system.start gives; one of another realm is asked there",
    );
  });

  test("SUP-5: wrong arguments are a TypeError of whoever asked, and end nothing", async () => {
    const { system } = quiet();
    const app = await system.start(supervisor({ children: {} }));
    for (const [id, spec] of [
      ["7", child(Worker, [log, "7"])],
      [undefined, child(Worker, [log, "x"])],
      ["x", Worker],
      ["x", child(Worker, [log, "x"], { restart: "transient", significant: true })],
    ]) {
      expect(await rejection(startChild(app, id as never, spec as never))).toBeInstanceOf(
        TypeError,
      );
    }
    expect(await whichChildren(app)).toEqual([]);
    await system.stop();
  });

  test("SUP-5: a failed start is told with its reason, and leaves no entry behind", async () => {
    const { system } = quiet();
    const plans = { b: { init: () => Promise.reject(new Error("no start")) } };
    const app = await system.start(supervisor({ children: {} }));
    const failed = await rejection(startChild(app, "b", child(Worker, [diary(plans), "b"])));
    expect(failed).toMatchObject({ code: "start-failed", reason: { message: "no start" } });
    expect([await whichChildren(app), Object.keys(app.child)]).toEqual([[], []]);
    const Ignored = genServer({ id: "ignored", init: () => ignore });
    expect((await startChild(app, "c", child(Ignored, []))).status).toBe("down");
    expect(await whichChildren(app)).toMatchObject([{ id: "c", state: "stopped" }]);
    await startChild(app, "d", child(Ignored, [], { restart: "temporary" }));
    expect((await whichChildren(app)).length).toBe(1);
    await system.stop();
  });

  test("SUP-5: it waits as long as a child takes, unless it was given a timeout", async () => {
    const { system, clock } = quiet();
    const slow = diary({
      a: { terminate: () => new Promise((resolve) => void platformTimer(resolve)) },
    });
    let platformTimer: (run: (value: unknown) => void) => void = () => {};
    const app = await system.start(
      supervisor({ children: { a: child(Worker, [slow, "a"], { shutdownMs: 60_000 }) } }),
    );
    await app.child.a.call.run((self) => {
      const { platform } = self;
      platformTimer = (run) => platform.setTimer(() => run(0), 20_000);
    });
    const gone = terminateChild(app, "a");
    const hasty = countChildren(app.with({ timeoutMs: 10 }));
    const late = rejection(hasty);
    await clock.advance(20_000);
    await gone;
    expect(await late).toMatchObject({ code: "call-timeout", timeoutMs: 10 });
    await system.stop();
  });

  test("SUP-5: asked in the init of its own child it rejects with the circle, and does not hang", async () => {
    const { system } = quiet();
    let app: SupervisorHandle<unknown> | null = null;
    let answer: Promise<Record<string, unknown>> | null = null;
    const Asker = genServer({
      id: "asker",
      init: () => {
        if (app !== null) answer = rejection(countChildren(app));
        return 0;
      },
    });
    const started = await system.start(supervisor({ children: {} }));
    app = started;
    await startChild(started, "asker", child(Asker, []));
    expect(await answer).toMatchObject({ code: "call-cycle" });
    await system.stop();
  });

  test("SUP-4: a specification is given back with its defaults", async () => {
    const { system } = testSystem({ shutdownMs: 70 });
    const Inner = supervisor({ id: "inner", children: {} });
    const app = await system.start(
      supervisor({
        children: {
          a: child(Worker, [log, "a"]),
          s: child(Inner, [], { shutdownMs: "brutalKill", type: "worker" }),
          t: child(Inner, [], { restart: "temporary" }),
        },
      }),
    );
    const specs = ["a", "s", "t"].map((id) => getChildSpec(app, id));
    expect(await Promise.all(specs)).toEqual([
      { id: "a", restart: "permanent", shutdownMs: 70, significant: false, type: "worker" },
      {
        id: "s",
        restart: "permanent",
        shutdownMs: "brutalKill",
        significant: false,
        type: "worker",
      },
      {
        id: "t",
        restart: "temporary",
        shutdownMs: Infinity,
        significant: false,
        type: "supervisor",
      },
    ]);
    await system.stop();
  });

  test("SUP-4: init may give options for these arguments, or say ignore", async () => {
    const { system, clock } = quiet();
    const App = supervisor({
      init: (mode: string) => (mode === "none" ? ignore : { maxRestarts: 0 }),
      children: () => ({ a: child(Worker, [log, "a"]) }),
    });
    expect(await rejection(system.start(App, "none"))).toMatchObject({ reason: "ignored" });
    const app = await system.start(App, "strict");
    await crash(clock, app.child.a);
    expect(app.status).toBe("down");
    const Wrong = supervisor({ init: () => ({ maxRestarts: -1 }), children: {} });
    expect((await rejection(system.start(Wrong))).cause).toBeInstanceOf(RangeError);
    await system.stop();
  });

  describe("autoShutdown", () => {
    const significant = { restart: "transient", significant: true } as const;
    const two = (autoShutdown: "anySignificant" | "allSignificant") =>
      supervisor({
        autoShutdown,
        children: {
          a: child(Worker, [log, "a"], significant),
          b: child(Worker, [log, "b"], significant),
          c: child(Worker, [log, "c"]),
        },
      });

    test("SUP-4: anySignificant ends the supervisor with the first that ends by itself", async () => {
      const { system, clock } = quiet();
      const app = await system.start(two("anySignificant"));
      await terminateChild(app, "b");
      expect(app.status).toBe("live");
      await app.child.a.call.stop();
      await clock.settle();
      expect([app.status, app.child.c.status]).toEqual(["down", "down"]);
      await system.stop();
    });

    test("SUP-4: allSignificant ends it with the last, and a crash is no end", async () => {
      const { system, clock } = quiet();
      const app = await system.start(two("allSignificant"));
      await app.child.a.call.stop();
      await crash(clock, app.child.b);
      expect([app.status, app.child.b.status]).toEqual(["live", "live"]);
      await app.child.b.call.stop();
      await clock.settle();
      expect(app.status).toBe("down");
      await system.stop();
    });

    test("SUP-4: significant is refused for permanent children, and where nothing comes of it", () => {
      const permanent = thrown(() => child(Worker, [log, "a"], { significant: true }));
      expect(permanent.message).toContain('make it "transient" or "temporary"');
      const never = { children: { a: child(Worker, [log, "a"], significant) } };
      expect(thrown(() => supervisor(never)).message).toContain('"anySignificant"');
      const maybe = { significant: "maybe" as never };
      expect(thrown(() => child(Worker, [log, "a"], maybe))).toBeInstanceOf(TypeError);
    });
  });

  describe("delays and limits of a child", () => {
    test("SUP-8: a restart is told before its delay, and happens after it", async () => {
      const { system, clock } = quiet();
      const delays: number[] = [];
      system.observe((event) => {
        if (event.type === "restarting") delays.push(event.delayMs);
      });
      const app = await system.start(
        supervisor({
          strategy: "oneForAll",
          children: {
            a: child(Worker, [log, "a"], { restartDelayMs: 500 }),
            b: child(Worker, [log, "b"]),
          },
        }),
      );
      const { a, b } = app.child;
      await crash(clock, a);
      expect([a.status, b.status, delays]).toEqual(["restarting", "restarting", [500]]);
      expect((await whichChildren(app)).map(({ state }) => state)).toEqual([
        "restarting",
        "stopped",
      ]);
      await clock.advance(499);
      expect(a.status).toBe("restarting");
      await clock.advance(1);
      expect([a.status, b.status]).toEqual(["live", "live"]);
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("SUP-5: terminating a child that waits for its restart cancels that", async () => {
      const { system, clock } = quiet();
      const spec = child(Worker, [log, "a"], { restartDelayMs: 500 });
      const app = await system.start(supervisor({ children: { a: spec } }));
      await crash(clock, app.child.a);
      expect(await rejection(restartChild(app, "a"))).toMatchObject({ why: "restarting" });
      await terminateChild(app, "a");
      await clock.advance(1_000);
      expect(app.child.a.status).toBe("down");
      await restartChild(app, "a");
      expect(app.child.a.status).toBe("live");
      await system.stop();
    });

    test("SUP-3: backoff grows, is drawn at random, and begins anew after a quiet period", async () => {
      const delay = backoff({ minMs: 100, maxMs: 1_000 });
      const [low, high] = [() => 0, () => 1];
      expect([1, 2, 3, 4, 5].map((attempt) => delay(attempt, high))).toEqual([
        200, 400, 800, 1_000, 1_000,
      ]);
      expect(delay(9, low)).toBe(100);
      expect(thrown(() => backoff({ minMs: 9, maxMs: 1 }))).toBeInstanceOf(RangeError);
      expect(thrown(() => backoff({ minMs: 1, maxMs: 9, factor: 0 }))).toBeInstanceOf(RangeError);
      const { system, clock } = quiet();
      const attempts: number[] = [];
      const restartDelayMs = (attempt: number) => {
        attempts.push(attempt);
        return 10;
      };
      const app = await system.start(
        supervisor({
          maxRestarts: 9,
          periodMs: 1_000,
          children: { a: child(Worker, [log, "a"], { restartDelayMs }) },
        }),
      );
      for (const quietMs of [100, 100, 5_000, 100]) {
        await crash(clock, app.child.a);
        await clock.advance(quietMs);
      }
      expect(attempts).toEqual([1, 2, 3, 1]);
      await system.stop();
    });

    test("SUP-3: a child with a limit of its own uses up none of the supervisor's", async () => {
      const { system, clock } = quiet();
      const spec = (name: string, maxRestarts?: number) =>
        child(
          Worker,
          [log, name],
          maxRestarts === undefined ? {} : { restartLimit: { maxRestarts } },
        );
      const app = await system.start(
        supervisor({ maxRestarts: 1, children: { a: spec("a", 3), b: spec("b") } }),
      );
      for (let times = 0; times < 3; times++) await crash(clock, app.child.a);
      await crash(clock, app.child.b);
      expect([app.child.a.status, app.child.b.status]).toEqual(["live", "live"]);
      await crash(clock, app.child.a);
      expect(app.status).toBe("down");
      await system.stop();
    });
  });

  test("SUP-9: children that were added are told as lost when their supervisor restarts, and are down", async () => {
    const { system, clock } = quiet();
    const Inner = supervisor({ id: "inner", children: { a: child(Worker, [log, "a"]) } });
    const app = await system.start(supervisor({ children: { inner: child(Inner, []) } }));
    const { inner } = app.child;
    const added = (await startChild(inner, "b", child(Worker, [log, "b"]))) as Handle;
    const waits = (added as typeof inner.child.a).with({ whenDown: "wait" });
    const told = follow(system);
    inner.kill();
    const answer = rejection(waits.call.count());
    await clock.settle();
    expect(told).toContain("lost b");
    expect(told.filter((line) => line.startsWith("lost"))).toEqual(["lost b"]);
    expect([inner.status, inner.child.a.status, added.status]).toEqual(["live", "live", "down"]);
    expect(await answer).toMatchObject({ reason: "noproc" });
    expect(Object.keys(inner.child)).toEqual(["a"]);
    await system.stop();
  });

  test("SUP-1: children in a list start in its order, however many there are", async () => {
    const { system } = quiet();
    const own = diary();
    const App = supervisor({
      children: (make, names: string[]) =>
        names.map((name) => [name, make(Worker, [own, name])] as const),
    });
    const app = await system.start(App, ["z", "a", "m"]);
    expect(own.lines).toEqual(["start z", "start a", "start m"]);
    expect(await (app.child.m as Handle & { call: { count(): unknown } }).call.count()).toBe(0);
    await system.stop();
  });

  test("SUP-5: a thousand temporary children that came and went leave nothing behind", async () => {
    const { system } = quiet();
    const Short: Server<[], Record<never, never>> = genServer({
      id: "short",
      init: (self) => self.continue("end"),
      continue: { end: (self) => self.stop() },
    });
    const app = await system.start(supervisor({ children: {} }));
    for (let index = 0; index < 1_000; index++) {
      await startChild(app, `short ${index}`, child(Short, [], { restart: "temporary" }));
    }
    expect([await whichChildren(app), Object.keys(app.child)]).toEqual([[], []]);
    await system.stop();
  });
});
