// What Node, Deno and Bun load from disk: the modules of the package rolled into few files, in dist/rolled.
// Owns that they are few, that each module is in one of them only, so that all entries share one kernel, and
// that no set of conditions chooses some entries rolled and others not. That entries work is imports.test.ts's.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Consumer, installedConsumer, packed, userNode } from "../harness/consumer.js";
import { entries, manifest, resolveEntry, type Target } from "../harness/manifest.js";

const exec = promisify(execFile);

/** The conditions of each host that loads from disk, beside `default` and `import`, which name nothing. */
const hosts = [["node"], ["deno", "node"], ["bun", "node"]];

/** How many files an entry is: its own, what it shares, and with realms the core's entry and their own part. */
const mostFiles = (entry: string): number =>
  entry === "troupe" ? 2 : /realms/.test(entry) ? 4 : 3;

let project = "";
let consumer: Consumer | undefined;
beforeAll(async () => {
  consumer = await installedConsumer();
  project = consumer.folder;
});
afterAll(() => consumer?.remove());

/** A file of the installed package, by its path in it. */
const installed = (path: string) => join(project, "node_modules", manifest.name, path);

/** The files of ours that a module loads, itself among them. */
function loadedBy(path: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const { importedFiles } = ts.preProcessFile(readFileSync(installed(path), "utf8"), true, true);
  for (const { fileName } of importedFiles) {
    if (fileName.startsWith(".")) loadedBy(posix.join(posix.dirname(path), fileName), found);
  }
  return found;
}

/** Every condition that the exports map knows. */
function conditionsOf(target: Target): string[] {
  if (typeof target === "string") return [];
  const own = Object.keys(target).filter((name) => name !== "types" && name !== "default");
  return [...own, ...Object.values(target).flatMap(conditionsOf)];
}

describe.each(hosts)("on a host with the condition %s", (...conditions) => {
  test.each(entries)("%s loads a few files, and nothing that is not rolled", (entry) => {
    const path = resolveEntry(entry, conditions)?.replace("./", "") ?? "";
    const loaded = [...loadedBy(path)];
    expect(loaded.filter((file) => !file.startsWith("dist/rolled/"))).toEqual([]);
    expect(loaded.length).toBeLessThanOrEqual(mostFiles(entry));
  });

  test("every entry exports what a bundler finds in it", async () => {
    const paths = entries.map((entry) => [
      resolveEntry(entry, conditions),
      resolveEntry(entry, [...conditions, "module"]),
    ]);
    const code = `const names = await Promise.all(${JSON.stringify(paths)}.map((pair) =>
        Promise.all(pair.map(async (path) =>
          Object.keys(await import("./node_modules/${manifest.name}/" + path))))));
      console.log(JSON.stringify(names));`;
    const args = ["--input-type=module", "--eval", code];
    const { stdout } = await exec(process.execPath, args, { cwd: project });
    for (const [index, [rolled, own]] of (JSON.parse(stdout) as string[][][]).entries()) {
      expect(paths[index]?.[0]).not.toBe(paths[index]?.[1]);
      expect(rolled, entries[index]).toEqual(own);
      expect(own).not.toEqual([]);
    }
  });
});

