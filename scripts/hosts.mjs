// `npm run hosts`: runs every host-neutral suite on every host and prints a table, host by group of
// suites, with the version. `--json FILE` writes it down, `--write` into docs/hosts.json and the README,
// `--only deno,bun` runs some, `--times` tells which suites take longest on each. The last line is
// "N passed, M failed" (", K skipped").
// Installs are done at once and kept; hosts run two at a time, and their tests of real time one host after the
// other at the end, with nothing beside them.
// A host that cannot be had is a skip, and a failure where CI=true.
import { parseArgs } from "node:util";
import { record, writeJson } from "./hosts/table.mjs";
import { browserNeeds, provideHosts, provideNpm, providePeers } from "./provide.mjs";
import { isCi, runNode } from "./run.mjs";

const rows = [];
const problems = [];
const { values: flags } = parseArgs({
  options: {
    json: { type: "string" },
    write: { type: "boolean" },
    only: { type: "string" },
    times: { type: "boolean" },
  },
});
const { json } = flags;
const only = flags.only?.toLowerCase().split(",");

/** The ten suites that took longest on a host, with their slowest tests. */
function slowest({ name }, { tests }) {
  const suites = new Map();
  for (const { name: test, ms } of tests) {
    const [suite, ...rest] = test.split(" > ");
    const one = suites.get(suite) ?? { suite, ms: 0, slow: { ms: -1 } };
    if (ms > one.slow.ms) one.slow = { ms, test: rest.join(" > ") };
    suites.set(suite, { ...one, ms: one.ms + ms });
  }
  const all = [...suites.values()].sort((one, other) => other.ms - one.ms);
  const lines = all.slice(0, 10).map(({ suite, ms, slow }) => {
    return `${String(ms).padStart(9)} ms  ${suite} (${slow.ms} ms: ${slow.test})`;
  });
  const sum = all.reduce((before, { ms }) => before + ms, 0);
  return [`${name}: ${sum} ms in tests`, ...lines].join("\n");
}

/** Counts by group, and everything that makes the row a failure. */
function judge({ name, platform, lacks = [] }, outcome, groupOf, reference) {
  const groups = {};
  const skips = {};
  const wrong = outcome.crashes.map((crash) => `crashed: ${crash}`);
  for (const { name: test, status, why } of outcome.tests) {
    const group = groupOf(test);
    groups[group] ??= { passed: 0, failed: 0, skipped: 0 };
    const isUnknown = status === "skipped" && !lacks.includes(why);
    groups[group][isUnknown ? "failed" : status]++;
    if (status === "skipped" && !isUnknown) skips[why] = (skips[why] ?? 0) + 1;
    if (status === "failed") wrong.push(`${test}\n${why ?? ""}`);
    if (isUnknown)
      wrong.push(`${test}: skipped for ${why ?? "no capability"}, which it should have`);
  }
  const ran = new Set(outcome.tests.map((test) => test.name));
  const left = (reference ?? []).filter((test) => !ran.has(test));
  if (left.length > 0) wrong.push(`${left.length} tests did not run, such as ${left[0]}`);
  if (platform !== undefined && outcome.host !== undefined && outcome.host !== platform) {
    wrong.push(`its exports condition chose the platform ${outcome.host}, not ${platform}`);
  }
  return { name, version: outcome.version ?? "", groups, skips, wrong };
}

const sumOf = (groups, status) =>
  Object.values(groups).reduce((sum, cell) => sum + cell[status], 0);

function cell(counts) {
  if (counts === undefined) return "";
  const { passed, failed, skipped } = counts;
  return [
    `${passed}`,
    failed > 0 ? `${failed} failed` : "",
    skipped > 0 ? `${skipped} skipped` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function table() {
  const groups = [...new Set(rows.flatMap((row) => Object.keys(row.groups)))].sort();
  const lines = [
    ["host", "version", ...groups],
    ...rows.map(({ name, version, groups: counts }) => [
      ...[name, version],
      ...groups.map((group) => cell(counts[group])),
    ]),
  ];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) =>
    line
      .map((text, i) => text.padEnd(widths[i]))
      .join("  ")
      .trimEnd(),
  );
}

