// Bundles the installed package as users do, with Vite, webpack, esbuild and Rollup, for a page and
// for Node: nothing that was not asked for is in it, it stays within its size budget, there is one
// kernel, and in Node it runs. In a page it runs in page.test.ts; the sizes of all entries are
// test/size.test.ts's concern.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { budgets } from "../harness/budgets.js";
import { bundlers, type Target } from "../harness/bundlers.js";
import { type Consumer, installedConsumer, packed } from "../harness/consumer.js";
import { entries, manifest, resolveEntry } from "../harness/manifest.js";
import { phrasesOf } from "../harness/phrases.js";
import {
  counterCode,
  counterProgram,
  entryFiles,
  fileOf,
  laterCode,
  laterProgram,
} from "./subjects.js";

const exec = promisify(execFile);
const targets: readonly Target[] = ["page", "node"];

const lackingCode = `
  import { UnsupportedError } from "troupe";
  import { serialPort } from "troupe/serial";
  import { tcp } from "troupe/tcp";
  for (const connect of [tcp, serialPort]) {
    try {
      connect({ host: "127.0.0.1", port: 502, path: "COM3", baudRate: 9_600 });
    } catch (error) {
      console.log(error instanceof UnsupportedError, error.capability);
    }
  }`;

/** What it costs at most to load a file later: the loader of the bundler, and names that files share. */
const LATER = 2_000;

/** The files that a page needs before it runs: one, and what it imports at once. */
function startOf(file: string, files: Readonly<Record<string, string>>): string[] {
  const found = new Set([file]);
  for (const name of found) {
    const imports = (files[name] ?? "").matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g);
    for (const [, imported = ""] of imports) found.add(imported);
  }
  return [...found];
}

/** What a program that only has servers must not pay for, by where it is built. */
const unasked = (target: Target): Record<string, RegExp> => ({
  supervisors: /^dist\/src\/supervision\//,
  "state machines": /^dist\/src\/behaviours\/(?:state-machine|machine(?:-\w+)?)\.js/,
  adapters: /^dist\/src\/adapters\//,
  "inspection and test doubles": /^dist\/src\/(?:inspect|testing)\//,
  "other layers": /^dist\/src\/(?!index\.js|kernel|behaviours)/,
  "other hosts":
    target === "page" ? /^dist\/platform\/(?!browser|shared)/ : /^dist\/platform\/(?!node|shared)/,
});

let project = "";
let consumer: Consumer | undefined;
beforeAll(async () => {
  consumer = await installedConsumer();
  project = consumer.folder;
});
afterAll(() => consumer?.remove());

/** Runs a module in the consumer's project; resolves with what it printed. */
async function run(code: string): Promise<string> {
  const file = join(project, "run.mjs");
  await writeFile(file, code);
  const { stdout, stderr } = await exec(process.execPath, [file], { timeout: 120_000 });
  expect(stderr).toBe("");
  return stdout.trim();
}

const phrases = async (area: RegExp) =>
  phrasesOf(join(packed().folder, "node_modules", manifest.name), packed().files, area);

for (const [name, bundle] of Object.entries(bundlers)) {
  describe.each(targets)(`${name} for %s`, (target) => {
    test("a program with a server is small, has nothing it did not ask for, and runs", async () => {
      const output = `counter-${name}-${target}`;
      const { files, warnings } = await bundle(await counterProgram(project, target, output));
      expect(warnings).toEqual([]);
      expect(Object.keys(files)).toEqual(["counter.mjs"]);
      const text = files["counter.mjs"] ?? "";

      const found: string[] = [];
      for (const [area, path] of Object.entries(unasked(target)))
        for (const phrase of await phrases(path))
          if (text.includes(phrase)) found.push(`${area}: ${phrase}`);
      expect(found).toEqual([]);

      const own = gzipSync(counterCode, { level: 9 }).length;
      const bytes = gzipSync(text, { level: 9 }).length;
      expect(bytes).toBeLessThanOrEqual(budgets["server + ref"] + own);

      if (target === "node") expect(await run(`import "./${output}/counter.mjs";`)).toBe("42");
    });

    test("every entry bundles without a warning, complete, and with one kernel", async () => {
      const output = `entries-${name}-${target}`;
      const { files, warnings } = await bundle(await entryFiles(project, target, output));
      expect(warnings).toEqual([]);

      const all = Object.values(files).join("\n");
      for (const [area, path] of Object.entries(unasked(target))) {
        // What is looked for in the small program is what a bundle has that contains it.
        const expected = (await phrases(path)).filter((phrase) => all.includes(phrase));
        if (area !== "other hosts") expect(expected.length, area).toBeGreaterThan(0);
      }
      if (target === "page") expect(all).not.toMatch(/["']node:/);

      const condition = target === "page" ? "browser" : "node";
      const pairs = entries.map((entry) => [
        ...[entry, fileOf(entry)],
        `./node_modules/${manifest.name}/${resolveEntry(entry, [condition])}`,
      ]);
      const code = `
        const names = {};
        for (const [entry, file, source] of ${JSON.stringify(pairs)}) {
          const [bundled, own] = await Promise.all([import("./${output}/" + file), import(source)]);
          names[entry] = Object.keys(own).filter((name) => !(name in bundled));
        }
        const { ActorError } = await import("./${output}/${fileOf("troupe")}");
        const { ModbusException } = await import("./${output}/${fileOf("troupe/modbus")}");
        const isOneKernel = ModbusException.prototype instanceof ActorError;
        console.log(JSON.stringify({ names, isOneKernel }));`;
      const { names, isOneKernel } = JSON.parse(await run(code));
      expect(names).toEqual(Object.fromEntries(entries.map((entry) => [entry, []])));
      expect(isOneKernel).toBe(true);
    });
  });

  test(`a page that imports its places later begins without realms, bundled with ${name}`, async () => {
    const { files, warnings } = await bundle(await laterProgram(project, `later-${name}`));
    expect(warnings).toEqual([]);
    const first = startOf("later.mjs", files);
    const later = Object.keys(files).filter((file) => !first.includes(file));
    const words = await phrases(/^dist\/src\/realms\//);
    const saidIn = (names: readonly string[]) => {
      const text = names.map((file) => files[file]).join("\n");
      return words.filter((phrase) => text.includes(phrase));
    };
    expect(saidIn(first)).toEqual([]);
    expect(saidIn(later).length).toBeGreaterThan(10);

    const sizeOf = (text = "") => gzipSync(text, { level: 9 }).length;
    const bytes = first.map((file) => sizeOf(files[file])).reduce((sum, size) => sum + size);
    expect(bytes).toBeLessThanOrEqual(budgets["server + ref"] + sizeOf(laterCode) + LATER);
  });

  test(`what only Node can do says so in a page, bundled with ${name}`, async () => {
    const output = `lacking-${name}`;
    await writeFile(join(project, "lacking.mjs"), lackingCode);
    const options = await counterProgram(project, "page", output);
    const { warnings } = await bundle({ ...options, inputs: ["lacking.mjs"], minify: false });
    expect(warnings).toEqual([]);
    const said = await run(`import "./${output}/lacking.mjs";`);
    expect(said.split("\n")).toEqual(["true TCP", "true a serial port by its path"]);
  });
}
