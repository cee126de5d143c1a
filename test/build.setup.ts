// Builds dist/ before the tests that look at it, unless it is newer than its sources.
import { execFileSync } from "node:child_process";

/** Called by Vitest once before the tests of the project `package`. */
export function setup(): void {
  execFileSync(process.execPath, ["scripts/build.mjs", "--if-stale"], { stdio: "inherit" });
}
