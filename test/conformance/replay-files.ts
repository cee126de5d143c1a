// What `npm run conformance` runs: replays files of traces and tells how each trace went.
// Owns the words and the count. scripts/conformance.mjs finds the files and sets the exit code.
import { exceptionOf } from "./exceptions.js";
import { groups } from "./groups.js";
import { describeDifference, type Group, replay, type Trace } from "./replay.js";

/** A file of traces, as it was read. */
export interface TraceFile {
  readonly name: string;
  readonly text: string;
}

/** Replays every trace of every file; gives how many passed and failed. The last line counts them. */
export async function replayFiles(
  files: readonly TraceFile[],
  print: (line: string) => void,
  among: readonly Group[] = groups,
): Promise<{ passed: number; failed: number }> {
  let passed = 0;
  let failed = 0;
  let excepted = 0;
  const fail = (what: string): void => {
    failed++;
    print(`failed  ${what}`);
  };
  for (const { name, text } of files) {
    let traces: readonly Trace[];
    try {
      traces = readTraces(text);
    } catch (error) {
      fail(`${name}: ${(error as Error).message}`);
      continue;
    }
    let good = 0;
    for (const trace of traces) {
      const { scenario } = trace;
      const title = scenario.title === undefined ? "" : ` (${scenario.title})`;
      const difference = await replay(trace, among).catch((error: Error) => error);
      const reason = exceptionOf(scenario);
      if (difference === null) good++;
      else if (difference instanceof Error) fail(difference.message);
      else if (reason !== undefined) {
        excepted++;
        print(`differs ${scenario.id}: ${reason}`);
      } else fail(`${scenario.id}${title} ${describeDifference(difference)}`);
    }
    passed += good;
    print(`${name}: ${good} of ${traces.length} as recorded`);
  }
  const known = excepted > 0 ? `${excepted} known to differ\n` : "";
  print(`${known}${passed} passed, ${failed} failed`);
  return { passed, failed };
}

/** Reads a file; throws TypeError unless it is a list of scenarios with what was recorded. */
function readTraces(text: string): readonly Trace[] {
  const traces = JSON.parse(text) as readonly Trace[];
  if (!Array.isArray(traces) || traces.length === 0) {
    throw new TypeError("it must be a list of at least one { scenario, expected }");
  }
  traces.forEach((trace: Partial<Trace> | null, index) => {
    if (typeof trace?.scenario?.id === "string" && trace.expected !== undefined) return;
    throw new TypeError(`entry ${index} must be { scenario: { id, … }, expected: … }`);
  });
  return traces;
}
