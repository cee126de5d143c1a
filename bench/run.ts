// A run: every scenario on a group of hosts, whose subjects are measured in the same interleaved rounds.
//
// Owns which subjects a scenario has and that each is closed again. The floor and the units of a scenario
// run beside it, in a place of their own like the rest.

import type { Host } from "./hosts/host.ts";
import { type Effort, measure, median, type Probe } from "./measure.ts";
import type { HostResult, Row } from "./result.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

/** Chooses scenarios: all of them, or those whose name is in the list. */
export type Only = readonly string[] | undefined;

/** Runs the scenarios of the first host, with the subjects of all. */
export async function runHosts(
  hosts: readonly [Host, ...Host[]],
  effort: Effort,
  only: Only,
  all: readonly Scenario[] = scenarios,
): Promise<HostResult> {
  const [first, ...others] = hosts;
  const rows: Row[] = [];
  console.log(`\n${hosts.map(({ name, version }) => `${name} ${version}`).join(", ")}`);
  for (const scenario of all) {
    if (only !== undefined && !only.includes(scenario.name)) continue;
    if (first.scenarios !== undefined && !first.scenarios.includes(scenario.name)) continue;
    const probes = new Map<string, Probe>();
    try {
      for (const host of hosts) await openAll(host, scenario, probes);
      const samples = await measure(probes, scenario, effort);
      const row: Row = { scenario: scenario.name, unit: scenario.unit, samples: rounded(samples) };
      console.log(line(row));
      rows.push(row);
    } finally {
      for (const probe of probes.values()) await probe.close();
    }
  }
  const beside = Object.fromEntries(others.map(({ name, version }) => [name, version]));
  return { host: first.name, version: first.version, beside, rows };
}

/** Opens what a host has of a scenario, and the scenario's own floor as the subject `floor`. */
async function openAll(host: Host, { name, unit, floor }: Scenario, probes: Map<string, Probe>) {
  for (const subject of host.subjects) {
    const probe = subject === "floor" ? null : await host.open(subject, name, unit);
    if (probe !== null) probes.set(subject, probe);
  }
  if (floor === undefined || !host.subjects.includes("floor")) return;
  const probe = await host.open(...floor, unit);
  if (probe !== null) probes.set("floor", probe);
}

function rounded(samples: ReadonlyMap<string, readonly number[]>): Row["samples"] {
  const digits = (value: number): number => Number(value.toPrecision(4));
  return Object.fromEntries([...samples].map(([name, values]) => [name, values.map(digits)]));
}

function line({ scenario, unit, samples }: Row): string {
  const figures = Object.entries(samples).map(
    ([subject, values]) => `${subject} ${median(values).toPrecision(3)}`,
  );
  return `${scenario.padEnd(26)} ${unit}  ${figures.join("  ")}`;
}
