// What is in the tarball and what package.json promises about it: that the lists agree (files,
// conditions, platforms, JSR's exports), that nothing else is shipped, and how much it is.
// Runs none of the code; imports.test.ts and bundlers.test.ts do. What is rolled is rolled.test.ts's concern.
// needs: git
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { npm, packed } from "../harness/consumer.js";
import { entries, manifest, readJson, sourceOf, type Target } from "../harness/manifest.js";
import { linksOf } from "../harness/markdown.js";
import { root } from "../harness/source-tree.js";

const exec = promisify(execFile);

/** The platform folder of each host's condition, in the order in which a host must meet them. */
const hosts = [
  ["deno", "deno"],
  ["bun", "bun"],
  ["workerd", "workerd"],
  ["edge-light", "workerd"],
  ["worker", "worker"],
  ["browser", "browser"],
  ["react-native", "react-native"],
  ["node", "node"],
  ["default", "browser"],
] as const;

/** The hosts that load from disk get the files of dist/rolled, bundlers for them one for each module. */
const fromDisk: readonly string[] = ["deno", "bun", "node"];
const modulePath = (path: string, condition: string) => ({
  types: `./dist/${path}.d.ts`,
  ...(fromDisk.includes(condition)
    ? { module: `./dist/${path}.js`, default: `./dist/rolled/${path}.js` }
    : { default: `./dist/${path}.js` }),
});

/** Every object of the exports map that names files, with where it is. */
function* leaves(target: Target, path = ""): Generator<[string, Record<string, Target>]> {
  if (typeof target === "string") return;
  if (Object.values(target).some((inner) => typeof inner === "string")) yield [path, target];
  for (const [name, inner] of Object.entries(target)) yield* leaves(inner, `${path}/${name}`);
}

