// The goals: what each figure must be, as ratios of one run, and whether it is.
//
// Owns the targets, the stretch targets and the guard's bounds. Pure: reads a result and measures nothing.
// The guard is for machines that do other things meanwhile: it looks at ratios to the floor of the same
// run only, and allows twice the target, or twice what was kept where that is more, so that it fails for a
// slip and not for a neighbour.

import { median } from "./measure.ts";
import { bestPeer, type HostResult, type Result, type Row, rowOf, times } from "./result.ts";

/** Something to reach on every host that measures its scenario. */
export interface Goal {
  readonly name: string;
  readonly scenario: string;
  /** What is judged: the ratio to the floor or to the best peer, or the figure beyond the floor's own. */
  readonly by: "floor" | "peer" | "beyond";
  readonly target: number;
  readonly stretch: number;
}

const goal = (
  scenario: string,
  by: Goal["by"],
  target: number,
  stretch: number,
  name: string = scenario,
): Goal => ({ scenario, by, target, stretch, name });

/** The goals of scenarios. */
export const goals: readonly Goal[] = [
  goal("cast", "floor", 3, 2.3, "cast ÷ floor"),
  goal("cast", "peer", 0.2, 0.13, "cast ÷ best JavaScript peer"),
  goal("call", "floor", 1.4, 1.25, "call without timeout ÷ floor"),
  goal("call with timeout", "floor", 2.5, 1.8, "call with default timeout ÷ floor"),
  goal("call, async handler", "floor", 2, 1.7, "call with an async handler ÷ floor"),
  goal("ping-pong", "floor", 3.9, 2.5, "ping-pong, a hop ÷ cast floor"),
  goal("ring", "floor", 3.9, 2.5, "ring, a hop ÷ cast floor"),
  goal("fan-out", "floor", 6.7, 2.8, "fan-out, a message ÷ cast floor"),
  goal("spawn + stop", "floor", 28, 17, "spawn + stop, linked ÷ cast floor"),
  goal(
    "spawn + stop, registered",
    "floor",
    28,
    17,
    "spawn + stop, linked and under a name ÷ cast floor",
  ),
  goal("slicing", "floor", 1.1, 1.03, "slicing at 4 ms ÷ none"),
  goal("idle actor", "beyond", 320, 220, "bytes of an idle actor"),
  goal("bytes of a cast", "beyond", 24, 0, "bytes of a cast beyond its message"),
  goal("bytes of a hop", "beyond", 0, 0, "bytes of a hop of ping-pong beyond its message"),
  goal("bytes of a call", "beyond", 600, 500, "bytes of a call beyond the floor's"),
];

/** The resolution of the meter of bytes: what the counting itself takes, in an operation. */
const COUNTING = 4;

/** A goal as a run met it. */
export interface Verdict {
  readonly host: string;
  readonly goal: string;
  readonly unit: string;
  readonly ours: number;
  readonly floor: number | undefined;
  readonly peer: string | undefined;
  readonly peers: number | undefined;
  readonly overFloor: number | undefined;
  readonly overPeer: number | undefined;
  /** Bytes beyond the floor's, where those are judged. */
  readonly beyond?: number | undefined;
  /** What is judged. */
  readonly value: number;
  readonly target: number;
  readonly stretch: number;
}

/** What a verdict comes to, in a word: `within` is met as far as the meter can tell. */
export function standing({ value, target, stretch, unit }: Verdict): string {
  if (value <= stretch) return "stretch";
  if (value <= target) return "met";
  return unit === "B" && value <= target + COUNTING ? "within" : "missed";
}

/** Every goal on every host that measured it, then the goals of pages and sizes. */
export function verdicts(result: Result): Verdict[] {
  return [
    ...result.hosts.flatMap((host) => goals.flatMap((each) => judge(host, each) ?? [])),
    ...saturated(result),
    ...sizes(result),
  ];
}

function judge(host: HostResult, { name, scenario, by, target, stretch }: Goal): Verdict | null {
  const row = rowOf(host, scenario);
  const ours = row?.samples["troupe"];
  if (row === undefined || ours === undefined) return null;
  const peer = bestPeer(row);
  const floor = middle(row, "floor");
  const overFloor = times(row, "floor");
  const overPeer = peer === undefined ? undefined : times(row, peer);
  const beyond = median(ours) - (floor ?? 0);
  const value = by === "floor" ? overFloor : by === "peer" ? overPeer : beyond;
  if (value === undefined) return null;
  return {
    host: host.host,
    goal: name,
    unit: row.unit,
    ours: median(ours),
    floor,
    peer,
    peers: peer === undefined ? undefined : middle(row, peer),
    overFloor,
    overPeer,
    beyond: by === "beyond" ? beyond : undefined,
    value,
    target,
    stretch,
  };
}

const middle = ({ samples }: Row, subject: string): number | undefined =>
  samples[subject] === undefined ? undefined : median(samples[subject]);

function saturated({ saturation }: Result): Verdict[] {
  const busy = saturation.find(({ budgetMs }) => budgetMs === 4);
  if (busy === undefined) return [];
  const rest = saturation.find(({ budgetMs }) => budgetMs === null)?.inputP99Ms;
  const name = "saturated page, p99 input delay at 4 ms";
  return [absolute("Chromium page", name, "ms", busy.inputP99Ms, 8, 6, rest)];
}

function sizes({ sizes }: Result): Verdict[] {
  const wanted = [
    ["server + ref", 6_000, 4_000],
    ["with supervisors and registry", 10_000, 8_000],
  ] as const;
  return wanted.flatMap(([label, target, stretch]) => {
    const bytes = sizes[label];
    if (bytes === undefined) return [];
    return absolute("bundle", `${label}, min + gzip`, "bytes", bytes, target, stretch);
  });
}

function absolute(
  host: string,
  name: string,
  unit: string,
  ours: number,
  target: number,
  stretch: number,
  floor?: number,
): Verdict {
  return {
    ...{ host, goal: name, unit, ours, floor, value: ours, target, stretch },
    ...{ peer: undefined, peers: undefined, overFloor: undefined, overPeer: undefined },
  };
}

/** How many times its bound a ratio to the floor may be before the guard fails. */
export const MARGIN = 2;

/** What the guard finds wrong in a result, one line each; `kept` is the run that the documents show. */
export function slips(result: Result, kept: Result): string[] {
  const shown = verdicts(kept);
  return result.hosts.flatMap((host) =>
    goals.flatMap((each) => {
      const verdict = each.by === "floor" ? judge(host, each) : null;
      if (verdict === null) return [];
      const { goal: name, value, target } = verdict;
      const last =
        shown.find((other) => other.goal === name && other.host === host.host)?.value ?? 0;
      const bound = MARGIN * Math.max(target, last);
      if (value <= bound) return [];
      return `${name} on ${host.host}: ${value.toFixed(1)}, more than ${bound.toFixed(1)}`;
    }),
  );
}
