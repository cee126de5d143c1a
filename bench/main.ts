// npm run bench: what troupe costs beside the machine's own floor, other libraries, Erlang and Go.
//
//   npm run bench                    everything; some ten minutes
//   npm run bench -- --quick         Node only, short rounds, no curves; within a minute
//   npm run bench -- --json FILE     writes all samples and ratios
//   npm run bench -- --write         writes docs/performance.json, and the tables of docs/performance.md
//   npm run bench -- --tables FILE   only makes the tables of docs/performance.md again, of such a file
//   npm run bench -- --guard         troupe and its floors only: fails if a ratio slipped far
//   npm run bench -- --only "cast"   only the scenarios named, separated by semicolons
//   npm run bench -- realms          workers instead: realms/main.ts; takes the same options
//
// Each subject of each scenario runs in a process (or page) of its own. Rounds are interleaved; what is
// given is the median, and for a ratio the median of the rounds' ratios. Unit: nanoseconds or bytes an
// operation. Tight loops time what takes nanoseconds, and tinybench what takes microseconds: meter.ts says
// why, and how the optimiser is kept from dropping the work.

import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { provideRivals } from "../scripts/provide.mjs";
import { root } from "../scripts/run.mjs";
import { measure as measureSizes } from "../scripts/size.mjs";
import { measureCurves } from "./curves.ts";
import { goals, slips, standing, verdicts } from "./goals.ts";
import { finishGuard } from "./guard.ts";
import { browserHosts } from "./hosts/chromium.ts";
import type { Host } from "./hosts/host.ts";
import { natives } from "./hosts/native.ts";
import { node, runtimes } from "./hosts/processes.ts";
import { full, guard, quick } from "./measure.ts";
import { benchRealms } from "./realms/main.ts";
import { fill } from "./report.ts";
import { type HostResult, PEERS, type Result } from "./result.ts";
import { runHosts } from "./run.ts";
import { measureSaturation } from "./saturation.ts";
import { scenarioOf } from "./scenarios.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    guard: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    json: { type: "string" },
    tables: { type: "string" },
    only: { type: "string" },
  },
});

const document = join(root, "docs", "performance.md");
const kept = join(root, "docs", "performance.json");

const effort = flags.guard ? guard : flags.quick ? quick : full;
const isOfRealms = positionals[0] === "realms";
// Realms have scenarios of their own.
const named = isOfRealms ? undefined : flags.only?.split(";");
const only = named?.map((name) => scenarioOf(name.trim()).name);

async function onNode(wanted: readonly string[] | undefined = only): Promise<HostResult> {
  const peers = !flags.guard && (await provideRivals()) ? PEERS : [];
  const own = node(peers);
  const others = flags.quick || flags.guard ? [] : await natives();
  const judged = goals.map(({ scenario }) => scenario);
  return closing([own, ...others], () =>
    runHosts([own, ...others], effort, wanted ?? (flags.guard ? judged : undefined)),
  );
}

async function closing<T>(hosts: readonly Host[], run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } finally {
    for (const host of hosts) await host.close();
  }
}

async function elsewhere(): Promise<HostResult[]> {
  const found = [...(await browserHosts(PEERS)), ...(await runtimes(PEERS))];
  return closing(found, async () => {
    const results: HostResult[] = [];
    for (const host of found) results.push(await runHosts([host], effort, only));
    return results;
  });
}

async function everything(): Promise<Result> {
  const small = flags.quick || flags.guard;
  const hosts = [await onNode(), ...(small ? [] : await elsewhere())];
  const whole = !small && only === undefined;
  const sizes = whole ? await measureSizes() : [];
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "an unknown processor"}`,
    rounds: effort.rounds,
    hosts,
    curves: whole ? await measureCurves(node([]), effort) : [],
    saturation: whole ? await measureSaturation() : [],
    sizes: Object.fromEntries(sizes.map(({ label, bytes }) => [label, bytes])),
  };
}

function writeTables(result: Result): void {
  writeFileSync(document, fill(readFileSync(document, "utf8"), result));
}

if (isOfRealms) await benchRealms(flags);
else if (flags.tables !== undefined) writeTables(JSON.parse(readFileSync(flags.tables, "utf8")));
else {
  const result = await everything();
  const judged = verdicts(result);
  console.log("");
  for (const verdict of judged) {
    const { host, goal, value, target } = verdict;
    const figure = value.toPrecision(3).padStart(8);
    console.log(`${standing(verdict).padEnd(8)}${figure} ≤ ${target}  ${goal}, ${host}`);
  }
  const json = `${JSON.stringify({ ...result, goals: judged }, null, 1)}\n`;
  if (flags.json !== undefined) writeFileSync(flags.json, json);
  if (flags.write) {
    writeFileSync(kept, json);
    writeTables(result);
  }
  if (flags.guard) {
    const last: Result = JSON.parse(readFileSync(kept, "utf8"));
    const count = judged.filter(({ overFloor }) => overFloor !== undefined).length;
    await finishGuard(goals, count, slips(result, last), async (slipped) => {
      const hosts = [await onNode(slipped.map(({ scenario }) => scenario))];
      return slips({ ...result, hosts }, last);
    });
  }
}
