// What Node prints of refs and handles wherever they stand: in messages and in objects of a user's.
// Owns the promise of printing.suite.ts as `console.log` keeps it.
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { createSystem } from "../../platform/node/index.js";
import { type Info, supervisor } from "../../src/index.js";
import { Puppet } from "../kernel/probes.js";

test("P-5: a log shows the names of refs, not the inside of a system", async () => {
  const system = createSystem();
  const App = supervisor({ children: (child) => ({ one: child(Puppet, []) }) });
  const app = await system.start(App);
  const { one } = app.child;
  expect(inspect({ app, list: [one] })).toBe("{ app: Ref<supervisor#2>, list: [ Ref<puppet#3> ] }");
  const heard: Info[] = [];
  const watcher = await system.start(Puppet, heard);
  const other = await system.start(Puppet);
  await watcher.call.run((self) => void self.monitor(other));
  await other.stop("shutdown");
  await watcher.call.log();
  expect(inspect(heard[0])).toMatch(/^\{[^{}]*ref: Ref<puppet#5>[^{}]*\}$/);
  await system.stop();
});
