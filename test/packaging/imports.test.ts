// Imports the installed package as hosts do: every entry under every condition, on the user's Node
// and the project's, and looks at what importing does. What is in the tarball is tarball.test.ts's
// concern, bundles are bundlers.test.ts's.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Consumer, installedConsumer, userNode } from "../harness/consumer.js";
import { entries, manifest } from "../harness/manifest.js";

const exec = promisify(execFile);
const nodes = [
  { name: "the user's Node", node: userNode },
  { name: "the project's Node", node: process.execPath },
];

/** Every host that the core tells apart: importing its files does nothing on any engine. */
const conditions = Object.keys(manifest.exports["."] ?? {}).filter((name) => name !== "default");

let project = "";
let consumer: Consumer | undefined;
beforeAll(async () => {
  consumer = await installedConsumer();
  project = consumer.folder;
});
afterAll(() => consumer?.remove());

describe("imports", () => {
  /** Imports entries in a process of its own and prints what that did to it. */
  const probe = `
    const used = [];
    const watch = (owner, name, label) => {
      const original = owner[name];
      if (typeof original !== "function") return;
      owner[name] = function (...args) { used.push(label ?? name); return original.apply(this, args); };
    };
    for (const name of ["setTimeout", "setInterval", "setImmediate", "queueMicrotask",
      "addEventListener", "fetch"]) watch(globalThis, name);
    watch(Math, "random", "Math.random");
    watch(Date, "now", "Date.now");
    watch(performance, "now", "performance.now");
    watch(crypto, "randomUUID");
    watch(crypto, "getRandomValues");
    watch(process, "on", "process.on");
    const globals = new Set(Object.getOwnPropertyNames(globalThis));
    const resources = process.getActiveResourcesInfo().length;
    const names = {};
    for (const entry of process.argv.slice(2)) names[entry] = Object.keys(await import(entry)).length;
    const result = {
      used,
      globals: Object.getOwnPropertyNames(globalThis).filter((name) => !globals.has(name)),
      resources: process.getActiveResourcesInfo().length - resources,
      names,
    };
    console.log(JSON.stringify(result));`;

  const hosts = nodes.flatMap((host) => conditions.map((on) => ({ ...host, on })));
  test.each(hosts)("importing does nothing but export, in $name for $on", async ({ node, on }) => {
    await writeFile(join(project, "probe.mjs"), probe);
    const { stdout } = await exec(node, ["-C", on, "probe.mjs", ...entries], { cwd: project });
    const { names, ...effects } = JSON.parse(stdout);
    expect(effects).toEqual({ used: [], globals: [], resources: 0 });
    expect(Object.keys(names)).toEqual(entries);
    expect(Object.values(names)).not.toContain(0);
  });

  const sameKernel = `
    import { ActorError } from "troupe";
    import { ModbusException } from "troupe/modbus";
    console.log(ModbusException.prototype instanceof ActorError);`;

  test.each(nodes)("two entries share one kernel in $name", async ({ node }) => {
    await writeFile(join(project, "kernel.mjs"), sameKernel);
    const { stdout } = await exec(node, ["kernel.mjs"], { cwd: project });
    expect(stdout.trim()).toBe("true");
  });
});

describe("CommonJS", () => {
  const list = JSON.stringify(entries);

  test.each(nodes)("import() gives every entry, in $name", async ({ node }) => {
    const code = `Promise.all(${list}.map((entry) => import(entry))).then((all) => {
      console.log(all.every((entry) => Object.keys(entry).length > 0));
    });`;
    await writeFile(join(project, "dynamic.cjs"), code);
    const { stdout, stderr } = await exec(node, ["dynamic.cjs"], { cwd: project });
    expect({ stdout, stderr }).toEqual({ stdout: "true\n", stderr: "" });
  });

  test.each(nodes)("require() gives what import() gives, in $name", async ({ node }) => {
    // Node 20.19, 22.12 and later: the modules have no top-level await, which it could not wait for.
    const code = `const { createSystem, genServer } = require("troupe");
      import("troupe").then(async (imported) => {
        const isSame = imported.createSystem === createSystem;
        const Counter = genServer({
          id: "counter",
          init: () => 0,
          call: { add: (self, by) => (self.state += by) },
        });
        const system = createSystem();
        const counter = await system.start(Counter);
        const count = await counter.call.add(42);
        await system.stop();
        const names = ${list}.map((entry) => Object.keys(require(entry)).length);
        console.log(JSON.stringify({ isSame, count, empty: names.includes(0) }));
      });`;
    await writeFile(join(project, "required.cjs"), code);
    const { stdout } = await exec(node, ["required.cjs"], { cwd: project });
    expect(JSON.parse(stdout)).toEqual({ isSame: true, count: 42, empty: false });
  });
});
