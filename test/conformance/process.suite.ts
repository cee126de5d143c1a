// The traces of processes and servers: links, monitors, receive, timers, names, and gen_server.
// Owns nothing but the list of its group: see define-traces.ts.

import type { Suite } from "../harness/suite.js";
import traces from "./data/process.json" with { type: "json" };
import { defineTraces } from "./define-traces.js";
import { processes } from "./drivers/process.js";

export const suite: Suite = defineTraces(processes, traces);
