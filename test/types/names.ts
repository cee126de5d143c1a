// Types of names: what a handle by name can be called with is what its behaviour says.
// Checked by `npm run types`; never run.

import {
  byName,
  child,
  createSystemOn,
  genServer,
  type Handle,
  type Key,
  named,
  type Platform,
  register,
  whereis,
} from "../../src/index.js";

declare const platform: Platform;
const system = createSystemOn(platform);

const Counter = genServer({
  id: "counter",
  init: (self, start: number) => {
    register(self, "here", self.ref);
    return start;
  },
  call: { get: (self) => self.state },
});

export async function names(): Promise<void> {
  const ref = await system.start(named("main", Counter), 3);
  (await ref.call.get()) satisfies number;
  child(named(["counter", 7n, true, null], Counter), [3]);
  (await byName(system, "main", Counter).call.get()) satisfies number;
  byName(system, "main") satisfies Handle;
  whereis(system, "main") satisfies Handle | null;
  const key = ["room", 7];
  key satisfies Key;
  // @ts-expect-error the arguments of init stay
  await system.start(named("main", Counter), "3");
  // @ts-expect-error a plain handle has no calls
  byName(system, "main").call;
  // @ts-expect-error a number could be a string
  register(system, 7, ref);
  // @ts-expect-error a function is only equal to itself
  named(() => "main", Counter);
  // @ts-expect-error an object is only equal to itself
  byName(system, { main: true });
  // @ts-expect-error not an owner
  register("system", "main", ref);
}
