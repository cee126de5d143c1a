// The README's table of hosts: made of docs/hosts.json, which `npm run hosts -- --write` writes.
// Owns the merge of a new run into that file, and the Markdown between the markers <!-- hosts --> and
// <!-- /hosts -->. Runs nothing: `node scripts/hosts/table.mjs` only makes the table anew.
// A run with a failure writes nothing; test/hosts-table.test.ts holds file, table and list together.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { root } from "../run.mjs";

/** The lines of the README between the markers. */
export const markers = /(<!-- hosts -->\n)[\s\S]*?(<!-- \/hosts -->)/;

/** What the last whole run gave. */
export const jsonPath = join(root, "docs", "hosts.json");
const readmePath = join(root, "README.md");

const sum = (groups, status) =>
  Object.values(groups).reduce((total, counts) => total + counts[status], 0);

/** The matrix as data: the sums and one row for each host. */
export function matrixOf(rows) {
  const total = (status) => rows.reduce((all, { groups }) => all + sum(groups, status), 0);
  return { passed: total("passed"), skipped: total("skipped"), hosts: rows };
}

/** The table of the README. */
export function table({ hosts }) {
  const lines = hosts.map(({ name, version, groups, skips = {} }) => {
    const why = Object.entries(skips).map(
      ([capability, count]) => `${count} for \`${capability}\``,
    );
    return `| ${name} | ${version} | ${sum(groups, "passed").toLocaleString("en")} | ${why.join(", ")} |`;
  });
  return [
    "| host | tested version | tests passed | skipped |",
    "| --- | --- | ---: | --- |",
    ...lines,
    "",
  ].join("\n");
}

/** Writes JSON, making its folder. */
export function writeJson(path, value) {
  mkdirSync(dirname(resolve(path)), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Puts rows that ran into docs/hosts.json, in the order of `names`, and the table into the README.
 * Gives what it did, in words: nothing where a row failed, since the table would promise too much.
 */
export function record(rows, names) {
  const broken = rows.filter(({ wrong }) => wrong.length > 0).map(({ name }) => name);
  if (broken.length > 0) return `the table is not written: ${broken.join(", ")} failed`;
  const known = existsSync(jsonPath) ? JSON.parse(readFileSync(jsonPath, "utf8")).hosts : [];
  const byName = new Map([...known, ...rows].map(({ wrong, ...row }) => [row.name, row]));
  const merged = names.filter((name) => byName.has(name)).map((name) => byName.get(name));
  writeJson(jsonPath, matrixOf(merged));
  writeTable();
  return `the table has ${merged.length} hosts`;
}

/** Makes the README's table from docs/hosts.json. */
export function writeTable() {
  const before = readFileSync(readmePath, "utf8");
  if (!markers.test(before)) throw new Error("README.md has no <!-- hosts --> markers: add them");
  const text = table(JSON.parse(readFileSync(jsonPath, "utf8")));
  writeFileSync(
    readmePath,
    before.replace(markers, (_, open, close) => `${open}${text}${close}`),
  );
}

if (process.argv[1] === join(root, "scripts", "hosts", "table.mjs")) writeTable();
