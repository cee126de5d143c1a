// What a run of the benchmark gives: the shape of `--json FILE`, and the ways to read it.
//
// Owns the shape. Samples are kept, not only medians, so that ratios are those of the same round.

import { median, ratio, type Samples } from "./measure.ts";

/** One scenario on one host: the samples of each subject, per operation, in the order of the rounds. */
export interface Row {
  readonly scenario: string;
  readonly unit: "ns" | "B";
  /** By subject: `troupe`, `floor` (the scenario's own), and the peers. */
  readonly samples: Readonly<Record<string, Samples>>;
}

/** All rows of one host. */
export interface HostResult {
  readonly host: string;
  readonly version: string;
  /** The versions of what ran beside it. */
  readonly beside: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

/** How a page fares while its actors never rest. */
export interface Saturation {
  /** Null for a page at rest. */
  readonly budgetMs: number | null;
  readonly inputP50Ms: number;
  readonly inputP99Ms: number;
  readonly framesPerSecond: number;
  readonly timerLagP50Ms: number;
  readonly timerLagP99Ms: number;
  readonly messagesPerSecond: number;
}

/** One point of a curve: nanoseconds or bytes an operation at a size. */
export interface Point {
  readonly curve: string;
  readonly unit: "ns" | "B";
  readonly size: number;
  readonly value: number;
}

/** A whole run. Parts that were not asked for are empty. */
export interface Result {
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  readonly hosts: readonly HostResult[];
  readonly curves: readonly Point[];
  readonly saturation: readonly Saturation[];
  /** Bytes, minified and gzipped, by the labels of the README. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** The row of a scenario on a host. */
export function rowOf(host: HostResult | undefined, scenario: string): Row | undefined {
  return host?.rows.find((row) => row.scenario === scenario);
}

/** The peers in JavaScript: what a goal calls the best is one of them. */
export const PEERS: readonly string[] = ["xstate", "xstate-store", "nact", "effect"];

/** The JavaScript peer that took least, if any ran. */
export function bestPeer(row: Row): string | undefined {
  const ran = PEERS.filter((peer) => row.samples[peer] !== undefined);
  const of = (peer: string): number => median(row.samples[peer] ?? []);
  return ran.sort((one, other) => of(one) - of(other))[0];
}

/** How many times what `other` took did troupe take. */
export function times(row: Row, other: string): number | undefined {
  const [ours, theirs] = [row.samples["troupe"], row.samples[other]];
  return ours === undefined || theirs === undefined ? undefined : ratio(ours, theirs);
}
