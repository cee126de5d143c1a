// SYS-2 in a page of the Chromium of the tests: the suite of every host, with a server to fetch from. And the
// other suites that measure real time: this file runs when nothing else does.
import { describe, expect, inject, test } from "vitest";
import { platform } from "../../platform/browser/platform.js";
import { fairness } from "../kernel/fairness.js";
import { realTimeSuites } from "../suites.js";

const url = `http://127.0.0.1:${inject("ssePort")}/stats`;
for (const suite of [fairness(url), ...realTimeSuites]) {
  suite.define({ describe, test, expect, platform });
}
