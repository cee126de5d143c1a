// Runs suites with the small runner and tells each result as it comes: what the files of test/hosts/
// do where Vitest cannot run, or where the host itself is to load the built package.
// Owns the order, the watch for errors that no test caught, and the last word `done`. Where reports
// go (a page, standard output, a response) is the host file's.
import type { Platform } from "../../src/kernel/platform.js";
import { createExpect } from "./expect.js";
import { collectTests, describeError, runTest, type TestResult } from "./runner.js";
import type { Suite } from "./suite.js";
import { isWatched } from "./uncaught.js";

/** What a run tells. `ms` is how long the test took, `crash` is an error or a rejection that no test caught. */
export type SuiteReport =
  | { readonly type: "result"; readonly result: TestResult; readonly ms: number }
  | { readonly type: "crash"; readonly error: string }
  | { readonly type: "done"; readonly host: string; readonly version: string };

/** What a run needs of its host. */
export interface SuiteRun {
  readonly platform: Platform;
  /** The host's own version, as it calls itself. */
  readonly version: string;
  /** Resolves when the next test may begin. */
  report(message: SuiteReport): void | Promise<void>;
}

/** The part of Node's `process` that Deno and Bun have too. */
interface ProcessEvents {
  on(event: "uncaughtException" | "unhandledRejection", listener: (error: unknown) => void): void;
}

/** Runs every test one after the other. Never rejects; call it once for each realm. */
export async function runSuites(suites: readonly Suite[], run: SuiteRun): Promise<void> {
  const { platform, version, report } = run;
  watchCrashes((error) => void report({ type: "crash", error }));
  for (const test of collectTests(suites, { expect: createExpect(), platform })) {
    const from = platform.now();
    const result = await runTest(test);
    await report({ type: "result", result, ms: Math.round(platform.now() - from) });
  }
  // A rejection is reported after the microtasks of its turn: let the last test's come out.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await report({ type: "done", host: platform.host, version });
}

function watchCrashes(crash: (error: string) => void): void {
  const { process } = globalThis as { process?: Partial<ProcessEvents> };
  if (typeof process?.on === "function") {
    process.on("uncaughtException", (error) => crash(describeError(error)));
    process.on("unhandledRejection", (error) => crash(`unhandled: ${describeError(error)}`));
    return;
  }
  addEventListener("error", (event) => {
    if (!isWatched()) crash(describeError(event.error ?? event.message));
  });
  addEventListener("unhandledrejection", (event) => {
    crash(`unhandled: ${describeError(event.reason)}`);
  });
}
