// The goals of realms: how their figures must stand to those of the same run beside them.
//
// Owns the bounds. Pure. A figure is the tenth percentile of its rounds, not the median: a thread that
// sleeps is woken in eight microseconds or in sixty, as the host's scheduler likes, and the best tenth is
// what the code itself takes. The guard allows twice a bound, for a machine that does other things.

import type { Samples } from "../measure.ts";
import { type HostResult, type Result, rowOf } from "../result.ts";

/** How two figures of one run must stand to each other. */
export interface Goal {
  readonly name: string;
  /** What is divided by what: a subject and a scenario each. */
  readonly over: readonly [subject: string, scenario: string];
  readonly under: readonly [subject: string, scenario: string];
  /** Whether the ratio must be at most or at least the bound. */
  readonly must: "≤" | "≥";
  readonly target: number;
  readonly stretch: number;
}

/** Every goal; each holds on each host. */
export const goals: readonly Goal[] = [
  {
    name: "round trip: troupe ÷ raw postMessage with an id map",
    over: ["troupe", "round trip"],
    under: ["raw", "round trip"],
    ...{ must: "≤", target: 1.2, stretch: 1.1 },
  },
  {
    name: "round trip: troupe ÷ Comlink",
    over: ["troupe", "round trip"],
    under: ["comlink", "round trip"],
    ...{ must: "≤", target: 0.7, stretch: 0.6 },
  },
  {
    name: "1,000 calls in flight: Comlink ÷ troupe",
    over: ["comlink", "calls × 1,000"],
    under: ["troupe", "calls × 1,000"],
    ...{ must: "≥", target: 12, stretch: 25 },
  },
  {
    name: "one-way: a postMessage for each ÷ casts of troupe",
    over: ["raw", "casts"],
    under: ["troupe", "casts"],
    ...{ must: "≥", target: 4, stretch: 10 },
  },
  {
    name: "moved: 16 MiB ÷ 64 KiB",
    over: ["troupe", "16 MiB moved"],
    under: ["troupe", "64 KiB moved"],
    ...{ must: "≤", target: 2, stretch: 1.5 },
  },
  {
    name: "64 MiB: moved by troupe ÷ copied by postMessage",
    over: ["troupe", "64 MiB moved"],
    under: ["raw", "64 MiB copied"],
    ...{ must: "≤", target: 0.25, stretch: 0.1 },
  },
];

/** A goal as a host met it. */
export interface Verdict {
  readonly host: string;
  readonly goal: Goal;
  readonly over: number;
  readonly under: number;
  readonly ratio: number;
  readonly standing: "stretch" | "met" | "missed";
}

/** The tenth percentile. */
export function p10(samples: Samples): number {
  const sorted = [...samples].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 10)] ?? Number.NaN;
}

/** Every goal on every host that measured both of its figures. */
export function verdicts({ hosts }: Pick<Result, "hosts">): Verdict[] {
  return hosts.flatMap((host) => goals.flatMap((goal) => judge(host, goal) ?? []));
}

function judge(host: HostResult, goal: Goal): Verdict | null {
  const [over, under] = [goal.over, goal.under].map(
    ([subject, scenario]) => rowOf(host, scenario)?.samples[subject],
  );
  if (over === undefined || under === undefined) return null;
  const figures = { over: p10(over), under: p10(under) };
  const ratio = figures.over / figures.under;
  const standing = holds(goal, ratio, goal.stretch)
    ? "stretch"
    : holds(goal, ratio, goal.target)
      ? "met"
      : "missed";
  return { host: host.host, goal, ...figures, ratio, standing };
}

const holds = ({ must }: Goal, ratio: number, bound: number): boolean =>
  must === "≤" ? ratio <= bound : ratio >= bound;

/** How many times its bound a ratio may be before the guard fails. */
const MARGIN = 2;

/** What the guard finds wrong, one line each; `kept` is the run that the document shows. */
export function slips(result: Pick<Result, "hosts">, kept: Pick<Result, "hosts">): string[] {
  const shown = verdicts(kept);
  return verdicts(result).flatMap(({ host, goal, ratio }) => {
    const last = shown.find((other) => other.host === host && other.goal === goal)?.ratio;
    const worst = goal.must === "≤" ? Math.max : Math.min;
    const bound = worst(goal.target, last ?? goal.target);
    const allowed = goal.must === "≤" ? bound * MARGIN : bound / MARGIN;
    if (holds(goal, ratio, allowed)) return [];
    return `${goal.name} on ${host}: ${ratio.toFixed(2)}, where ${goal.must} ${allowed.toFixed(2)} is allowed`;
  });
}
