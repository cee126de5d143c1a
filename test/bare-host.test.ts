// A realm with the language and nothing else, as an audio worklet or an engine's shell is: it takes what a
// bundler chose for pages. Owns that importing the core works there, that a system is refused in words, and
// that a system needs a Platform of one's own and an AbortController, and no more.
import { createContext, Script } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { root } from "./harness/source-tree.js";

/** Runs a module's body in a bare realm; gives its global `result`, or what that promises. */
async function runBare(body: string, globals: object = {}): Promise<unknown> {
  const { outputFiles } = await build({
    stdin: { contents: body, resolveDir: root, loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
  });
  const realm = createContext({ ...globals });
  new Script(outputFiles[0]?.text ?? "").runInContext(realm);
  return new Script("result").runInContext(realm);
}

test.each(["browser", "worker"])(
  "in development a %s without timers is refused with the remedy",
  async (host) => {
    const result = await runBare(`
    import { createSystem } from "./platform/${host}/development.js";
    try {
      createSystem();
    } catch (error) {
      const { name, code, capability, host, alternative, message } = error;
      globalThis.result = { name, code, capability, host, alternative, message };
    }`);
    expect(result).toEqual({
      name: "UnsupportedError",
      code: "unsupported",
      capability: "setTimeout",
      host: `a ${host} without it`,
      alternative: "make the system elsewhere, or with createSystemOn and a Platform of your own",
      message:
        `Cannot use setTimeout on a ${host} without it: ` +
        "make the system elsewhere, or with createSystemOn and a Platform of your own",
    });
  },
);

test("a realm with timers and no clock is told of the clock", async () => {
  const result = await runBare(
    `
    import { createSystem } from "./platform/browser/development.js";
    try {
      createSystem();
    } catch (error) {
      globalThis.result = error.capability;
    }`,
    { setTimeout, clearTimeout },
  );
  expect(result).toBe("performance");
});

test("a page with timers, a clock and no message channel runs on its timers", async () => {
  const result = await runBare(
    `
    import { createSystem, genServer } from "./platform/browser/index.js";
    const Counter = genServer({
      id: "counter",
      init: () => 0,
      cast: { spin(self) { self.state++; self.ref.cast.spin(); } },
      call: { get: (self) => self.state },
    });
    const system = createSystem({ budgetMs: 1 });
    globalThis.result = (async () => {
      const counter = await system.start(Counter);
      counter.cast.spin();
      await new Promise((resolve) => { setTimeout(resolve, 1); });
      await system.stop();
      return true;
    })();`,
    { setTimeout, clearTimeout, performance, AbortController, AbortSignal },
  );
  expect(result).toBe(true);
});

test("with a Platform of one's own a system runs in a realm that has an AbortController, no more", async () => {
  const result = await runBare(
    `
    import { createSystemOn, genServer, supervisor } from "./src/index.js";
    let now = 0;
    const turns = [];
    const timers = new Map();
    const platform = {
      host: "bare",
      now: () => now,
      wallTime: () => 1_700_000_000_000 + now,
      random: () => 0.5,
      microtask: (run) => { Promise.resolve().then(run); },
      macrotask: (run) => { turns.push(run); },
      setTimer: (run, delayMs) => { timers.set(run, now + delayMs); return run; },
      clearTimer: (timer) => { timers.delete(timer); },
      reportError: () => {},
    };
    const Counter = genServer({
      id: "counter",
      init: () => 0,
      call: {
        add: (self, by) => (self.state += by),
        crash() { throw new Error("a bug"); },
      },
      cast: { later(self) { self.sendAfter(1_000, "tick"); } },
      info(self) { self.state += 100; },
      view: (state) => state,
    });
    const App = supervisor({ children: (child) => ({ counter: child(Counter, []) }) });
    const system = createSystemOn(platform);
    globalThis.result = (async () => {
      const result = [];
      const { counter } = (await system.start(App)).child;
      result.push(await counter.call.add(3));
      result.push(await counter.call.crash().catch((error) => error.code));
      result.push(await counter.with({ whenDown: "wait" }).call.add(1));
      counter.cast.later();
      await counter.call.add(0);
      for (const run of turns.splice(0)) run();
      for (const [run, dueAt] of [...timers].sort((a, b) => a[1] - b[1])) {
        if (dueAt > now + 1_000) continue;
        now = dueAt;
        timers.delete(run);
        run();
      }
      result.push(await counter.call.add(0));
      await system.stop();
      result.push(timers.size);
      return result;
    })();`,
    { AbortController },
  );
  expect(result).toEqual([3, "actor-exit", 1, 101, 0]);
});