describe("the tarball", () => {
  test("holds what is shipped and nothing else", () => {
    const { files } = packed();
    const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
    const others = files.filter((path) => !path.startsWith("dist/"));
    const expected = pages.map((name) => `docs/${name}`);
    expected.push("CHANGELOG.md", "LICENSE", "README.md", "package.json");
    expect(others.sort()).toEqual(expected.sort());
    const built = files.filter((path) => path.startsWith("dist/"));
    expect(built.filter((path) => !/\.(?:js|js\.map|d\.ts)$/.test(path))).toEqual([]);
    const known = /^dist\/(?:(?:src|platform)\/|rolled\/.*\.js(?:\.map)?$)/;
    expect(built.filter((path) => !known.test(path))).toEqual([]);
  });

  test("has what its documents link to: a reader may have nothing else", async () => {
    const { files, folder } = packed();
    const dead: string[] = [];
    for (const path of files.filter((name) => name.endsWith(".md"))) {
      const text = await readFile(join(folder, "node_modules", manifest.name, path), "utf8");
      for (const link of linksOf(text)) {
        const [file = ""] = link.split("#");
        if (file === "" || /^[a-z]+:/.test(file)) continue;
        const target = posix.join(posix.dirname(path), file);
        const isThere = files.some((name) => name === target || name.startsWith(`${target}/`));
        if (!isThere) dead.push(`${path}: ${link}`);
      }
    }
    expect(dead).toEqual([]);
  });

  test("has every file that the exports map names", () => {
    const { files } = packed();
    const named = JSON.stringify(manifest.exports).match(/\.\/[^"]+\.(?:json|js|d\.ts)/g) ?? [];
    expect(named.length).toBeGreaterThan(entries.length);
    expect(named.filter((path) => !files.includes(path.slice(2)))).toEqual([]);
  });

  test("gives every module its declarations, and its source in the map", async () => {
    const { files, folder } = packed();
    const modules = files.filter((path) => /^dist\/(?!rolled\/).*\.js$/.test(path));
    const expected = modules.flatMap((path) => [`${path}.map`, path.replace(/js$/, "d.ts")]);
    expect(expected.filter((path) => !files.includes(path))).toEqual([]);
    for (const path of modules) {
      const installed = join(folder, "node_modules", manifest.name, path);
      const map = JSON.parse(await readFile(`${installed}.map`, "utf8"));
      expect(map.sourcesContent, path).toHaveLength(map.sources.length);
      expect(
        map.sourcesContent.filter((text: unknown) => !text),
        path,
      ).toEqual([]);
    }
  });

  test("takes no more than the README says when it is installed", async () => {
    const { files, folder, unpackedSize } = packed();
    const sizes = await Promise.all(
      files.map((path) => stat(join(folder, "node_modules", manifest.name, path))),
    );
    expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBe(unpackedSize);
    const readme = await readFile(join(root, "README.md"), "utf8");
    const told = /under ([\d.]+) MB/.exec(readme)?.[1];
    expect(unpackedSize).toBeLessThanOrEqual(Number(told) * 1e6);
  });
});

describe("package.json", () => {
  test("gives the core to each host by one rule: its platform's index, or development", () => {
    const expected = hosts.map(([condition, folder]) => [
      condition,
      {
        development: modulePath(`platform/${folder}/development`, condition),
        ...modulePath(`platform/${folder}/index`, condition),
      },
    ]);
    // As text: the order of the conditions decides which one a host meets first.
    expect(JSON.stringify(manifest.exports["."], null, 2)).toBe(
      JSON.stringify(Object.fromEntries(expected), null, 2),
    );
  });

  test("has a condition for every platform", () => {
    const folders = readdirSync(join(root, "platform")).filter((folder) =>
      existsSync(join(root, "platform", folder, "platform.ts")),
    );
    expect(folders.sort()).toEqual([...new Set(hosts.map(([, folder]) => folder))].sort());
  });

  test("names the types before the code, and a default last", () => {
    const wrong = [...leaves(manifest.exports)].flatMap(([path, target]) => {
      if (path === "") return [];
      const names = Object.keys(target).filter((name) => typeof target[name] === "string");
      const problems = [];
      if (names[0] !== "types") problems.push(`${path}: ${names[0]} comes before types`);
      if ("default" in target && Object.keys(target).at(-1) !== "default")
        problems.push(`${path}: nothing after default is ever chosen`);
      return problems;
    });
    expect(wrong).toEqual([]);
  });

  test("says what a registry and a bundler ask for", () => {
    expect(manifest).toMatchObject({
      type: "module",
      sideEffects: false,
      license: "MIT",
      engines: { node: ">=20" },
      files: ["dist", "docs/*.md", "README.md", "LICENSE", "CHANGELOG.md"],
      publishConfig: { access: "public", provenance: true },
    });
    // Provenance is refused unless the repository is the one that publishes.
    const { repository, homepage, bugs } = manifest as Record<string, { url: string }>;
    const home = /^git\+(https:\/\/.+)\.git$/.exec(repository?.url ?? "")?.[1];
    expect(home).toBeDefined();
    expect({ homepage, bugs }).toEqual({
      homepage: `${home}#readme`,
      bugs: { url: `${home}/issues` },
    });
  });

  test("npm pack builds first, in a clone that never was", async () => {
    const clone = await mkdtemp(join(tmpdir(), "troupe-clone-"));
    try {
      const { stdout: tracked } = await exec("git", ["ls-files"], { cwd: root });
      const needed = /^(?:src|platform|scripts|docs)\/|^[^/]+$/;
      // With its time, by which the build knows that node_modules is up to date.
      for (const path of tracked.split("\n").filter((path) => needed.test(path)))
        await cp(join(root, path), join(clone, path), { preserveTimestamps: true });
      await symlink(join(root, "node_modules"), join(clone, "node_modules"), "dir");
      await npm(["pack", "--pack-destination", clone], clone);
      const [tarball = ""] = (await readdir(clone)).filter((name) => name.endsWith(".tgz"));
      const { stdout: listed } = await exec("tar", ["-tzf", join(clone, tarball)]);
      const built = listed.split("\n").map((path) => path.replace("package/", ""));
      expect(built.filter(Boolean).sort()).toEqual([...packed().files].sort());
    } finally {
      await rm(clone, { recursive: true, force: true });
    }
  });
});

describe("jsr.json", () => {
  const jsr = readJson<Record<string, unknown> & { exports: Record<string, string> }>("jsr.json");

  test("is the same release", () => {
    const { version, license } = manifest;
    expect(jsr).toMatchObject({ name: `@${manifest.name}/${manifest.name}`, version, license });
  });

  test("exports what Deno gets, and by its name what another host gets: JSR has no conditions", () => {
    const expected: Record<string, string | undefined> = {};
    const source = (entry: string, conditions: readonly string[]) => {
      const path = sourceOf(entry, conditions);
      return path && `./${path}`;
    };
    for (const entry of entries) {
      const path = entry.replace(manifest.name, ".");
      expected[path] = source(entry, ["deno", "node"]);
      const named = new Set([expected[path]]);
      // A source that several hosts share has one name: the one that most would look for.
      for (const folder of new Set(["node", "browser", ...hosts.map(([, folder]) => folder)])) {
        const file = source(entry, [folder]);
        if (path !== "." && (file === undefined || named.has(file))) continue;
        named.add(file);
        expected[`${path === "." ? "" : path}/${folder}`.replace(/^\//, "./")] = file;
      }
    }
    expect(jsr.exports).toEqual(expected);
  });
});
