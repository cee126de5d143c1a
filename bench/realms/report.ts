// The tables of a run of realms as Markdown, for docs/performance-realms.md.
//
// Owns their words and columns. Pure: the same result gives the same text, which a test holds.

import { median } from "../measure.ts";
import { fillParts, number, table } from "../report.ts";
import { type HostResult, type Result, rowOf } from "../result.ts";
import { p10, verdicts } from "./goals.ts";
import { scenarios } from "./scenarios.ts";

/** What is kept of a run. */
export type RealmsResult = Pick<Result, "date" | "machine" | "rounds" | "hosts">;

/** Fills the tables of a result into docs/performance-realms.md. */
export function fill(document: string, result: RealmsResult): string {
  return fillParts(document, {
    run: runLine(result),
    goals: goalTable(result),
    figures: result.hosts.map((host) => `**${host.host}**\n\n${figures(host)}`).join("\n\n"),
  });
}

function runLine({ date, machine, rounds, hosts }: RealmsResult): string {
  const versions = hosts.map(({ host, version }) => `${host} ${version}`).join(", ");
  return `Measured on ${date}, on ${machine}: ${versions}; ${rounds} interleaved rounds.`;
}

const MARKS = { stretch: "**stretch**", met: "met", missed: "missed" };

function goalTable(result: RealmsResult): string {
  return table(
    ["goal", "host", "", "", "ratio", "target", "stretch", ""],
    verdicts(result).map(({ host, goal, over, under, ratio, standing }) => [
      goal.name,
      host,
      `${goal.over[0]} ${number(over)} ns`,
      `${goal.under[0]} ${number(under)} ns`,
      number(ratio),
      `${goal.must} ${goal.target}`,
      `${goal.must} ${goal.stretch}`,
      MARKS[standing],
    ]),
  );
}

/** The tenth percentile of each subject, and the median in brackets; bytes are medians. */
function figures(host: HostResult): string {
  const subjects = [...new Set(host.rows.flatMap(({ samples }) => Object.keys(samples)))];
  return table(
    ["one operation is", "unit", ...subjects],
    scenarios.flatMap(({ name, what }) => {
      const row = rowOf(host, name);
      if (row === undefined) return [];
      // A start takes a million times what a message does: in milliseconds a person reads both.
      const [unit, scale] =
        row.unit === "B" ? ["B", 1] : name === "start" ? ["ms", 1e-6] : ["µs", 1e-3];
      const cells = subjects.map((subject) => {
        const samples = row.samples[subject];
        if (samples === undefined) return "";
        const middle = number(median(samples) * scale);
        return row.unit === "B" ? middle : `${number(p10(samples) * scale)} (${middle})`;
      });
      return [[what, unit, ...cells]];
    }),
  );
}
