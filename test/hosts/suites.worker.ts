// A module Web Worker that runs every host-neutral suite with the small runner, as Vitest cannot
// run here, and posts what the runner tells.
import { platform } from "../../platform/worker/platform.js";
import { runSuites, type SuiteReport } from "../harness/run-suites.js";
import { suites } from "../suites.js";

const report = (message: SuiteReport) => globalThis.postMessage(message);
await runSuites(suites, { platform, version: navigator.userAgent, report });
