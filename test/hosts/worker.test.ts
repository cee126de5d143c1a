// Runs every host-neutral suite in a module Web Worker of a page, one Vitest test for each of theirs.
import { platform } from "../../platform/worker/platform.js";
import { defineWorkerTests } from "../harness/worker-tests.js";

const url = new URL("./suites.worker.ts", import.meta.url);
defineWorkerTests(new Worker(url, { type: "module" }), platform);
