// The tables of a run as Markdown, for docs/performance.md, and their places in it.
//
// Owns the words and columns of the tables. Pure: the same result gives the same text, which a test holds.

import { standing, type Verdict, verdicts } from "./goals.ts";
import { median } from "./measure.ts";
import { type HostResult, PEERS, type Result, type Row } from "./result.ts";
import { scenarios } from "./scenarios.ts";

/** Fills the tables of a result into docs/performance.md. */
export function fill(document: string, result: Result): string {
  return fillParts(document, tables(result));
}

/** Fills the parts of a document between `<!-- name -->` and `<!-- /name -->`. */
export function fillParts(document: string, parts: Readonly<Record<string, string>>): string {
  let text = document;
  for (const [name, table] of Object.entries(parts)) {
    const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!place.test(text)) throw new Error(`the document has no place for ${name}`);
    // A function: a table may hold what a pattern of `replace` would be.
    text = text.replace(place, (_all, begin: string, end: string) => `${begin}${table}\n${end}`);
  }
  return text;
}

function tables(result: Result): Record<string, string> {
  const [node, ...others] = result.hosts;
  return {
    run: runLine(result),
    goals: goalTable(verdicts(result).filter(({ host }) => !isOther(result, host))),
    "goals elsewhere": goalTable(verdicts(result).filter(({ host }) => isOther(result, host))),
    figures: node === undefined ? "" : figures(node),
    "figures elsewhere": others.map((host) => `**${host.host}**\n\n${figures(host)}`).join("\n\n"),
    spread: node === undefined ? "" : spread(node),
    curves: curveTable(result),
    saturation: saturationTable(result),
  };
}

/** True for the hosts that run only the paths of messages. */
const isOther = ({ hosts }: Result, host: string): boolean =>
  hosts.slice(1).some((other) => other.host === host && !host.startsWith("bundle"));

function runLine({ date, machine, rounds, hosts }: Result): string {
  const versions = hosts.map(({ host, version, beside }) =>
    [`${host} ${version}`, ...Object.entries(beside).map((entry) => entry.join(" "))].join(", "),
  );
  return `Measured on ${date}, on ${machine}: ${versions.join("; ")}. Medians of ${rounds} interleaved rounds.`;
}

/** A table of Markdown; all columns but the first are of figures. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, column) => (column === 0 ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

/** A figure as a person reads it: three digits that count. */
export function number(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const MARKS: Record<string, string> = {
  stretch: "**stretch**",
  met: "met",
  within: "met within the meter's ±4 B",
  missed: "missed",
};

function goalTable(all: readonly Verdict[]): string {
  const head = ["goal", "host", "ours", "floor", "÷ floor", "beyond", "best peer", "÷ peer"];
  return table(
    [...head, "target", "stretch", ""],
    all.map((verdict) => [
      verdict.goal,
      verdict.host,
      `${number(verdict.ours)} ${verdict.unit}`,
      number(verdict.floor),
      number(verdict.overFloor),
      verdict.beyond === undefined ? "" : `${number(verdict.beyond)} ${verdict.unit}`,
      verdict.peer === undefined ? "" : `${verdict.peer} ${number(verdict.peers)}`,
      number(verdict.overPeer),
      `≤ ${verdict.target.toLocaleString("en-US")}`,
      verdict.stretch.toLocaleString("en-US"),
      MARKS[standing(verdict)] ?? "",
    ]),
  );
}

function figures({ beside, rows }: HostResult): string {
  const subjects = ["floor", "troupe", ...PEERS, ...Object.keys(beside)].filter((subject) =>
    rows.some(({ samples }) => samples[subject] !== undefined),
  );
  const middle = ({ samples }: Row, subject: string): string =>
    samples[subject] === undefined ? "" : number(median(samples[subject]));
  return table(
    ["scenario", "unit", ...subjects],
    rows.map((row) => [row.scenario, row.unit, ...subjects.map((name) => middle(row, name))]),
  );
}

function spread({ rows }: HostResult): string {
  return table(
    ["scenario", "one operation is", "least", "median", "most"],
    rows.flatMap(({ scenario, unit, samples: { troupe } }) => {
      if (troupe === undefined) return [];
      const what = scenarios.find(({ name }) => name === scenario)?.what ?? "";
      const cells = [Math.min(...troupe), median(troupe), Math.max(...troupe)];
      return [[scenario, what, ...cells.map((value) => `${number(value)} ${unit}`)]];
    }),
  );
}

function curveTable({ curves }: Result): string {
  const sizes = [...new Set(curves.map(({ size }) => size))].sort((one, other) => one - other);
  const names = [...new Set(curves.map(({ curve }) => curve))];
  return table(
    ["", "unit", ...sizes.map((size) => size.toLocaleString("en-US"))],
    names.map((name) => {
      const points = curves.filter(({ curve }) => curve === name);
      const at = (size: number): string => number(points.find((each) => each.size === size)?.value);
      return [`${name} …`, points[0]?.unit ?? "", ...sizes.map(at)];
    }),
  );
}

function saturationTable({ saturation }: Result): string {
  const head = ["budget", "input delay p50", "p99", "frames / s", "timer lag p50", "p99"];
  return table(
    [...head, "messages / s"],
    saturation.map((page) => [
      page.budgetMs === null ? "at rest" : `${page.budgetMs} ms`,
      `${page.inputP50Ms.toFixed(1)} ms`,
      `${page.inputP99Ms.toFixed(1)} ms`,
      page.framesPerSecond.toFixed(0),
      `${page.timerLagP50Ms.toFixed(1)} ms`,
      `${page.timerLagP99Ms.toFixed(1)} ms`,
      Math.round(page.messagesPerSecond).toLocaleString("en-US"),
    ]),
  );
}
