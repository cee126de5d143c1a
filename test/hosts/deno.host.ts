// Runs every host-neutral suite in Deno, on what Deno itself chooses of the built package.
import { platform } from "troupe";
import { runSuites, type SuiteReport } from "../harness/run-suites.js";
import { suites } from "../suites.js";
import { suite as fairness } from "./fairness.js";
import { suite as sockets } from "./sockets.js";

const report = (message: SuiteReport) => console.log(JSON.stringify(message));
const version = process.versions.deno ?? "";
await runSuites([...suites, fairness, sockets], { platform, version, report });
