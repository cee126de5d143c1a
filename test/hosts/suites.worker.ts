// A module Web Worker that runs every host-neutral suite with the small runner, as Vitest cannot
// run here, and posts what the runner tells. One named "real time" runs those that measure it.
import { platform } from "../../platform/worker/platform.js";
import { runSuites, type SuiteReport } from "../harness/run-suites.js";
import { realTimeSuites, timelessSuites } from "../suites.js";

const report = (message: SuiteReport) => globalThis.postMessage(message);
const { name } = globalThis as unknown as { readonly name: string };
const suites = name === "real time" ? realTimeSuites : timelessSuites;
await runSuites(suites, { platform, version: navigator.userAgent, report });
