// SYS-2 in a page of the Chromium of the tests: the suite of every host, with a server to fetch from.
import { describe, expect, inject, test } from "vitest";
import { platform } from "../../platform/browser/platform.js";
import { fairness } from "../kernel/fairness.js";

const url = `http://127.0.0.1:${inject("ssePort")}/stats`;
fairness(url).define({ describe, test, expect, platform });
