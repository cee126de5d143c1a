// Runs every host-neutral suite in Node, one Vitest test for each of theirs. Those that measure real time
// are run by test/kernel/fairness.test.ts, alone.
import { describe, expect, test } from "vitest";
import { platform } from "../../platform/node/platform.js";
import { timelessSuites } from "../suites.js";

for (const suite of timelessSuites) suite.define({ describe, test, expect, platform });
