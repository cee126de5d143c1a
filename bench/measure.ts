// Measures: interleaved rounds over subjects that each run in a place of their own.
//
// Owns the calibration (samples long enough for the clock), the rounds and their statistics. Rounds are
// interleaved because a machine's speed drifts: what is compared was measured within the same second.

import type { Scenario } from "./scenarios.ts";

/** One subject that stands ready to do one scenario somewhere. */
export interface Probe {
  /** Does `count` operations and gives what they came to in all. */
  sample(count: number): Promise<number>;
  close(): Promise<void>;
}

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  /** A sample takes at least so long. */
  readonly sampleMs: number;
  /** Each subject runs so long before it is measured: compilers take their time. */
  readonly warmUpMs: number;
}

/** The default, and what `--quick` and `--guard` do. */
export const full: Effort = { rounds: 9, sampleMs: 40, warmUpMs: 500 };
export const quick: Effort = { rounds: 3, sampleMs: 20, warmUpMs: 120 };
export const guard: Effort = { rounds: 5, sampleMs: 20, warmUpMs: 300 };

/** A machine that hangs must not hang the benchmark. */
const SAMPLE_LIMIT_MS = 60_000;
/** More operations than any sample needs. */
const MOST = 50_000_000;
/** Samples of one subject, each per operation, in the order of the rounds. */
export type Samples = readonly number[];

/** What must not fail: without it a scenario says nothing. A peer that fails is left out of it. */
const NEEDED: readonly string[] = ["troupe", "floor"];

/** Measures all probes of a scenario in interleaved rounds. */
export async function measure(
  probes: ReadonlyMap<string, Probe>,
  { unit, count }: Pick<Scenario, "unit" | "count">,
  { rounds, ...effort }: Effort,
): Promise<Map<string, Samples>> {
  const counts = new Map<string, number>();
  const samples = new Map<string, number[]>([...probes.keys()].map((name) => [name, []]));
  const each = async (step: (name: string, probe: Probe) => Promise<void>): Promise<void> => {
    for (const [name, probe] of probes) {
      if (!samples.has(name)) continue;
      try {
        await step(name, probe);
      } catch (error) {
        if (NEEDED.includes(name)) throw error;
        console.log(`failed   ${name}: ${String(error).split("\n").slice(0, 5).join(" ")}`);
        samples.delete(name);
      }
    }
  };
  await each(async (name, probe) => {
    counts.set(name, count ?? (await warmUp(probe, effort)));
  });
  // One sample of bytes warms itself up.
  for (let round = 0; round < (unit === "B" ? Math.min(rounds, 3) : rounds); round++) {
    await each(async (name, probe) => {
      const operations = counts.get(name) ?? 1;
      samples.get(name)?.push((await sampled(probe, operations)) / operations);
    });
  }
  return samples;
}

/** Warms a subject up; gives how many operations a sample has. */
async function warmUp(probe: Probe, { sampleMs, warmUpMs }: Omit<Effort, "rounds">) {
  let count = 100;
  for (let spentMs = 0; ; ) {
    const ms = (await sampled(probe, count)) / 1e6;
    spentMs += ms;
    const isEnough = ms >= sampleMs || count >= MOST;
    if (isEnough && spentMs >= warmUpMs) return count;
    // Code becomes faster while it is compiled, and a sample longer than this one was too long.
    const factor = Math.min(8, (sampleMs * 1.2) / Math.max(ms, 0.01));
    if (!isEnough || factor < 0.5) count = Math.ceil((count * factor) / 100) * 100;
    count = Math.min(MOST, count);
  }
}

async function sampled(probe: Probe, count: number): Promise<number> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("a sample took a minute")), SAMPLE_LIMIT_MS);
  });
  try {
    return await Promise.race([probe.sample(count), limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** The middle of some numbers. */
export function median(values: Samples): number {
  const sorted = [...values].sort((one, other) => one - other);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}

/** The median of the ratios of each round: what drifts between rounds is in both. */
export function ratio(ours: Samples, unit: Samples): number {
  return median(ours.map((own, round) => own / (unit[round] ?? Number.NaN)));
}
