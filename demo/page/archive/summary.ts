// A summary of the station's CSV: what a year of readings says, added up line by line.
//
// Owns the meaning of a line, and that two summaries make one, so that parts of a file may be read in
// any order and anywhere. Pure: it reads no file and knows no actor.

import { QUANTITIES, type Quantity } from "../../shared/pump-registers.js";

/** Above this the bearings want to be looked at, in mm/s. */
const VIBRATION_ALARM = 3.5;
/** What a longer gap between two readings would mean, the file does not say: it is not counted. */
export const READING_SECONDS = 20;

/** What is known of one quantity. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

/** One month: how much was pumped, and what it took. */
export interface Month {
  /** In cubic metres. */
  readonly volume: number;
  /** In kilowatt-hours. */
  readonly energy: number;
}

/** What the lines say. */
export interface Summary {
  readonly readings: number;
  /** Lines that are no reading: the head of the file, and what was cut or spoilt. */
  readonly others: number;
  readonly alarmReadings: number;
  readonly ranges: Readonly<Record<Quantity, Range>>;
  /** By month, as `2025-03`. */
  readonly months: Readonly<Record<string, Month>>;
}

/** The summary of nothing. */
export const NOTHING: Summary = {
  readings: 0,
  others: 0,
  alarmReadings: 0,
  ranges: eachQuantity(() => ({ min: Infinity, max: -Infinity, sum: 0 })),
  months: {},
};

/** Adds up whole lines. */
export function summaryOf(text: string): Summary {
  const columns = QUANTITIES.map(() => ({ min: Infinity, max: -Infinity, sum: 0 }));
  const months: Record<string, { volume: number; energy: number }> = {};
  const hours = READING_SECONDS / 3_600;
  let readings = 0;
  let others = 0;
  let alarmReadings = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [time = "", ...cells] = line.split(",");
    const values = cells.map(Number);
    if (values.length !== columns.length || Number.isNaN(Date.parse(time)) || !areNumbers(values)) {
      others++;
      continue;
    }
    readings++;
    for (const [index, value] of values.entries()) {
      const column = columns[index]!;
      if (value < column.min) column.min = value;
      if (value > column.max) column.max = value;
      column.sum += value;
    }
    const [, flow = 0, , , vibration = 0, power = 0] = values;
    if (vibration > VIBRATION_ALARM) alarmReadings++;
    const name = time.slice(0, 7);
    months[name] ??= { volume: 0, energy: 0 };
    months[name].volume += flow * hours;
    months[name].energy += power * hours;
  }
  const ranges = eachQuantity((_, index) => columns[index]!);
  return { readings, others, alarmReadings, ranges, months };
}

/** Two summaries as one. */
export function joined(one: Summary, other: Summary): Summary {
  const months: Record<string, Month> = { ...one.months };
  for (const [name, { volume, energy }] of Object.entries(other.months)) {
    const month = months[name] ?? { volume: 0, energy: 0 };
    months[name] = { volume: month.volume + volume, energy: month.energy + energy };
  }
  return {
    readings: one.readings + other.readings,
    others: one.others + other.others,
    alarmReadings: one.alarmReadings + other.alarmReadings,
    ranges: eachQuantity((name) => {
      const [a, b] = [one.ranges[name], other.ranges[name]];
      return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max), sum: a.sum + b.sum };
    }),
    months,
  };
}

function areNumbers(values: readonly number[]): boolean {
  return values.every((value) => Number.isFinite(value));
}

function eachQuantity(
  rangeOf: (name: Quantity, index: number) => Range,
): Readonly<Record<Quantity, Range>> {
  const entries = QUANTITIES.map(({ name }, index) => [name, rangeOf(name, index)] as const);
  return Object.fromEntries(entries) as Record<Quantity, Range>;
}
