// Runs every host-neutral suite in a page of whatever browser, one Vitest test for each of theirs.
import { describe, expect, test } from "vitest";
import { platform } from "../../platform/browser/platform.js";
import { suites } from "../suites.js";

for (const suite of suites) suite.define({ describe, test, expect, platform });
