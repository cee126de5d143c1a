// The benchmark's subjects do what they say: each is run briefly, and proves its own count.
// Owns that bench/ stays correct; how fast anything is, is not tested here.
import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { root } from "./harness/source-tree.js";

test("npm run bench ends well and prints every subject with a time", {
  timeout: 60_000,
}, async () => {
  const child = spawn(process.execPath, ["bench/core.ts", "--quick"], { cwd: root });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect(output).toMatch(/^cast\s+\d+ ns\s+[\d.]+ × its floor$/m);
  expect(output.match(/ ns /g)).toHaveLength(6);
  expect(code).toBe(0);
});
