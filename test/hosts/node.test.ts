// Runs every host-neutral suite in Node, one Vitest test for each of theirs.
import { describe, expect, test } from "vitest";
import { platform } from "../../platform/node/platform.js";
import { suites } from "../suites.js";

for (const suite of suites) suite.define({ describe, test, expect, platform });
