// Looks at the package as its users get it: packs it, installs the tarball into an empty project,
// type-checks a consumer, imports every entry and bundles two of them. What src/ looks like is
// test/architecture.test.ts's concern. Needs no network: the package has no dependency.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Consumer, installedConsumer, userNode } from "./harness/consumer.js";
import { root } from "./harness/source-tree.js";

const exec = promisify(execFile);
const nodes = [
  { name: "the user's Node", node: userNode },
  { name: "the project's Node", node: process.execPath },
];
const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const entries = Object.keys(manifest.exports)
  .filter((path) => path !== "./package.json")
  .map((path) => path.replace(".", "troupe"));
/** Every host that the core tells apart: importing its files does nothing on any engine. */
const conditions = Object.keys(manifest.exports["."]).filter((name) => name !== "default");

let project = "";
let packed: readonly string[] = [];
let consumer: Consumer | undefined;

beforeAll(async () => {
  consumer = await installedConsumer();
  project = consumer.folder;
  packed = consumer.packed;
});

afterAll(() => consumer?.remove());

describe("the tarball", () => {
  test("holds what is shipped and nothing else", () => {
    const others = packed.filter((path) => !path.startsWith("dist/"));
    expect(others.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
    const kinds = new Set(packed.map((path) => /\.(?:d\.ts|js\.map|[^.]+)$/.exec(path)?.[0]));
    expect([...kinds].sort()).toEqual([".d.ts", ".js", ".js.map", ".json", ".md", undefined]);
  });

  test("has every file that the exports map names", () => {
    const named = JSON.stringify(manifest.exports).match(/\.\/[^"]+\.(?:json|js|d\.ts)/g) ?? [];
    expect(named.length).toBeGreaterThan(entries.length);
    expect(named.filter((path) => !packed.includes(path.slice(2)))).toEqual([]);
  });

  test("gives every module its declarations, and its source in the map", async () => {
    const modules = packed.filter((path) => path.endsWith(".js"));
    expect(modules.filter((path) => !packed.includes(`${path}.map`))).toEqual([]);
    expect(modules.filter((path) => !packed.includes(path.replace(/js$/, "d.ts")))).toEqual([]);
    for (const path of modules) {
      const map = JSON.parse(await readFile(join(root, `${path}.map`), "utf8"));
      expect(map.sourcesContent, path).toHaveLength(map.sources.length);
    }
  });
});

describe("types", () => {
  const consumer = [
    ...entries.map((entry, index) => `import * as entry${index} from "${entry}";`),
    `import { createSystem, genServer, stateMachine, supervisor } from "troupe";`,
    `// With \`declaration\`, which \`tsc --init\` turns on, every inferred type must have a name.`,
    `export const Counter = genServer({`,
    `  id: "counter",`,
    `  init: (self, start: number = 0) => ({ count: start }),`,
    `  call: { add(self, by: number) { return (self.state.count += by); } },`,
    `});`,
    `export const Lamp = stateMachine({`,
    `  id: "lamp",`,
    `  init: () => ({ state: "off", data: 0 }),`,
    `  states: { off: { cast: { press: (self) => self.nextState("on") } }, on: {} },`,
    `});`,
    `export const App = supervisor({`,
    `  children: (child) => ({ counter: child(Counter, []), lamp: child(Lamp, []) }),`,
    `});`,
    `export async function run(): Promise<number> {`,
    `  await using system = createSystem();`,
    `  const counter = await system.start(Counter, 3);`,
    `  // @ts-expect-error: the argument is a number`,
    `  counter.call.add("1").catch(() => {});`,
    `  return counter.call.add(1);`,
    `}`,
    `export const entries: object[] = [${entries.map((_, index) => `entry${index}`).join(", ")}];`,
  ].join("\n");

  const resolutions = [
    { module: "Node16", moduleResolution: "Node16" },
    { module: "NodeNext", moduleResolution: "NodeNext" },
    { module: "ESNext", moduleResolution: "Bundler" },
  ];
  const compilers = {
    "TypeScript 7": "@typescript/native/bin/tsc",
    "TypeScript 6": "typescript/bin/tsc6",
  };

  for (const [name, path] of Object.entries(compilers)) {
    test.each(resolutions)(`${name} accepts a consumer with $moduleResolution`, async (options) => {
      const compilerOptions = {
        ...options,
        // The default libraries: `await using` must need nothing that a new project lacks.
        target: "ES2022",
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        declaration: true,
        noEmit: true,
        // Our declarations stand without Node's types and without the optional peers.
        skipLibCheck: false,
      };
      const config = { compilerOptions, files: ["consumer.ts"] };
      await writeFile(join(project, "consumer.ts"), consumer);
      await writeFile(join(project, "tsconfig.json"), JSON.stringify(config));
      const tsc = join(root, "node_modules", path);
      const result = await exec(process.execPath, [tsc, "-p", project]).catch((error) => error);
      expect(result.stdout).toBe("");
    });
  }
});

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

  test("two entries share one kernel in a bundle, and a page's bundle has no Node in it", async () => {
    const everything = entries.map((entry) => `export * from "${entry}";`).join("\n");
    const bundled = await build({
      stdin: { contents: everything + sameKernel, resolveDir: project },
      bundle: true,
      format: "esm",
      platform: "browser",
      outfile: join(project, "bundle.mjs"),
      metafile: true,
      logLevel: "silent",
    });
    const inputs = Object.keys(bundled.metafile.inputs);
    expect(inputs.filter((path) => path.includes("platform/node"))).toEqual([]);
    const { stdout } = await exec(process.execPath, ["bundle.mjs"], { cwd: project });
    expect(stdout.trim()).toBe("true");
  });

  test("what only Node can do is there in a page's bundle, and says what to do instead", async () => {
    const bundled = await build({
      stdin: {
        contents: `
          import { tcp } from "troupe/tcp";
          import { serialPort } from "troupe/serial";
          import { UnsupportedError } from "troupe";
          for (const connect of [tcp, serialPort]) {
            try {
              connect({ host: "127.0.0.1", port: 502, path: "COM3", baudRate: 9600 });
            } catch (error) {
              console.log(error instanceof UnsupportedError, error.capability);
            }
          }`,
        resolveDir: project,
      },
      bundle: true,
      format: "esm",
      platform: "browser",
      outfile: join(project, "lacking.mjs"),
      logLevel: "silent",
    });
    expect(bundled.errors).toEqual([]);
    const { stdout } = await exec(process.execPath, ["lacking.mjs"], { cwd: project });
    expect(stdout.trim().split("\n")).toEqual(["true TCP", "true a serial port by its path"]);
  });
});
