// The "development" condition of the built package: hints that the production build leaves out.
// Owns that the condition chooses them; what is hinted at is tested with the view itself.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "./harness/source-tree.js";

const exec = promisify(execFile);
let folder = "";
let file = "";

beforeAll(async () => {
  await mkdir(join(root, ".cache"), { recursive: true });
  folder = await mkdtemp(join(root, ".cache", "development-"));
  file = join(folder, "mutating.mjs");
  await writeFile(
    file,
    `import { createSystem, genServer } from "troupe";
     const Mutating = genServer({
       id: "mutating",
       init: () => ({ list: [] }),
       cast: { add(self) { self.state.list.push(1); } },
       view: (state) => state.list,
     });
     const system = createSystem();
     const ref = await system.start(Mutating);
     ref.subscribe(() => {});
     for (let i = 0; i < 3; i++) {
       ref.cast.add();
       await new Promise((resolve) => setTimeout(resolve, 5));
     }
     await system.stop();`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("H-2: a view that gives the same object after a change warns once, in development", async () => {
  const { stderr } = await exec(process.execPath, ["--conditions=development", file]);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toMatch(/^The view of mutating#\d+ gave the same object .* give a new object/);
});

test("H-2: without the development condition nothing is looked for", async () => {
  const { stderr } = await exec(process.execPath, [file]);
  expect(stderr).toBe("");
});
