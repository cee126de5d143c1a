// All that a host's file of test/hosts/ does: runs every suite on the built package, on the platform
// that the host's own `exports` condition chose, and sends each result to the server of the run.
// The suites of real time run by themselves, when no other host does.
// Owns which suites a host runs and how results travel. How the host is started is its file's, and
// scripts/hosts' knowledge.

// Before anything else: it watches what importing the package does.
import "./imports.js";
import { platform } from "troupe";
import { sockets } from "../hosts/sockets.js";
import { webSockets } from "../hosts/websockets.js";
import { fairness } from "../kernel/fairness.js";
import { realTimeSuites, timelessSuites } from "../suites.js";
import { imports } from "./imports.js";
import { runSuites, type SuiteReport } from "./run-suites.js";

/** The server of this run and what is to run, which the bundler puts in. */
declare const RUN_URL: string;
declare const RUN_PART: "suites" | "real time";

/** How many results go in one request, and how long one may wait: who says nothing for minutes is given up. */
const BATCH = 100;
const BATCH_MS = 5_000;

/**
 * Runs what is asked for; resolves when the last result was sent, and never rejects.
 * `version` is the host's own, where only the host can tell.
 */
export async function runHost(version = ""): Promise<void> {
  let lines: string[] = [];
  let sentAtMs = platform.now();
  const report = async (message: SuiteReport): Promise<void> => {
    lines.push(JSON.stringify(message));
    const isDue = lines.length >= BATCH || platform.now() - sentAtMs >= BATCH_MS;
    if (message.type !== "done" && !isDue) return;
    sentAtMs = platform.now();
    const body = lines.join("\n");
    lines = [];
    await fetch(`${RUN_URL}/report`, { method: "POST", body });
  };
  const parts = {
    suites: [imports, ...timelessSuites, sockets, webSockets],
    "real time": [...realTimeSuites, fairness(`${RUN_URL}/ping`)],
  };
  await runSuites(parts[RUN_PART], { platform, version, report });
}
