// `npm test`: provides what the tests need, builds, and runs every test on every host that can be
// had. Starts on a bare Node ≥ 20 without node_modules. Its last line is the sum over all runs:
// "N passed, M failed" and ", K skipped" where there are any.
// A host or peer that cannot be had is skipped by name, and is a failure where CI=true. Owns no
// test: vitest.config.ts says what the projects are.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needsOf, provideNpm, providePeers } from "./provide.mjs";
import { isCi, root, runNode } from "./run.mjs";

const total = { passed: 0, failed: 0, skipped: 0 };
const notes = [];

function fail(what) {
  total.failed++;
  notes.push(`failed   ${what}`);
}

function skip(what) {
  if (isCi) return fail(what);
  total.skipped++;
  notes.push(`skipped  ${what}`);
}

/** The test files that need something which is missing here, with its names. */
function filesInNeed(missing) {
  const found = [];
  for (const name of readdirSync(join(root, "test"), { recursive: true })) {
    if (!name.endsWith(".test.ts")) continue;
    const path = join("test", name);
    try {
      const needed = needsOf(readFileSync(join(root, path), "utf8"));
      const lacking = needed.filter((need) => missing.has(need));
      if (lacking.length > 0) found.push({ path, lacking });
    } catch (error) {
      fail(`${path}: ${error.message}`);
    }
  }
  return found;
}

/** Adds what Vitest's JSON report counted; a run that crashed without one is a failure. */
function count(name, code, reportPath) {
  let report;
  try {
    report = JSON.parse(readFileSync(reportPath, "utf8"));
  } catch {
    return fail(`${name}: crashed without a report`);
  }
  let failed = 0;
  let ran = 0;
  for (const file of report.testResults) {
    let failedHere = 0;
    for (const { status } of file.assertionResults) {
      if (status === "passed") total.passed++;
      else if (status === "failed") failedHere++;
      else total.skipped++;
      if (status === "passed" || status === "failed") ran++;
    }
    // A file that could not be loaded has no tests to fail.
    if (file.status === "failed" && failedHere === 0) failedHere = 1;
    failed += failedHere;
  }
  total.failed += failed;
  if (ran === 0) fail(`${name}: no test ran`);
  // An unhandled rejection, for one, fails the run and no test.
  else if (code !== 0 && failed === 0) fail(`${name}: ended with code ${code}`);
}

async function vitest(name, args) {
  const folder = mkdtempSync(join(tmpdir(), "troupe-test-"));
  const report = join(folder, "report.json");
  const { code } = await runNode(
    [
      ...["node_modules/vitest/vitest.mjs", "run", ...args],
      ...["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    ],
    { show: true, timeoutMs: 60 * 60_000 },
  );
  count(name, code, report);
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  if (!(await provideNpm())) return fail("npm ci");
  const missing = await providePeers();
  const args = [];
  if (missing.has("chromium")) {
    skip("the project chromium (page and Web Worker): no Chromium");
    args.push("--project", "!chromium*");
  }
  for (const { path, lacking } of filesInNeed(missing)) {
    skip(`${path}: needs ${lacking.join(", ")}`);
    args.push("--exclude", path);
  }
  console.log("build");
  if ((await runNode(["scripts/build.mjs"], { show: true })).code !== 0) fail("the build");
  await vitest("vitest", args);
}

await main();
for (const note of notes) console.log(note);
const { passed, failed, skipped } = total;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
