// How refs and handles read in texts, in JSON and in logs: by their names, without the inside of a system.
// Owns that promise, on every host. That they cross realms as refs all the same is test/realms/.

import { byName, genServer, named, supervisor } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { Puppet } from "../kernel/probes.js";

const Counter = genServer({
  id: "counter",
  init: () => 0,
  cast: {
    crash() {
      throw new Error("asked for");
    },
  },
});

/** What Node, Deno and Bun ask a value that they print. */
const inspect = Symbol.for("nodejs.util.inspect.custom");
const inspected = (ref: object): unknown => (ref as Record<symbol, () => unknown>)[inspect]?.();

export const suite = defineSuite("printing", ({ test, expect }) => {
  test("P-5: a ref reads as its id in texts, in JSON and in logs", async () => {
    const { system } = testSystem();
    const counter = await system.start(Counter);
    expect(`${counter}`).toBe("Ref<counter#2>");
    expect(JSON.stringify({ down: counter })).toBe('{"down":"Ref<counter#2>"}');
    expect(inspected(counter)).toBe("Ref<counter#2>");
    await system.stop();
    expect(`${counter}`).toBe("Ref<counter#2>");
  });

  test("P-5: a handle reads as the present incarnation, and as its behaviour without one", async () => {
    const { system, clock } = testSystem({ onCrash: () => {} });
    const App = supervisor({ children: (child) => ({ counter: child(Counter, []) }) });
    const app = await system.start(App);
    const { counter } = app.child;
    expect(`${app} ${counter}`).toBe("Ref<supervisor#2> Ref<counter#3>");
    counter.cast.crash();
    await clock.settle();
    expect(`${counter}`).toBe("Ref<counter#4>");
    expect(`${counter.with({ timeoutMs: 1 })}`).toBe("Ref<counter#4>");
    await system.stop();
    expect(`${counter}`).toBe("Ref<counter>");
  });

  test("P-5: a handle by name reads as who has the name, or as the name, and never throws", async () => {
    const { system } = testSystem();
    const handle = byName(system, "main", Counter);
    expect(`${handle}`).toBe("Ref<main>");
    const counter = await system.start(named("main", Counter));
    expect(`${handle}`).toBe("Ref<counter#2>");
    await counter.stop();
    await system.start(named("main", Puppet));
    expect(() => handle.id).toThrow(TypeError);
    expect(`${handle}`).toBe("Ref<main>");
    await system.stop();
  });
});
