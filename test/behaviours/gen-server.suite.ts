// What a server promises: replies, order, crashes, rejections, stops.
// Owns the guarantees of genServer, on virtual time, on every host.
// Does not cover supervision: see test/supervision/.

import { ActorExit, genServer, postpone, stateMachine, supervisor } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";

const Counter = genServer({
  id: "counter",
  init: (_self, start: number = 0) => ({ count: start }),
  call: {
    get: (self) => self.state.count,
    add(self, by: number) {
      self.state.count += by;
      return self.state.count;
    },
    boom(): number {
      throw new Error("boom");
    },
    async slow(self, ms: number) {
      await new Promise<void>((resolve) => self.signal.addEventListener("abort", () => resolve()));
      return ms;
    },
  },
  cast: {
    inc(self, by: number = 1) {
      self.state.count += by;
    },
  },
  view: (state) => state.count,
});

export const suite = defineSuite("genServer", ({ test, expect }) => {
  test("casts come before the call that follows them", async () => {
    const { system } = testSystem();
    const counter = await system.start(Counter, 3);
    expect(counter.cast.inc(2)).toBe(true);
    counter.cast.inc();
    expect(await counter.call.get()).toBe(6);
    await system.stop();
    expect(counter.cast.inc()).toBe(false);
  });

  test("a throw rejects the caller with ActorExit and goes to onCrash", async () => {
    const { system, clock } = testSystem();
    const counter = await system.start(Counter, 3);
    const error = await counter.call.boom().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ActorExit);
    expect((error as ActorExit).message).toBe(
      "Cannot call counter#2.boom: process exited with reason Error: boom",
    );
    expect(clock.reported).toHaveLength(1);
    await system.stop();
    expect(clock.timers).toBe(0);
  });

  test("a supervisor restarts what crashed and the handle follows", async () => {
    const { system } = testSystem();
    const App = supervisor({
      maxRestarts: 3,
      children: (child) => ({ a: child(Counter, [1]), b: child(Counter, [2]) }),
    });
    const app = await system.start(App);
    const { a } = app.child;
    await a.call.add(10);
    await a.call.boom().catch(() => {});
    expect(await a.with({ whenDown: "wait" }).call.get()).toBe(1);
    expect(app.child.a).toBe(a);
    await system.stop();
    expect(a.status).toBe("down");
  });

  test("a door", async () => {
    const Door = stateMachine({
      id: "door",
      init: (_self, code: string) => ({ state: "locked", data: { code } }),
      states: {
        locked: {
          call: {
            unlock(self, code: string) {
              if (code !== self.data.code) return false;
              self.nextState("open", { stateTimeoutMs: 5_000 });
              return true;
            },
          },
          cast: { push: postpone },
        },
        open: {
          cast: { push: (self) => self.nextState("locked") },
          stateTimeout: (self) => self.nextState("locked"),
        },
      },
      always: { call: { status: (self) => self.state } },
    });
    const { system, clock } = testSystem();
    const door = await system.start(Door, "1");
    expect(await door.call.status()).toBe("locked");
    expect(await door.call.unlock("1")).toBe(true);
    expect(await door.call.status()).toBe("open");
    await clock.advance(5_000);
    expect(await door.call.status()).toBe("locked");
    door.cast.push();
    expect(await door.call.status()).toBe("locked");
    await door.call.unlock("1");
    expect(await door.call.status()).toBe("locked");
    await system.stop();
    expect(clock.timers).toBe(0);
  });
});
