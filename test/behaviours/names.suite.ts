// Names of a system: one process each, found at every send.
// Owns P-5 as far as it is about names, on virtual time. Registries are test/registry/.

import {
  AlreadyRegistered,
  byName,
  child,
  genServer,
  type Key,
  named,
  register,
  supervisor,
  unregister,
  whereis,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { latch, Puppet, rejection, thrown } from "../kernel/probes.js";

const Counter = genServer({
  id: "counter",
  init: (_self, start: number = 0) => start,
  call: { get: (self) => self.state },
  cast: {
    inc(self) {
      self.state++;
    },
    crash() {
      throw new Error("asked for");
    },
  },
  view: (count) => count,
});

export const suite = defineSuite("names", ({ describe, test, expect }) => {
  const quiet = () => testSystem({ onCrash: () => {} });

  test("P-5: a named process is found by its name from its start to its end", async () => {
    const { system, clock } = testSystem();
    expect(whereis(system, "main")).toBeNull();
    const ref = await system.start(named("main", Counter), 3);
    expect(whereis(system, "main")?.id).toBe(ref.id);
    expect(await byName(system, "main", Counter).call.get()).toBe(3);
    await ref.stop();
    expect(whereis(system, "main")).toBeNull();
    await system.stop();
    expect(clock.timers).toBe(0);
  });

  test("P-5: a second start under a name fails before its init, and names who has it", async () => {
    const { system } = testSystem();
    const inits: string[] = [];
    const Noted = genServer({
      id: "noted",
      init: (_self, who: string) => {
        inits.push(who);
        return who;
      },
    });
    const first = await system.start(named("n", Noted), "first");
    const error = await rejection(system.start(named("n", Noted), "second"));
    expect(error).toMatchObject({ code: "start-failed" });
    expect(error.cause).toBeInstanceOf(AlreadyRegistered);
    expect(error.cause).toMatchObject({ key: "n", process: first.id });
    expect(inits).toEqual(["first"]);
    await first.stop();
    await system.start(named("n", Noted), "third");
    expect(inits).toEqual(["first", "third"]);
    await system.stop();
  });

  test("P-5: a handle by name follows a restart, and to an absent name cast gives false and call rejects noproc", async () => {
    const { system, clock } = quiet();
    const main = byName(system, "main", Counter);
    expect(main.status).toBe("down");
    expect(main.cast.inc()).toBe(false);
    expect(await rejection(main.call.get())).toMatchObject({
      code: "actor-exit",
      reason: "noproc",
      message: "Cannot call main.get: no such process is alive",
    });
    const App = supervisor({ children: { c: child(named("main", Counter), [5]) } });
    await system.start(App);
    expect(main.cast.inc()).toBe(true);
    expect(await main.call.get()).toBe(6);
    const before = main.id;
    main.cast.crash();
    await clock.settle();
    expect(main.id).not.toBe(before);
    expect(await main.call.get()).toBe(5);
    await system.stop();
  });

  test("P-5: a call resolves its name once: it fails with the incarnation it went to", async () => {
    const { system, clock } = quiet();
    const App = supervisor({ children: { p: child(named("p", Puppet), []) } });
    await system.start(App);
    const byname = byName(system, "p", Puppet);
    const first = byname.call.run((self) => self.replyLater());
    await clock.settle();
    byname.kill();
    expect(await rejection(first)).toMatchObject({ reason: "killed" });
    await clock.settle();
    expect(await byname.call.run(() => 1)).toBe(1);
    await system.stop();
  });

  test("P-5: whenDown wait waits for a name that nobody has yet, within the timeout", async () => {
    const { system, clock } = testSystem();
    const main = byName(system, "main", Counter).with({ whenDown: "wait", timeoutMs: 100 });
    const count = main.call.get();
    await clock.advance(50);
    const opened = latch();
    const Slow = genServer({
      id: "counter",
      init: async () => {
        await opened.promise;
        return 7;
      },
      call: { get: (self) => self.state },
    });
    const start = system.start(named("main", Slow));
    await clock.advance(10);
    opened.resolve();
    await start;
    expect(await count).toBe(7);
    unregister(system, "main");
    const never = rejection(main.call.get());
    await clock.advance(100);
    expect(await never).toMatchObject({ code: "call-timeout" });
    const stopped = rejection(main.with({ timeoutMs: 60_000 }).call.get());
    await system.stop();
    expect(await stopped).toMatchObject({ reason: "noproc" });
  });

  test("C-1: calls that waited in vain for a name settle, and whoever takes it later serves none", async () => {
    const { system, clock } = testSystem();
    const late = byName(system, "late", Puppet).with({ whenDown: "wait", timeoutMs: 10 });
    let served = 0;
    const calls = Array.from({ length: 100 }, () => rejection(late.call.run(() => ++served)));
    await clock.advance(10);
    for (const error of await Promise.all(calls)) expect(error.code).toBe("call-timeout");
    await system.start(named("late", Puppet));
    await clock.settle();
    expect(served).toBe(0);
    await system.stop();
    expect(clock.timers).toBe(0);
  });

  describe("register", () => {
    test("P-5: a name is given by hand, taken back, and free after the end", async () => {
      const { system } = testSystem();
      const a = await system.start(Counter, 1);
      const b = await system.start(Counter, 2);
      register(system, "n", a);
      const taken = thrown(() => register(system, "n", b));
      expect(taken).toBeInstanceOf(AlreadyRegistered);
      expect(taken.message).toBe(
        `Cannot register "n": ${a.id} is registered as "n"; unregister or stop that one first`,
      );
      expect(thrown(() => register(system, "other", a))).toMatchObject({ process: a.id });
      expect(unregister(system, "n")).toBe(true);
      expect(unregister(system, "n")).toBe(false);
      register(system, "n", b);
      b.kill();
      register(system, "n", a);
      expect(whereis(system, "n")?.id).toBe(a.id);
      expect(thrown(() => register(system, "gone", b))).toMatchObject({ reason: "noproc" });
      await system.stop();
    });

    test("P-5: inside an actor self stands for its system", async () => {
      const { system } = testSystem();
      const puppet = await system.start(Puppet);
      await puppet.call.run((self) => register(self, "puppet", self.ref));
      expect(whereis(system, "puppet")?.id).toBe(puppet.id);
      expect(await puppet.call.run((self) => whereis(self, "puppet")?.id)).toBe(puppet.id);
      const { system: other } = testSystem();
      expect(whereis(other, "puppet")).toBeNull();
      await system.stop();
      await other.stop();
    });
  });

  test("H-1: a UI follows a name: status and snapshot, over a restart and from one process to another", async () => {
    const { system, clock } = quiet();
    const main = byName(system, "main", Counter);
    const seen: [string, unknown][] = [];
    const unsubscribe = main.subscribe(() => seen.push([main.status, main.getSnapshot()]));
    const App = supervisor({
      maxRestarts: 1,
      children: { c: child(named("main", Counter), [1]) },
    });
    const app = await system.start(App);
    await clock.settle();
    expect(seen.at(-1)).toEqual(["live", 1]);
    main.cast.inc();
    await clock.settle();
    expect(seen.at(-1)).toEqual(["live", 2]);
    seen.length = 0;
    main.cast.crash();
    await clock.settle();
    expect(seen.map(([status]) => status)).toContain("restarting");
    expect(seen.at(-1)).toEqual(["live", 1]);
    await app.stop();
    expect(main.status).toBe("down");
    expect(main.getSnapshot()).toBe(1);
    await system.start(named("main", Counter), 9);
    await clock.settle();
    expect(seen.at(-1)).toEqual(["live", 9]);
    unsubscribe();
    const { length } = seen;
    main.cast.inc();
    await clock.settle();
    expect(seen).toHaveLength(length);
    await system.stop();
  });

  test("a name that another behaviour has is refused at the send, and never runs a stranger's handler", async () => {
    const { system } = testSystem();
    const puppet = await system.start(named("main", Puppet));
    const main = byName(system, "main", Counter);
    expect(thrown(() => main.cast.inc()).message).toBe(
      `Cannot reach counter by the name main: ${puppet.id} has it`,
    );
    expect(thrown(() => main.call.get())).toBeInstanceOf(TypeError);
    expect(byName(system, "main").send("hello")).toBe(true);
    await system.stop();
  });

  test("what is no name is refused before anything happens", async () => {
    const { system } = testSystem();
    const ref = await system.start(Counter, 1);
    const bad: unknown[] = ["", "7", "-1", 7, [], Counter, () => 1, null, undefined, {}, [{}]];
    bad.push([Number.NaN], [undefined], [() => 1], Symbol("s"), ["a", [Number.POSITIVE_INFINITY]]);
    for (const key of bad as Key[]) {
      expect(thrown(() => register(system, key, ref))).toBeInstanceOf(TypeError);
      expect(thrown(() => named(key, Counter))).toBeInstanceOf(TypeError);
      expect(thrown(() => byName(system, key))).toBeInstanceOf(TypeError);
    }
    expect(thrown(() => register(system, 7 as never, ref)).message).toBe(
      'key is 7: it must be a word such as "news", or a list of strings, numbers and the like such as ["room", 7]',
    );
    expect(thrown(() => register({} as never, "n", ref)).message).toBe(
      "owner is {}: it must be the self of a process, or a system",
    );
    expect(thrown(() => register(system, "n", {} as never))).toBeInstanceOf(TypeError);
    expect(thrown(() => named("n", {} as never))).toBeInstanceOf(TypeError);
    await system.stop();
  });
});
