// Builds dist/ before the tests that look at it, unless it is newer than its sources. A build that
// fails is not thrown from here, which would end the whole run: the tests that need it fail.
import { spawnSync } from "node:child_process";

/** Called by Vitest once before the tests of the project `package`. */
export function setup(): void {
  spawnSync(process.execPath, ["scripts/build.mjs", "--if-stale"], { stdio: "inherit" });
}