describe("what is rolled", () => {
  test("holds each module once, and leads to it in the package by its map", () => {
    const homes = new Map<string, string>();
    const wrong: string[] = [];
    for (const path of packed().files.filter((file) => /^dist\/rolled\/.*\.js$/.test(file))) {
      const map = JSON.parse(readFileSync(installed(`${path}.map`), "utf8"));
      expect(map.sources.length, path).toBeGreaterThan(0);
      for (const source of map.sources as string[]) {
        const module = posix.join(posix.dirname(path), source);
        const other = homes.get(module);
        if (other !== undefined) wrong.push(`${module} is in ${other} and in ${path}`);
        if (!packed().files.includes(module)) wrong.push(`${path} was made of ${module}`);
        homes.set(module, path);
      }
    }
    expect(wrong).toEqual([]);
    expect(homes.get("dist/src/kernel/run.js")).toBe("dist/rolled/core.js");
  });

  test("is chosen for all entries or for none, whatever conditions are set", () => {
    const known = [...new Set(Object.values(manifest.exports).flatMap(conditionsOf))];
    expect(known).toContain("module");
    const mixed: string[] = [];
    for (let bits = 0; bits < 2 ** known.length; bits++) {
      const conditions = known.filter((_, index) => bits & (1 << index));
      const chosen = entries.map((entry) => resolveEntry(entry, conditions) ?? "");
      const isRolled = chosen.map((path) => path.startsWith("./dist/rolled/"));
      if (new Set(isRolled).size > 1) mixed.push(conditions.join(" "));
    }
    expect(mixed).toEqual([]);
  });

  test("is not for bundlers and pages", () => {
    for (const entry of entries) {
      for (const conditions of [["module", "node"], ["browser"], ["worker"], ["workerd"], []]) {
        expect(resolveEntry(entry, conditions)).not.toContain("/rolled/");
      }
    }
  });
});

const nodes = [
  { name: "the user's Node", node: userNode },
  { name: "the project's Node", node: process.execPath },
];

test.each(nodes)("all entries share one kernel, in $name", async ({ node }) => {
  const code = `
    const entries = {};
    for (const name of ${JSON.stringify(entries)}) entries[name] = await import(name);
    const { ActorError, genServer } = entries.troupe;
    const errors = Object.values(entries).flatMap((entry) => Object.values(entry))
      .filter((value) => value?.prototype instanceof Error);
    const { system, clock } = entries["troupe/testing"].testSystem();
    const timeline = entries["troupe/inspect"].watchTimeline(system);
    const Wrong = genServer({ id: "wrong", init: () => 0, call: { fail() { throw new Error("a bug"); } } });
    const ref = await system.start(Wrong);
    const error = await ref.call.fail().catch((reason) => reason);
    console.log(JSON.stringify({
      errors: errors.length,
      foreign: errors.filter((one) => !(one === ActorError || one.prototype instanceof ActorError))
        .map((one) => one.name),
      isOurs: error instanceof ActorError,
      told: timeline.getSnapshot().length > 0,
    }));`;
  await writeFile(join(project, "one-kernel.mjs"), code);
  const { stdout } = await exec(node, ["one-kernel.mjs"], { cwd: project });
  const { errors, ...rest } = JSON.parse(stdout);
  expect(rest).toEqual({ foreign: [], isOurs: true, told: true });
  expect(errors).toBeGreaterThan(20);
});

test("Node loads from disk no other file of ours than an entry's", async () => {
  const code = `
    import { registerHooks } from "node:module";
    const urls = [];
    registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
    const files = {};
    for (const entry of ["troupe", "troupe/realms"]) {
      await import(entry);
      files[entry] = urls.filter((url) => url.startsWith("file:")).length;
    }
    console.log(JSON.stringify(files));`;
  await writeFile(join(project, "loaded.mjs"), code);
  const { stdout } = await exec(process.execPath, ["loaded.mjs"], { cwd: project });
  expect(JSON.parse(stdout)).toEqual({ troupe: 2, "troupe/realms": 4 });
});

test("with source maps a stack leads to the modules of the package", async () => {
  const code = `import { genServer } from "troupe";
    try { genServer(); } catch (error) { console.log(error.stack); }`;
  await writeFile(join(project, "stack.mjs"), code);
  const { stdout } = await exec(process.execPath, ["--enable-source-maps", "stack.mjs"], {
    cwd: project,
  });
  const [, path = "", line] = /\((?:file:\/\/)?(\/[^:]+):(\d+):\d+\)/.exec(stdout) ?? [];
  expect(path).toContain("/dist/src/behaviours/");
  expect(existsSync(path)).toBe(true);
  expect(dirname(path)).not.toContain("rolled");
  const text = readFileSync(path, "utf8").split("\n")[Number(line) - 1];
  expect(text).toContain("definition");
});
