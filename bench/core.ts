// npm run bench: what the core costs, on the Node that runs it.
//
// Unit: nanoseconds an operation, median of rounds, and the ratio to a floor measured in the same
// rounds: absolute times differ from machine to machine and from minute to minute, ratios far less.
// tinybench runs and samples the rounds; each round does thousands of operations, so that its own
// overhead is not what is measured. Left out: other libraries, browsers, memory. `-- --quick` is short.

import { Bench } from "tinybench";
import { makeSubjects } from "./subjects.ts";

const OPERATIONS = 20_000;
const quick = process.argv.includes("--quick");
const { system, subjects } = await makeSubjects();

const bench = new Bench({ time: quick ? 100 : 1_000, warmupTime: quick ? 50 : 300 });
// Declared async: tinybench would call another function once, without waiting, to find out.
for (const { name, run } of subjects) bench.add(name, async () => await run(OPERATIONS));
await bench.run();

const nanoseconds = new Map<string, number>();
for (const { name, result } of bench.tasks) {
  if (result.state === "errored") throw result.error;
  if (result.state !== "completed") throw new Error(`${name}: ${result.state}`);
  nanoseconds.set(name, (result.latency.p50 * 1e6) / OPERATIONS);
}
console.log(`${process.release.name} ${process.version}, ${process.platform} ${process.arch}\n`);
for (const { name, floor } of subjects) {
  const own = nanoseconds.get(name) ?? Number.NaN;
  const unit = floor === undefined ? undefined : nanoseconds.get(floor);
  const ratio = unit === undefined ? "" : `${(own / unit).toFixed(1)} × its floor`;
  console.log(`${name.padEnd(44)}${own.toFixed(0).padStart(8)} ns  ${ratio}`);
}
await system.stop();
