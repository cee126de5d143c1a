// Agents: a value, and functions of it that others send.
// Owns AG-1 to AG-3, on virtual time.

import { agent, child, supervisor } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { latch, Puppet, rejection, thrown } from "../kernel/probes.js";

export const suite = defineSuite("agent", ({ test, expect }) => {
  const quiet = () => {
    const crashes: unknown[] = [];
    return { ...testSystem({ onCrash: (error) => crashes.push(error) }), crashes };
  };

  test("AG-1: get, update, getAndUpdate and cast work on one state, in the order sent", async () => {
    const { system } = testSystem();
    const sum = await system.start(
      agent((start: number = 0) => start),
      1,
    );
    expect(await sum.get()).toBe(1);
    expect(await sum.update((n) => n + 1)).toBeUndefined();
    expect(sum.cast((n) => n * 10)).toBe(true);
    expect(await sum.get((n) => `n = ${n}`)).toBe("n = 20");
    expect(await sum.getAndUpdate((n) => [n / 2, n + 1])).toBe(10);
    expect(await sum.get()).toBe(21);
    await system.stop();
  });

  test("AG-1: a function that gives a promise holds the ones behind it", async () => {
    const { system, clock } = testSystem();
    const list = await system.start(agent(async () => ["a"]));
    const gate = latch<string[]>();
    const updated = list.update((items) => gate.promise.then((more) => [...items, ...more]));
    const read = list.get((items) => items.length);
    const both = list.getAndUpdate(async (items) => [items.join(), []] as const);
    await clock.settle();
    gate.resolve(["b", "c"]);
    await updated;
    expect(await read).toBe(3);
    expect(await both).toBe("a,b,c");
    expect(await list.get()).toEqual([]);
    await system.stop();
  });

  test("AG-2: a function that throws rejects its caller with the cause, and crashes the agent", async () => {
    const { system, clock, crashes } = quiet();
    const bug = new Error("a bug");
    const fail = (): never => {
      throw bug;
    };
    const Sum = agent(() => 0);
    for (const operation of ["get", "update", "getAndUpdate"] as const) {
      const sum = await system.start(Sum);
      const failed = rejection(sum[operation](fail));
      const behind = rejection(sum.get());
      expect(await failed).toMatchObject({ code: "actor-exit", handler: operation, cause: bug });
      expect((await behind).cause).toBe(bug);
      expect(sum.status).toBe("down");
    }
    const sum = await system.start(Sum);
    expect(sum.cast(fail)).toBe(true);
    await clock.settle();
    expect(sum.status).toBe("down");
    const rejecting = await system.start(Sum);
    expect(await rejection(rejecting.update(() => Promise.reject(bug)))).toMatchObject({
      cause: bug,
    });
    expect(crashes).toEqual([bug, bug, bug, bug, bug]);
    await system.stop();
  });

  test("AG-2: a getAndUpdate that gives no pair crashes the agent with what to give", async () => {
    const { system } = quiet();
    const sum = await system.start(agent(() => 0));
    const error = await rejection(sum.getAndUpdate((() => 7) as never));
    expect((error.cause as Error).message).toBe(
      `change gave 7 to getAndUpdate of ${sum.id}: it must give a list of two, what to resolve with and the next state`,
    );
    await system.stop();
  });

  test("AG-3: after stop every operation rejects noproc, cast gives false, and stop may be called again", async () => {
    const { system } = testSystem();
    const sum = await system.start(agent(() => 0));
    await sum.stop();
    await sum.stop();
    for (const operation of [
      sum.get(),
      sum.update((n) => n),
      sum.getAndUpdate((n) => [n, n]),
      sum.with({ whenDown: "wait" }).get(),
    ]) {
      expect(await rejection(operation)).toMatchObject({ code: "actor-exit", reason: "noproc" });
    }
    expect(sum.cast((n) => n + 1)).toBe(false);
    await system.stop();
  });

  test("C-1: a call of an agent waits as long as its options say", async () => {
    const { system, clock } = testSystem();
    const sum = await system.start(agent(() => 0));
    const gate = latch<number>();
    const late = rejection(sum.with({ timeoutMs: 50 }).update(() => gate.promise));
    await clock.advance(50);
    expect(await late).toMatchObject({ code: "call-timeout", handler: "update", timeoutMs: 50 });
    gate.resolve(7);
    expect(await sum.get()).toBe(7);
    await system.stop();
  });

  test("H-2: a UI sees the state, or what view makes of it", async () => {
    const { system, clock } = testSystem();
    const sum = await system.start(agent(() => 1));
    const list = await system.start(
      agent(() => ["a"], { id: "list", view: (items) => items.length }),
    );
    const seen: unknown[] = [];
    sum.subscribe(() => seen.push(sum.getSnapshot()));
    list.subscribe(() => seen.push(list.getSnapshot()));
    sum.cast((n) => n + 1);
    list.cast((items) => [...items, "b"]);
    await clock.settle();
    expect(seen).toEqual([2, 2]);
    expect(list.id).toMatch(/^list#/);
    await system.stop();
  });

  test("a supervised agent begins with init again", async () => {
    const { system, clock } = quiet();
    const App = supervisor({
      children: {
        sum: child(
          agent(() => 5),
          [],
        ),
      },
    });
    const { sum } = (await system.start(App)).child;
    await sum.update((n) => n + 1);
    sum.cast(() => {
      throw new Error("a bug");
    });
    await clock.settle();
    expect(await sum.get()).toBe(5);
    await system.stop();
  });

  test("C-6: an agent that is asked to wait for itself is a circle, and rejected", async () => {
    const { system } = quiet();
    const sum = await system.start(agent(() => 0));
    expect(await rejection(sum.get(() => sum.get()))).toMatchObject({
      cause: expect.objectContaining({ code: "call-cycle" }),
    });
    await system.stop();
  });

  test("what is no function is refused before anything is sent", async () => {
    const { system } = testSystem();
    expect(thrown(() => agent(3 as never)).message).toBe(
      "init of agent is 3: it must be a function",
    );
    expect(thrown(() => agent(() => 0, { id: "" }))).toBeInstanceOf(TypeError);
    expect(thrown(() => agent(() => 0, { view: 1 as never }))).toBeInstanceOf(TypeError);
    const sum = await system.start(agent(() => 0));
    expect(thrown(() => sum.get(1 as never)).message).toBe("project is 1: it must be a function");
    expect(thrown(() => sum.update(1 as never))).toBeInstanceOf(TypeError);
    expect(thrown(() => sum.getAndUpdate([] as never))).toBeInstanceOf(TypeError);
    expect(thrown(() => sum.cast(undefined as never))).toBeInstanceOf(TypeError);
    const puppet = await system.start(Puppet);
    expect(sum.id).not.toBe(puppet.id);
    await system.stop();
  });
});
