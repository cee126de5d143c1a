// What became of each test on a host, from what the host said: lines of the small runner, or
// Vitest's JSON report. Owns the groups (a suite's folder) and the shape
// { tests: [{ name, status, why }], crashes: [], host, version }. Judges nothing; scripts/hosts.mjs does.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../run.mjs";

/** Gives a function from a test's full name to its group: the folder of its suite below test/. */
export function grouping() {
  const groups = new Map();
  for (const file of readdirSync(join(root, "test"), { recursive: true })) {
    if (!/\.suite\.ts$|hosts[\\/](?:fairness|sockets|workerd\.host)\.ts$/.test(file)) continue;
    const source = readFileSync(join(root, "test", file), "utf8");
    const name = /defineSuite\(\s*"([^"]+)"/.exec(source)?.[1];
    groups.set(name, file.split(/[\\/]/)[0]);
  }
  return (test) => groups.get(test.split(" > ")[0]) ?? "other";
}

/** Reads the small runner's reports, one a line; other lines are the host's own. */
export function ofLines(text) {
  const outcome = { tests: [], crashes: [], host: undefined, version: "" };
  const other = [];
  for (const line of text.split("\n")) {
    let report;
    try {
      report = JSON.parse(line);
    } catch {
      if (line.trim() !== "") other.push(line);
      continue;
    }
    // A host may print what is JSON by chance, such as null.
    if (report?.type === "result") {
      const { name, error, skipped } = report.result;
      const status = error !== undefined ? "failed" : skipped !== undefined ? "skipped" : "passed";
      outcome.tests.push({ name, status, why: error ?? skipped });
    } else if (report?.type === "crash") outcome.crashes.push(report.error);
    else if (report?.type === "done") Object.assign(outcome, report);
  }
  if (outcome.host === undefined) {
    outcome.crashes.push(`it ended before its tests did:\n${other.slice(-20).join("\n")}`);
  }
  return outcome;
}

/** Reads one file's part of Vitest's report. `prefix` is the group that the file adds. */
export function ofVitest(report, file, prefix) {
  const outcome = { tests: [], crashes: [] };
  const result = report.testResults.find(({ name }) => name.endsWith(file));
  if (result === undefined) return { ...outcome, crashes: [`${file} did not run`] };
  for (const { ancestorTitles, title, status, failureMessages, meta } of result.assertionResults) {
    const path = ancestorTitles[0] === prefix ? ancestorTitles.slice(1) : ancestorTitles;
    const name = [...path, title].join(" > ");
    const why = status === "failed" ? failureMessages.join("\n") : meta?.capability;
    // The worker's own guard is no test of a suite: it fails for an error that no test caught.
    if (!name.includes(" > ")) {
      if (status === "failed") outcome.crashes.push(`${name}: ${why}`);
    } else if (status === "passed" || status === "failed")
      outcome.tests.push({ name, status, why });
    else outcome.tests.push({ name, status: "skipped", why });
  }
  if (result.assertionResults.length === 0) outcome.crashes.push(result.message);
  return outcome;
}
