// Holds what the documents say about the repository: links lead somewhere, commands exist. Reads
// every tracked Markdown file, and that each promise of docs/semantics.md is the name of a test. Does
// not judge prose and runs no example.
// needs: git
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { linksOf } from "./harness/markdown.js";
import { filesBelow, root } from "./harness/source-tree.js";

const documents = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" })
  .trim()
  .split("\n")
  .filter((path) => existsSync(join(root, path)))
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
/** How documents that are shipped without the rest of the repository lead there. */
const home = `${JSON.parse(readFileSync(join(root, "package.json"), "utf8")).homepage}`.replace(
  /#.*/,
  "/blob/HEAD/",
);

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replace(/\s/g, "-"),
    ),
  );
}

test("every link of the documents into the repository leads to a file and a heading that are there", () => {
  const broken: string[] = [];
  for (const { path, text } of documents) {
    for (const target of linksOf(text)) {
      const isWhole = target.startsWith(home);
      if (/^[a-z]+:/.test(target) && !isWhole) continue;
      const [file = "", anchor] = target.replace(home, "").split("#");
      const from = isWhole ? root : join(root, dirname(path));
      const absolute = file === "" ? join(root, path) : join(from, file);
      if (!existsSync(absolute)) broken.push(`${path}: ${target}`);
      else if (anchor && !anchorsOf(readFileSync(absolute, "utf8")).has(anchor)) {
        broken.push(`${path}: ${target}`);
      }
    }
  }
  expect(broken).toEqual([]);
});

test("every npm script that the documents name exists", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const broken = documents.flatMap(({ path, text }) =>
    [...text.matchAll(/\bnpm run ([\w:-]+)/g)]
      .filter(([, name = ""]) => scripts[name] === undefined)
      .map(([command]) => `${path}: ${command}`),
  );
  expect(broken).toEqual([]);
});

test("every path of the house that the documents name exists", () => {
  const broken = documents.flatMap(({ path, text }) =>
    [...text.matchAll(/`((?:src|platform|test|scripts|docs|demo|bench)\/[\w./-]+)`/g)]
      .filter(([, name = ""]) => !existsSync(join(root, name)))
      .map(([, name]) => `${path}: ${name}`),
  );
  expect(broken).toEqual([]);
});

test("the page of each behaviour says how to supervise it, its timeouts, and when not to use it", () => {
  const about = ["semantics.md", "hosts.md", "performance.md", "performance-realms.md"];
  const pages = documents.filter(
    ({ path }) => path.startsWith("docs/") && !about.some((name) => path.endsWith(name)),
  );
  const missing = pages.flatMap(({ path, text }) =>
    ["How to supervise", "Timeouts", "When not to use it"]
      .filter((section) => !text.includes(`**${section}.** `))
      .map((section) => `${path}: ${section}`),
  );
  expect(pages.length).toBeGreaterThan(8);
  expect(missing).toEqual([]);
});

test("every number of docs/semantics.md is in the name of a test", () => {
  const semantics = readFileSync(join(root, "docs/semantics.md"), "utf8");
  const numbers = [...semantics.matchAll(/^- \*\*([A-Z]+-\d+)\*\*/gm)].map(([, number]) => number);
  const names = filesBelow("test", ".ts")
    .map((path) => readFileSync(join(root, path), "utf8"))
    .flatMap((text) => [...text.matchAll(/\btest\(\s*["`]([^"`]+)/g)].map(([, name]) => name))
    .join("\n");
  expect(numbers.length).toBeGreaterThan(30);
  expect(numbers.filter((number) => !new RegExp(`\\b${number}\\b`).test(names))).toEqual([]);
});
