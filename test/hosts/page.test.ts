// Runs every host-neutral suite in a page of whatever browser, one Vitest test for each of theirs. Those
// that measure real time are run by test/browser/fairness.test.ts, alone.
import { describe, expect, test } from "vitest";
import { platform } from "../../platform/browser/platform.js";
import { timelessSuites } from "../suites.js";

for (const suite of timelessSuites) suite.define({ describe, test, expect, platform });
