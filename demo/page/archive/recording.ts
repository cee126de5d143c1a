// A recording to look into: a year of the pump's readings as CSV, made up, the same at each press.
//
// Owns the year: its weeks, its warm months, and a bearing that wears out in autumn. Made in parts,
// so that several workers can write at once. About 80 MB in all; it stays in this browser.

import { QUANTITIES } from "../../shared/pump-registers.js";
import { READING_SECONDS } from "./summary.js";

const START_MS = Date.UTC(2025, 0, 1);
const READINGS = (365 * 24 * 3_600) / READING_SECONDS;
const HEAD = `time,${QUANTITIES.map(({ name }) => name).join(",")}\n`;

/** How many parts the recording is written in. */
export const RECORDING_PARTS = 24;

/** The bytes of a part, from 0 on. The first one has the head. */
export function recordingPart(part: number, readings: number = READINGS): Uint8Array<ArrayBuffer> {
  const first = Math.round((readings * part) / RECORDING_PARTS);
  const end = Math.round((readings * (part + 1)) / RECORDING_PARTS);
  const random = randomFrom(part + 1);
  const jitter = (size: number): number => size * (random() + random() - 1);
  const lines: string[] = part === 0 ? [HEAD] : [];
  const times = timesOfDay();
  const dateOf = datesFrom(START_MS);
  for (let reading = first; reading < end; reading++) {
    const day = reading / times.length;
    const load = 0.72 + 0.12 * Math.sin(2 * Math.PI * (day - 0.3)) + (day % 7 < 5 ? 0.06 : -0.05);
    const summer = Math.max(0, Math.sin((2 * Math.PI * (day - 80)) / 365));
    const speed = Math.min(1, load + 0.06 * summer) * 2_900 + jitter(8);
    const share = speed / 3_000;
    // Worn from September on, and replaced in the middle of November.
    const wear = day > 243 && day < 318 ? ((day - 243) / 75) * 1.9 : 0;
    const values = [
      Math.round(speed),
      rounded(118 * share + jitter(1.4), 10),
      rounded(0.8 + 6.4 * share ** 2 + jitter(0.05), 100),
      rounded(24 + 30 * share ** 2 + 9 * summer + jitter(0.2), 10),
      rounded(0.2 + 1.9 * share + wear + jitter(0.2), 100),
      rounded(0.4 + 29 * share ** 3 + jitter(0.4), 10),
    ];
    lines.push(`${dateOf(Math.floor(day))}${times[reading % times.length]},${values.join(",")}\n`);
  }
  return new TextEncoder().encode(lines.join(""));
}

/** The times of the readings of a day, as they stand behind the date. */
function timesOfDay(): string[] {
  return Array.from({ length: 86_400 / READING_SECONDS }, (_, reading) => {
    const ms = START_MS + reading * READING_SECONDS * 1_000;
    return `${new Date(ms).toISOString().slice(10, 19)}Z`;
  });
}

const rounded = (value: number, perUnit: number): number => Math.round(value * perUnit) / perUnit;

/** The dates of days since the first, each made once. */
function datesFrom(startMs: number): (day: number) => string {
  let last = -1;
  let date = "";
  return (day) => {
    if (day !== last) {
      last = day;
      date = new Date(startMs + day * 86_400_000).toISOString().slice(0, 10);
    }
    return date;
  };
}

/** Mulberry32: small, and good enough to look like noise. */
function randomFrom(seed: number): () => number {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
