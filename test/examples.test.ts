// Runs the examples of the README and of docs/ as a user would have them: against the built package, by its name,
// type-checked. A line `console.log(…); // text` must print that text.
// Owns the marked examples (`<!-- example: name -->`); links and commands are test/docs.test.ts's.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filesBelow, root } from "./harness/source-tree.js";

const exec = promisify(execFile);
const paths = ["README.md", ...filesBelow("docs", ".md")];
const marked = /<!-- example: (\w+) -->\s*```ts\n([\s\S]*?)```\s*<!-- \/example -->/g;
const examples = (
  await Promise.all(
    paths.map(async (path) => {
      const text = await readFile(join(root, path), "utf8");
      return [...text.matchAll(marked)].map(([, name = "", code = ""]) => ({
        path,
        name: `${basename(path, ".md")}-${name}`,
        code,
      }));
    }),
  )
).flat();

let folder = "";
beforeAll(async () => {
  // Inside the project, so that "troupe" is the package itself, through its exports map.
  await mkdir(join(root, ".cache"), { recursive: true });
  folder = await mkdtemp(join(root, ".cache", "examples-"));
  const tsconfig = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: { moduleResolution: "NodeNext", module: "NodeNext", types: ["node"] },
    include: ["."],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  for (const { name, code } of examples) await writeFile(join(folder, `${name}.ts`), code);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the README has the examples it promises, the first of at most 20 lines", () => {
  const own = examples.filter(({ path }) => path === "README.md");
  expect(own.map(({ name }) => name)).toEqual(["README-counter", "README-tour", "README-device"]);
  const lines = own[0]?.code.split("\n").filter((line) => line.trim() !== "");
  expect(lines?.length).toBeLessThanOrEqual(20);
});

test("every example compiles", async () => {
  const tsc = join(root, "node_modules/@typescript/native/bin/tsc");
  const { stdout } = await exec(process.execPath, [tsc, "-p", folder]).catch((error) => error);
  expect(stdout).toBe("");
});

test("every example runs and prints what its comments say", async () => {
  for (const { name, code } of examples) {
    const { code: script } = await transform(code, { loader: "ts", target: "es2022" });
    const file = join(folder, `${name}.mjs`);
    await writeFile(file, script);
    const { stdout, stderr } = await exec(process.execPath, [file], { timeout: 20_000 });
    const printed = [...code.matchAll(/console\.log\(.*\);\s*\/\/ (.*)$/gm)].map(
      ([, text]) => text,
    );
    expect({ name, lines: stdout.split("\n").filter(Boolean), stderr }).toEqual({
      name,
      lines: printed,
      stderr: "",
    });
  }
});
