// The small test runner for hosts where Vitest cannot run (workers). It collects the tests of
// suites and runs them one after the other.
// Owns collecting, the time limit of a test and its result. Does not report, filter or retry (the
// host file that uses it does) and makes no `expect` (test/harness/expect.ts does).
import type { HarnessHost, Suite, TestContext } from "./suite.js";

/** A test that was collected and not run yet. */
export interface CollectedTest {
  /** The names of its groups and its own, joined with " > ". Unique. */
  readonly name: string;
  /** Its body. */
  readonly run: (context: TestContext) => void | Promise<void>;
  /** After so many milliseconds it fails. */
  readonly timeoutMs: number;
}

/** How one test ended. `error` is there exactly when it failed, `skipped` when it did not run. */
export interface TestResult {
  readonly name: string;
  /** The capability that this host lacks. */
  readonly skipped?: string;
  readonly error?: string;
}

/** Long enough for a machine that does several things at once: what a test promises of time it says itself. */
export const DEFAULT_TIMEOUT_MS = 60_000;

/** Ends a test that cannot run here. */
class Skip {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}
const context: TestContext = {
  skip(reason) {
    throw new Skip(reason);
  },
};

/**
 * Collects the tests of all suites without running one.
 * @throws RangeError when two tests have the same full name: results are matched by name.
 */
export function collectTests(
  suites: readonly Suite[],
  host: Pick<HarnessHost, "expect" | "platform">,
): CollectedTest[] {
  const tests: CollectedTest[] = [];
  const names = new Set<string>();
  const path: string[] = [];
  for (const suite of suites) {
    suite.define({
      ...host,
      describe(name, define) {
        path.push(name);
        define();
        path.pop();
      },
      test(name, run, timeoutMs = DEFAULT_TIMEOUT_MS) {
        const full = [...path, name].join(" > ");
        if (names.has(full)) throw new RangeError(`Two tests are named "${full}": rename one`);
        names.add(full);
        tests.push({ name: full, run, timeoutMs });
      },
    });
  }
  return tests;
}

/** Runs one test to its end or its time limit. Never rejects. */
export async function runTest({ name, run, timeoutMs }: CollectedTest): Promise<TestResult> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const limit = new Promise<never>((_, reject) => {
      const expired = () => reject(new Error(`Test timed out in ${timeoutMs} ms`));
      timer = setTimeout(expired, timeoutMs);
    });
    await Promise.race([(async () => run(context))(), limit]);
    return { name };
  } catch (error) {
    if (error instanceof Skip) return { name, skipped: error.reason };
    return { name, error: describeError(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** The text of anything thrown, with its stack where it has one. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? "";
  // V8's stack begins with the message, WebKit's and Gecko's do not.
  return stack.includes(error.message) ? stack : `${error.name}: ${error.message}\n${stack}`;
}
