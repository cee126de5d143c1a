// Type-checks a consumer in an empty project with the packed tarball: every entry, in every way of
// resolving that knows `exports`, with the newest compilers and the oldest that the README promises, and
// without skipLibCheck. What the types say is test/types' concern; how they meet those of hosts and of
// peers, peer-types.test.ts'.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compilers, floor } from "../harness/compilers.js";
import { type Consumer, installedConsumer } from "../harness/consumer.js";
import { entries } from "../harness/manifest.js";
import { root } from "../harness/source-tree.js";

const exec = promisify(execFile);

let project = "";
let consumer: Consumer | undefined;
beforeAll(async () => {
  consumer = await installedConsumer();
  project = consumer.folder;
});
afterAll(() => consumer?.remove());

describe("types", () => {
  const program = [
    ...entries.map((entry, index) => `import * as entry${index} from "${entry}";`),
    `import { createSystem, genServer, stateMachine, supervisor } from "troupe";`,
    `// With "declaration", which "tsc --init" turns on, every inferred type must have a name.`,
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

  // A CommonJS file of a user's: by `require` where TypeScript knows that Node can, else by `import()`.
  const dynamic = `export const start = () => import("troupe").then((it) => it.createSystem());`;
  const required = `import troupe = require("troupe");
    export const System: () => troupe.System = troupe.createSystem;`;

  const resolutions = [
    { module: "Node16", moduleResolution: "Node16" },
    { module: "NodeNext", moduleResolution: "NodeNext" },
    { module: "ESNext", moduleResolution: "Bundler" },
  ];
  for (const [name, path] of Object.entries(compilers)) {
    // The floor resolves Node16 as TypeScript 6 does.
    const asked = name === floor ? resolutions.slice(1) : resolutions;
    test.each(asked)(`${name} accepts a consumer with $moduleResolution`, async (options) => {
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
      const config = { compilerOptions, files: ["consumer.ts", "common.cts"] };
      const knowsRequire = options.module === "NodeNext" && name !== floor;
      await writeFile(join(project, "common.cts"), knowsRequire ? dynamic + required : dynamic);
      await writeFile(join(project, "consumer.ts"), program);
      await writeFile(join(project, "tsconfig.json"), JSON.stringify(config));
      const result = await exec(process.execPath, [path, "-p", project]).catch((error) => error);
      expect(result.stdout).toBe("");
    });
  }

  test("The README names the oldest compiler of these", () => {
    const [, named] =
      /TypeScript (\d+\.\d+) or later/.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
    expect(floor).toBe(`TypeScript ${named}`);
  });
});
