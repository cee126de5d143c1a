// Where errors go on Node, seen from outside: a program in a process of its own, on the sources.
// Owns SUP-8 and GS-7 as a user of Node meets them. The rest of both is in suites, on virtual time.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../harness/source-tree.js";

const exec = promisify(execFile);
let folder = "";

beforeAll(async () => {
  await mkdir(join(root, ".cache"), { recursive: true });
  folder = await mkdtemp(join(root, ".cache", "reports-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs `body` in a Node of its own; gives its exit code and what it wrote. */
async function run(body: string) {
  const source = join(folder, "program.ts");
  const outfile = join(folder, "program.mjs");
  const imports = `import { createSystem, genServer } from "../../platform/node/index.js";
    const Counter = genServer({
      id: "counter",
      init: () => 0,
      call: { get: (self) => self.state },
      cast: { inc(self) { self.state++; }, crash() { throw new Error("a bug"); } },
      view: (state) => state,
    });
    const system = createSystem();
    const counter = await system.start(Counter);`;
  await writeFile(source, `${imports}\n${body}`);
  await build({ entryPoints: [source], outfile, bundle: true, platform: "node", format: "esm" });
  return exec(process.execPath, [outfile]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error) => ({ code: error.code as number, stdout: error.stdout, stderr: error.stderr }),
  );
}

test("SUP-8: an observer, a listener and a view that throw do not end a program on Node", async () => {
  const { code, stdout, stderr } = await run(`
    system.observe(() => { throw new Error("of an observer"); });
    counter.subscribe(() => { throw new Error("of a listener"); });
    counter.cast.inc();
    await new Promise((resolve) => setTimeout(resolve, 20));
    console.log(await counter.call.get());
    await system.stop();
  `);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "1\n" });
  expect(stderr).toContain("of an observer");
  expect(stderr).toContain("of a listener");
});

test("GS-7: a crash that nobody supervises ends a program on Node, with the error", async () => {
  const { code, stderr } = await run(`
    counter.cast.crash();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await system.stop();
  `);
  expect(code).toBe(1);
  expect(stderr).toContain("Error: a bug");
});
