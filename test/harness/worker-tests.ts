// The tests that a worker runs with the small runner, as tests of the Vitest in its page: one for each,
// matched by name, since the suites are the same functions on both sides.
// Owns the waiting and the worker's last words. Starts no worker; the files of test/hosts do.
import { describe, expect, test } from "vitest";
import type { Platform } from "../../src/kernel/platform.js";
import type { SuiteReport } from "./run-suites.js";
import { collectTests, type TestResult } from "./runner.js";
import { type Suite, skipFor } from "./suite.js";

/** Declares the tests of `suites`, which `worker` runs and tells of by messages. */
export function defineWorkerTests(
  worker: Worker,
  platform: Platform,
  suites: readonly Suite[],
): void {
  const results = new Map<string, TestResult>();
  const crashes: string[] = [];
  let ended = false;
  let wake = () => {};

  worker.addEventListener("message", ({ data }: MessageEvent<SuiteReport>) => {
    if (data.type === "result") results.set(data.result.name, data.result);
    else if (data.type === "crash") crashes.push(data.error);
    else ended = true;
    wake();
  });
  worker.addEventListener("error", (event) => {
    crashes.push(`the worker failed: ${event.message || "its module could not be loaded"}`);
    ended = true;
    wake();
  });

  /** Resolves once `ready` holds or the worker said its last. One waiter at a time. */
  async function until(ready: () => boolean): Promise<void> {
    while (!ready() && !ended) await new Promise<void>((resolve) => (wake = resolve));
  }

  describe("worker", () => {
    const collected = collectTests(suites, { expect, platform });
    for (const { name, timeoutMs } of collected) {
      // The first waits for the worker's modules too, a filtered run for the tests left out.
      test(name, { timeout: timeoutMs + 60_000 }, async (context) => {
        await until(() => results.has(name));
        const result = results.get(name);
        if (!result) throw new Error(`not run in the worker: ${crashes.join("\n") || "no report"}`);
        if (result.skipped !== undefined) skipFor(context, result.skipped);
        if (result.error !== undefined) throw new Error(result.error);
      });
    }

    test("no error or rejection stayed unhandled", { timeout: 60_000 }, async () => {
      await until(() => false);
      worker.terminate();
      expect(crashes).toEqual([]);
      expect([...results.keys()]).toEqual(collected.map(({ name }) => name));
    });
  });
}
