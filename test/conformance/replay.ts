// Replays recorded traces: performs each scenario on our own actors and compares what comes out with
// everything that was recorded.
//
// Owns the shape of a trace, which group it is of, the comparison and its words. It knows no trace, no
// actor and no format beyond "a scenario and what was seen": what a scenario means is its group's.

import { describeError } from "../harness/runner.js";

/** A scenario of any group: what the groups share. */
export interface Scenario {
  /** Unique over all files. */
  readonly id: string;
  readonly title?: string;
  /** `quirk`: OTP looks accidental here. `version-dependent`: other releases of OTP differ. */
  readonly tags?: readonly string[];
}

/** One line of a file: a scenario, and what was recorded of it. */
export interface Trace {
  readonly scenario: Scenario;
  readonly expected: unknown;
}

/** A kind of scenarios: how to tell them, and how to perform one. */
export interface Group {
  readonly name: string;
  /** True for a scenario of this group, told by its content. */
  isOf(scenario: Scenario): boolean;
  /** Performs the scenario; gives what happened in the shape of `expected`. */
  replay(scenario: Scenario): Promise<unknown>;
}

/** Where what happened first differs from what was recorded. `undefined` is nothing at all. */
export interface Difference {
  /** Such as `steps[2].events[0]`. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** How long a scenario may take in real time: time itself is virtual. */
const LIMIT_MS = 20_000;
/** The widest value that is shown whole; wider ones are shown by their part that differs. */
const LINE = 160;

/**
 * Replays one trace. Gives null if everything is as it was recorded.
 *
 * @throws TypeError for a trace of no group. What the scenario's performance throws is a difference.
 */
export async function replay(trace: Trace, groups: readonly Group[]): Promise<Difference | null> {
  const { scenario, expected } = trace;
  const group = groups.find((candidate) => candidate.isOf(scenario));
  if (group === undefined) {
    const names = groups.map(({ name }) => name).join(", ");
    throw new TypeError(`Scenario ${scenario.id} is of no known group: there are ${names}`);
  }
  let actual: unknown;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    actual = await Promise.race([
      group.replay(scenario),
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error("the replay hangs")), LIMIT_MS);
      }),
    ]);
  } catch (error) {
    return { path: "the replay itself", expected: "no error", actual: describeError(error) };
  } finally {
    clearTimeout(timer);
  }
  return firstDifference(expected, actual);
}

/** Compares data as JSON would write it. The order of keys does not count; that of lists does. */
export function firstDifference(expected: unknown, actual: unknown, path = ""): Difference | null {
  if (canonical(expected) === canonical(actual)) return null;
  if (!(fits(expected) && fits(actual))) {
    for (const [key, next] of parts(expected, actual)) {
      const found = firstDifference(part(expected, key), part(actual, key), path + next);
      if (found !== null) return found;
    }
  }
  return { path: path.replace(/^\./, "") || "everything", expected, actual };
}

/** A difference for people: where, then both values side by side. */
export function describeDifference({ path, expected, actual }: Difference): string {
  const left = canonical(expected).split("\n");
  const right = (typeof actual === "string" ? actual : canonical(actual)).split("\n");
  const width = Math.max(8, ...left.map(({ length }) => length));
  const rows = ["", ...left].map((text, index) => {
    const [one, two] = index === 0 ? ["expected", "actual"] : [text, right[index - 1] ?? ""];
    return `  ${one.padEnd(width)} | ${two}`;
  });
  const rest = right.slice(left.length).map((text) => `  ${"".padEnd(width)} | ${text}`);
  return [`at ${path}:`, ...rows, ...rest].join("\n");
}

/** Data as one line of text, the same for equal data. */
export function canonical(value: unknown): string {
  if (value === undefined) return "(nothing)";
  return JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const fits = (value: unknown): boolean => canonical(value).length <= LINE;

/** The keys of both values, with how a path goes on. None if they are of different kinds. */
function parts(expected: unknown, actual: unknown): [string, string][] {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const length = Math.max(expected.length, actual.length);
    return Array.from({ length }, (_, index) => [String(index), `[${index}]`]);
  }
  if (!isRecord(expected) || !isRecord(actual)) return [];
  return [...new Set([...Object.keys(expected), ...Object.keys(actual)])].map((key) => [
    key,
    `.${key}`,
  ]);
}

const part = (value: unknown, key: string): unknown => (value as Record<string, unknown>)[key];
