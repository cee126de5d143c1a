// Runs every host-neutral suite in a module Web Worker of a page, one Vitest test for each of theirs. Those
// that measure real time are run by test/browser/worker-time.test.ts, alone.
import { platform } from "../../platform/worker/platform.js";
import { defineWorkerTests } from "../harness/worker-tests.js";
import { timelessSuites } from "../suites.js";

const url = new URL("./suites.worker.ts", import.meta.url);
defineWorkerTests(new Worker(url, { type: "module" }), platform, timelessSuites);
