// The benchmark stays one: its subjects do their work and prove it, its verdicts are those of its
// figures, and the tables of docs/performance.md are those of the run that is kept beside them.
// Owns that bench/ stays correct; how fast anything is, is not tested here.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { slips, standing, verdicts } from "../bench/goals.ts";
import { slipsEachTime } from "../bench/guard.ts";
import { fill } from "../bench/report.ts";
import type { Result } from "../bench/result.ts";
import { scenarios } from "../bench/scenarios.ts";
import { root } from "./harness/source-tree.js";

/** Runs a subject as the benchmark does; gives its lines. */
async function samples(subject: string, scenario: string, count: number): Promise<string[]> {
  const args = ["--expose-gc", "child.ts", `./subjects/${subject}.ts`, scenario];
  const child = spawn(process.execPath, args, { cwd: join(root, "bench") });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  child.stdin.end(`${count}\n${count}\n`);
  await new Promise((resolve) => child.once("close", resolve));
  return output.trim().split("\n");
}

for (const { name } of scenarios) {
  test(`troupe does "${name}" and tells a figure for each sample`, async () => {
    const [ready, ...figures] = await samples("troupe", name, 2_000);
    expect(ready).toBe("ready");
    expect(figures.map(Number).every(Number.isFinite), figures.join()).toBe(true);
    expect(figures).toHaveLength(2);
  });
}

test("a scenario that a subject does not do is told, not measured", async () => {
  expect(await samples("floor", "restart", 1)).toEqual(["no scenario"]);
});

const result = (ours: readonly number[], floor: readonly number[]): Result => ({
  ...{ date: "2026-01-01", machine: "none", rounds: 3, curves: [], saturation: [], sizes: {} },
  hosts: [
    {
      ...{ host: "Node", version: "24", beside: {} },
      rows: [{ scenario: "cast", unit: "ns", samples: { troupe: ours, floor, xstate: [100] } }],
    },
  ],
});

test("a ratio is the median of the rounds' ratios, so a slow round of both changes nothing", () => {
  const [cast] = verdicts(result([20, 200, 22], [10, 100, 10]));
  expect(cast).toMatchObject({ overFloor: 2, ours: 22, floor: 10, peer: "xstate", peers: 100 });
  expect(cast && standing(cast)).toBe("stretch");
});

test("the guard fails for twice the target or twice what was kept, and not for less", () => {
  const kept = result([40], [10]);
  expect(slips(result([79], [10]), kept)).toEqual([]);
  expect(slips(result([81], [10]), kept)).toEqual(["cast ÷ floor on Node: 8.1, more than 8.0"]);
  expect(slips(result([59], [10]), result([10], [10]))).toEqual([]);
  expect(slips(result([61], [10]), result([10], [10]))).toHaveLength(1);
});

test("what slips is measured again, and the guard fails for what slips each time", async () => {
  const asked: (readonly string[])[] = [];
  const runs = [["slow: 9, more than 8", "busy: 7, more than 6"], ["slow: 8.5, more than 8"]];
  const again = (last: readonly string[]) => async (slipped: readonly string[]) => {
    asked.push(slipped);
    return runs[asked.length] ?? last;
  };
  const first = runs[0] as string[];
  expect(await slipsEachTime([], again([]))).toEqual([]);
  // What slips for the first time when it is measured again was within its bound before.
  expect(await slipsEachTime(first, again(["busy: 7, more than 6"]))).toEqual([]);
  expect(asked).toEqual([first, ["slow: 8.5, more than 8"]]);
  asked.length = 0;
  const slow = ["slow: 9.1, more than 8"];
  expect(await slipsEachTime(first, again(slow))).toEqual(slow);
  expect(asked).toHaveLength(3);
});

test("the tables of docs/performance.md are those of docs/performance.json", () => {
  const text = (name: string) => readFileSync(join(root, "docs", name), "utf8");
  const document = text("performance.md");
  expect(fill(document, JSON.parse(text("performance.json")))).toBe(document);
});
