// npm run bench -- realms: what a message to a worker costs, beside postMessage by hand and five libraries.
//
//   npm run bench -- realms             Node and Chromium; some ten minutes
//   npm run bench -- realms --quick     shorter rounds
//   npm run bench -- realms --json FILE writes all samples
//   npm run bench -- realms --write     writes docs/performance-realms.json, and the tables beside it
//   npm run bench -- realms --tables F  only makes the tables again, of such a file
//   npm run bench -- realms --guard     on Node, what goals need only: fails if a ratio slipped far
//   npm run bench -- realms --only "casts"   only the scenarios named, separated by semicolons
//
// Each subject has a process (or a page) and a worker of its own; rounds are interleaved. Unit: nanoseconds
// or bytes an operation. Left out: memory outside of the heap, and pools of more than one worker.

import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { provideRealmRivals } from "../../scripts/provide.mjs";
import { root } from "../../scripts/run.mjs";
import { finishGuard } from "../guard.ts";
import type { Host } from "../hosts/host.ts";
import type { Effort } from "../measure.ts";
import type { HostResult } from "../result.ts";
import { runHosts } from "../run.ts";
import { goals, slips, verdicts } from "./goals.ts";
import { node, page } from "./hosts.ts";
import { fill, type RealmsResult } from "./report.ts";
import { scenarios } from "./scenarios.ts";

/** What of the command line counts here. */
export interface Flags {
  readonly quick?: boolean;
  readonly guard?: boolean;
  readonly write?: boolean;
  readonly json?: string | undefined;
  readonly tables?: string | undefined;
  readonly only?: string | undefined;
}

const document = join(root, "docs", "performance-realms.md");
const kept = join(root, "docs", "performance-realms.json");

/** Many short rounds: the best tenth of them is what is compared. */
const full: Effort = { rounds: 60, sampleMs: 15, warmUpMs: 1_000 };
const quick: Effort = { rounds: 20, sampleMs: 10, warmUpMs: 300 };

const PEERS = ["comlink", "capnweb", "workerpool", "piscina", "tinypool"];

/** Runs the benchmark of realms. */
export async function benchRealms(flags: Flags): Promise<void> {
  if (flags.tables !== undefined) {
    writeTables(JSON.parse(readFileSync(flags.tables, "utf8")));
    return;
  }
  if (flags.guard) {
    await guard(flags);
    return;
  }
  const result = await run(flags);
  show(result);
  const json = `${JSON.stringify(result, null, 1)}\n`;
  if (flags.json !== undefined) writeFileSync(flags.json, json);
  if (flags.write) {
    writeFileSync(kept, json);
    writeTables(result);
  }
}

/** Prints where each goal stands, and gives how many there are. */
function show(result: RealmsResult): number {
  console.log("");
  const judged = verdicts(result);
  for (const { host, goal, ratio, standing } of judged) {
    const figure = ratio.toPrecision(3).padStart(8);
    console.log(
      `${standing.padEnd(8)}${figure} ${goal.must} ${goal.target}  ${goal.name}, ${host}`,
    );
  }
  return judged.length;
}

/** Fails for what slips each time. */
async function guard(flags: Flags): Promise<void> {
  const last = JSON.parse(readFileSync(kept, "utf8"));
  const result = await run(flags);
  const count = show(result);
  await finishGuard(goals, count, slips(result, last), async (slipped) => {
    const only = slipped.flatMap(({ over, under }) => [over[1], under[1]]).join(";");
    const again = await run({ ...flags, only });
    show(again);
    return slips(again, last);
  });
}

async function run(flags: Flags): Promise<RealmsResult> {
  const has = await provideRealmRivals();
  // The guard looks at goals, which need no other library than this.
  const peers = !has ? [] : flags.guard ? ["comlink"] : PEERS;
  const effort = flags.guard || flags.quick ? quick : full;
  // A copy of 64 MiB takes most of a second.
  const judged = goals.flatMap(({ over, under }) => [over[1], under[1]]).filter(isQuick);
  const named = flags.only?.split(";").map((name) => name.trim());
  const only = named ?? (flags.guard ? judged : undefined);
  const hosts: HostResult[] = [];
  for (const host of [node(peers), ...(flags.guard ? [] : [await page(peers)])]) {
    hosts.push(await measured(host, effort, only));
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "an unknown processor"}`,
    rounds: effort.rounds,
    hosts,
  };
}

const isQuick = (scenario: string): boolean => !scenario.startsWith("64 MiB");

async function measured(host: Host, effort: Effort, only: readonly string[] | undefined) {
  try {
    return await runHosts([host], effort, only, scenarios);
  } finally {
    await host.close();
  }
}

function writeTables(result: RealmsResult): void {
  writeFileSync(document, fill(readFileSync(document, "utf8"), result));
}
