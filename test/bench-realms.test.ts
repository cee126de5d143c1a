// The benchmark of realms stays one: troupe and what it is judged by do their work and prove it, verdicts
// are those of the figures, and the tables of docs/performance-realms.md are those of the run beside them.
// Owns that bench/realms/ stays correct; how fast anything is, is not tested here.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { p10, slips, verdicts } from "../bench/realms/goals.ts";
import { fill } from "../bench/realms/report.ts";
import { scenarios } from "../bench/realms/scenarios.ts";
import type { Result } from "../bench/result.ts";
import { root } from "./harness/source-tree.js";

/** Runs a subject as the benchmark does; gives its lines. */
async function samples(subject: string, scenario: string, count: number): Promise<string[]> {
  const args = ["--expose-gc", "child.ts", `./realms/subjects/${subject}.ts`, scenario];
  const child = spawn(process.execPath, args, { cwd: join(root, "bench") });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  child.stdin.end(`${count}\n`);
  await new Promise((resolve) => child.once("close", resolve));
  return output.trim().split("\n");
}

for (const { name, count } of scenarios) {
  const onlyOne: Record<string, string> = { "a remote ref": "troupe", "64 MiB copied": "raw" };
  for (const subject of name in onlyOne ? [onlyOne[name] ?? ""] : ["raw", "troupe"]) {
    test(`${subject} does "${name}" with a worker and tells a figure`, async () => {
      // What one ref takes is lost in what the heap does by itself.
      const few = name === "a remote ref" ? 300 : count === undefined ? 20 : 1;
      const [ready, figure, ...rest] = await samples(subject, name, few);
      expect(ready).toBe("ready");
      expect(Number(figure), figure).toBeGreaterThan(0);
      expect(rest).toEqual([]);
    });
  }
}

test("what a library does not have is told, not measured", async () => {
  expect(await samples("raw", "a remote ref", 1)).toEqual(["no scenario"]);
});

const run = (raw: number, troupe: number): Pick<Result, "hosts"> => {
  const row = { scenario: "round trip", unit: "ns", samples: { raw: [raw], troupe: [troupe] } };
  return { hosts: [{ host: "Node", version: "24", beside: {}, rows: [row as never] }] };
};

test("a figure is the best tenth of its rounds, and a verdict the ratio of two", () => {
  expect(p10([9, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11])).toBe(2);
  expect(verdicts(run(10, 11)).map(({ standing }) => standing)).toEqual(["stretch"]);
  expect(verdicts(run(10, 12)).map(({ standing }) => standing)).toEqual(["met"]);
  expect(verdicts(run(10, 13)).map(({ standing }) => standing)).toEqual(["missed"]);
});

test("the guard fails for twice the target or twice what was kept, and not for less", () => {
  expect(slips(run(10, 23), run(10, 10))).toEqual([]);
  expect(slips(run(10, 25), run(10, 10))).toHaveLength(1);
  expect(slips(run(10, 39), run(10, 20))).toEqual([]);
  expect(slips(run(10, 41), run(10, 20))).toHaveLength(1);
});

test("the tables of docs/performance-realms.md are those of docs/performance-realms.json", () => {
  const text = (name: string) => readFileSync(join(root, "docs", name), "utf8");
  const document = text("performance-realms.md");
  expect(fill(document, JSON.parse(text("performance-realms.json")))).toBe(document);
});
