// What became of each test on a host, from the reports of the small runner. Owns the groups (a suite's
// folder, and a column of its own for each suite that only whole hosts run) and the shape
// { tests: [{ name, status, why, ms }], crashes: [], host, version }. Judges nothing; scripts/hosts.mjs does.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../run.mjs";

/** Gives a function from a test's full name to its group: its suite's folder, or its suite. */
export function grouping() {
  const groups = new Map();
  for (const file of readdirSync(join(root, "test"), { recursive: true })) {
    if (!file.endsWith(".suite.ts")) continue;
    const source = readFileSync(join(root, "test", file), "utf8");
    const name = /defineSuite\(\s*"([^"]+)"/.exec(source)?.[1];
    groups.set(name, file.split(/[\\/]/)[0]);
  }
  return (test) => {
    const [suite] = test.split(" > ");
    return groups.get(suite) ?? suite;
  };
}

/** Reads reports, one a line. `said` is what else the host wrote. */
export function ofLines(reports, said) {
  const outcome = { tests: [], crashes: [], host: undefined, version: "" };
  for (const line of reports.split("\n").filter((text) => text !== "")) {
    const report = JSON.parse(line);
    if (report.type === "result") {
      const { ms } = report;
      const { name, error, skipped } = report.result;
      const status = error !== undefined ? "failed" : skipped !== undefined ? "skipped" : "passed";
      outcome.tests.push({ name, status, why: error ?? skipped, ms });
    } else if (report.type === "crash") outcome.crashes.push(report.error);
    else if (report.type === "done") Object.assign(outcome, report);
  }
  if (outcome.host === undefined) {
    outcome.crashes.push(`it ended before its tests did:\n${said.slice(-2_000)}`);
  }
  return outcome;
}

/** What both parts of a host's run gave, as one. */
export function joined(one, other) {
  const tests = [...one.tests, ...other.tests];
  return { ...one, ...other, tests, crashes: [...one.crashes, ...other.crashes] };
}
