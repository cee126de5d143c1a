// A subject in a process of its own: `node bench/child.ts SUBJECT SCENARIO`, on Node, Deno or Bun.
//
// Owns the protocol, which is also that of native/: a line "ready" when the scenario stands; then, for
// each line with a number of operations, a line with what they came to. Ends with its input.

import process from "node:process";
import { createInterface } from "node:readline";
import type { Subject } from "./meter.ts";

const [path = "", scenario = ""] = process.argv.slice(2);
const { subject } = (await import(path)) as { subject: Subject };
const meter = await subject[scenario]?.();
if (meter === undefined) {
  console.log("no scenario");
  process.exit();
}
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  console.log(String(await meter(Number(line))));
}
process.exit();