async function main() {
  if (problems.length > 0) return;
  if (!(await provideNpm())) return problems.push("npm ci failed");
  const [missing, haveHosts, built] = await Promise.all([
    providePeers(browserNeeds),
    provideHosts(),
    runNode(["scripts/build.mjs", "--if-stale"], { show: true }),
  ]);
  if (built.code !== 0) return problems.push("the build failed");
  if (!haveHosts) problems.push("npm install in test/hosts/runtimes failed: see above");
  // These need what was just installed.
  const { hosts } = await import("./hosts/list.mjs");
  const { grouping, joined } = await import("./hosts/outcome.mjs");
  const groupOf = grouping();
  const known = hosts.flatMap((host) => host.rows.map(({ name }) => name));
  for (const part of only ?? []) {
    if (known.some((name) => name.toLowerCase().includes(part))) continue;
    problems.push(`--only ${part}: no such host, there are ${known.join(", ")}`);
  }
  const chosen = [];
  for (const host of hosts) {
    const names = host.rows.map(({ name }) => name);
    if (only && !names.some((name) => only.some((part) => name.toLowerCase().includes(part))))
      continue;
    const lacking = host.needs.filter((need) => missing.has(need));
    if (lacking.length === 0) chosen.push({ ...host, name: names.join(", ") });
    else if (isCi) problems.push(`${names.join(", ")}: needs ${lacking.join(", ")}`);
    else console.log(`skipped  ${names.join(", ")}: needs ${lacking.join(", ")}`);
  }
  const found = new Map();
  const runPart = async (host, part) => {
    const started = Date.now();
    const crashed = (error) => host.rows.map(() => ({ tests: [], crashes: [error.stack] }));
    const outcomes = await host.run(part).catch(crashed);
    const before = found.get(host);
    found.set(host, before ? outcomes.map((one, i) => joined(before[i], one)) : outcomes);
    console.log(`ran     ${host.name}: ${part} (${((Date.now() - started) / 1_000).toFixed(1)} s)`);
  };
  // The browsers are last in the list and take longest, so they begin.
  const queue = chosen.toReversed();
  const lane = async () => {
    for (let host = queue.shift(); host; host = queue.shift()) await runPart(host, "suites");
  };
  await Promise.all([lane(), lane()]);
  for (const host of chosen) await runPart(host, "real time");
  let reference;
  for (const host of chosen) {
    for (const [index, outcome] of found.get(host).entries()) {
      const row = judge(host.rows[index], outcome, groupOf, reference);
      reference ??= outcome.tests.map(({ name }) => name);
      rows.push(row);
      console.log(`${row.wrong.length > 0 ? "failed " : "ok     "} ${row.name} ${row.version}`);
      for (const text of row.wrong.slice(0, 20)) console.log(`  ${text.slice(0, 1_500)}`);
      if (flags.times) console.log(slowest(row, outcome));
      if (row.wrong.length > 20) console.log(`  and ${row.wrong.length - 20} more`);
    }
  }
}

await main();
console.log(["", ...table(), "", ...problems].join("\n"));
const passed = rows.reduce((sum, { groups }) => sum + sumOf(groups, "passed"), 0);
const skipped = rows.reduce((sum, { groups }) => sum + sumOf(groups, "skipped"), 0);
// What is wrong with a row as a whole counts once: a failed test is one of `wrong` too.
const failed = problems.length + rows.reduce((sum, { wrong }) => sum + wrong.length, 0);
if (json !== undefined) writeJson(json, { passed, failed, skipped, hosts: rows });
if (flags.write) {
  const { hosts } = await import("./hosts/list.mjs");
  const names = hosts.flatMap((host) => host.rows.map(({ name }) => name));
  console.log(record(rows, names));
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
