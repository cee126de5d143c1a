// A module Web Worker that runs every host-neutral suite with the small runner, as Vitest cannot
// run here. It posts one message for each finished test, `done` at the end, and `crash` for an
// error or a rejection that no test caught.
import { createExpect } from "../harness/expect.js";
import { collectTests, describeError, runTest, type TestResult } from "../harness/runner.js";
import { suites } from "../suites.js";

/** What the worker tells the page. */
export type WorkerReport =
  | { type: "result"; result: TestResult }
  | { type: "crash"; error: string }
  | { type: "done" };

const report = (message: WorkerReport) => globalThis.postMessage(message);

addEventListener("error", (event) => {
  report({ type: "crash", error: describeError(event.error ?? event.message) });
});
addEventListener("unhandledrejection", (event) => {
  report({ type: "crash", error: `unhandled rejection: ${describeError(event.reason)}` });
});

for (const test of collectTests(suites, createExpect()))
  report({ type: "result", result: await runTest(test) });
// A rejection is reported after the microtasks of its turn: let the last test's come out.
await new Promise((resolve) => setTimeout(resolve, 50));
report({ type: "done" });
