// The suites that measure real time in a module Web Worker of a page, one Vitest test for each of theirs:
// this file runs when nothing else does. All others are test/hosts/worker.test.ts.
import { platform } from "../../platform/worker/platform.js";
import { defineWorkerTests } from "../harness/worker-tests.js";
import { realTimeSuites } from "../suites.js";

const url = new URL("../hosts/suites.worker.ts", import.meta.url);
const worker = new Worker(url, { type: "module", name: "real time" });
defineWorkerTests(worker, platform, realTimeSuites);
