// Before the tests that look at the package: builds dist/, unless it is newer than its sources, and
// packs and installs the tarball once for all of them. What fails is not thrown from here, which
// would end the whole run: the tests that need it fail.
import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import type { TestProject } from "vitest/node";
import { packAndInstall } from "./harness/consumer.js";

/** Called by Vitest once before the tests of the project `package`; what it returns, after them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  spawnSync(process.execPath, ["scripts/build.mjs", "--if-stale"], { stdio: "inherit" });
  const packed = await packAndInstall().catch((error: unknown) => String(error));
  project.provide("packed", packed);
  return async () => {
    if (typeof packed !== "string") await rm(packed.folder, { recursive: true, force: true });
  };
}
