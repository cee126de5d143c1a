// Holds the size budgets and the README's table of sizes. Bundles what was built, as a user's
// bundler would. `npm run size -- --write` brings the table up to date.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { markers, measure, type SizeRow } from "../scripts/size.mjs";
import { budgets } from "./harness/budgets.js";
import { root } from "./harness/source-tree.js";

/** How far the README's figures may be from what is built. */
const TOLERANCE = 0.02;

let rows: readonly SizeRow[] = [];
beforeAll(async () => {
  rows = await measure();
});

describe("size", () => {
  test.each(Object.entries(budgets))("%s stays within %i bytes", (label, budget) => {
    const row = rows.find((measured) => measured.label === label);
    expect(row?.bytes).toBeLessThanOrEqual(budget);
  });

  test("the README's table is within 2 % of what is built", () => {
    const section = markers.exec(readFileSync(join(root, "README.md"), "utf8"))?.[0] ?? "";
    const told = [...section.matchAll(/^\| (.+?) \| ([\d,]+) B \|$/gm)];
    expect(told.map(([, label]) => label)).toEqual(rows.map(({ label }) => label));
    const stale = told.flatMap(([, label, text = ""], index) => {
      const bytes = rows[index]?.bytes ?? 0;
      const said = Number(text.replaceAll(",", ""));
      return Math.abs(said - bytes) > bytes * TOLERANCE ? [`${label}: ${said}, is ${bytes}`] : [];
    });
    expect(stale, "npm run size -- --write").toEqual([]);
  });
});
