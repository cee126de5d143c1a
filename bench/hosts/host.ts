// A host of the benchmark: something that runs subjects, each in a place of its own.
//
// Owns the contract, and which scenarios a host other than Node runs.

import type { Probe } from "../measure.ts";
import type { Scenario } from "../scenarios.ts";

/** Where subjects run. */
export interface Host {
  /** As the tables name it. */
  readonly name: string;
  readonly version: string;
  /** The scenarios it runs; all of them where it is left out. */
  readonly scenarios?: readonly string[];
  /** Its subjects by name: troupe, the floor, and the peers that run there. */
  readonly subjects: readonly string[];
  /** A probe of a subject and a scenario; null if the subject does not do it. */
  open(subject: string, scenario: string, unit: Scenario["unit"]): Promise<Probe | null>;
  close(): Promise<void>;
}

/** What hosts other than Node run: the message paths. */
export const MESSAGES: readonly string[] = [
  "cast",
  "call",
  "call with timeout",
  "call, async handler",
  "ping-pong",
];

/** Where a subject's module is, from the folder of the benchmark. */
export function pathOf(subject: string): string {
  return subject === "floor" || subject === "troupe" || subject === "curves"
    ? `./subjects/${subject}.ts`
    : `./peers/${subject}.mjs`;
}

/** A scenario that a subject does not do. */
export const MISSING = "no scenario";
