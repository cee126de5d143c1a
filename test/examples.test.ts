// Runs the examples of the README and of docs/ as a user would have them: against the built package, by its name,
// type-checked. A line `console.log(…); // text` must print that text. What only a browser can run is compiled alone:
// `<!-- files: name -->` holds the files of one folder, each a block that begins with its name.
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
const inFiles = /<!-- files: (\w+) -->([\s\S]*?)<!-- \/files -->/g;
const fileBlock = /```ts\n\/\/ ([\w.]+)\n([\s\S]*?)```/g;
const texts = await Promise.all(
  paths.map(async (path) => ({ path, text: await readFile(join(root, path), "utf8") })),
);
const examples = texts.flatMap(({ path, text }) =>
  [...text.matchAll(marked)].map(([, name = "", code = ""]) => ({
    path,
    name: `${basename(path, ".md")}-${name}`,
    code,
  })),
);
const folders = texts.flatMap(({ path, text }) =>
  [...text.matchAll(inFiles)].map(([, name = "", blocks = ""]) => ({
    name: `${basename(path, ".md")}-${name}`,
    files: [...blocks.matchAll(fileBlock)].map(([, file = "", code = ""]) => ({ file, code })),
  })),
);

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
  for (const { name, files } of folders) {
    await mkdir(join(folder, name));
    for (const { file, code } of files) await writeFile(join(folder, name, file), code);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the README has the examples it promises, the first of at most 20 lines", () => {
  const own = examples.filter(({ path }) => path === "README.md");
  expect(own.map(({ name }) => name)).toEqual(["README-counter", "README-tour", "README-device"]);
  const lines = own[0]?.code.split("\n").filter((line) => line.trim() !== "");
  expect(lines?.length).toBeLessThanOrEqual(20);
});

test("every example compiles, those of several files too", async () => {
  expect(folders.every(({ files }) => files.length > 0)).toBe(true);
  expect(folders.map(({ name }) => name)).toContain("websocket-realms-frame");
  const tsc = join(root, "node_modules/@typescript/native/bin/tsc");
  const { stdout } = await exec(process.execPath, [tsc, "-p", folder]).catch((error) => error);
  expect(stdout).toBe("");
});

test("every example runs and prints what its comments say", async () => {
  for (const { name, code } of examples) {
    const { code: script } = await transform(code, { loader: "ts", target: "es2022" });
    const file = join(folder, `${name}.mjs`);
    await writeFile(file, script);
    const { stdout, stderr } = await exec(process.execPath, [file], { timeout: 120_000 });
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
