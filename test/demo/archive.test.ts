// What the demo's analysts compute: lines of a file that is cut anywhere, and what they add up to.
// In Node, with made-up files; that workers do it in a page is demo.test.ts.
import { expect, test } from "vitest";
import { linesOf, partsOf } from "../../demo/page/archive/csv-lines.js";
import { comparedWith, quantile } from "../../demo/page/archive/latency.js";
import { RECORDING_PARTS, recordingPart } from "../../demo/page/archive/recording.js";
import { joined, NOTHING, type Summary, summaryOf } from "../../demo/page/archive/summary.js";

/** A few hundred readings of the recording, in all its parts. */
const recording = (readings: number): Blob =>
  new Blob(Array.from({ length: RECORDING_PARTS }, (_, part) => recordingPart(part, readings)));

async function linesBy(file: Blob, partBytes: number, stepBytes: number): Promise<string[]> {
  const lines: string[] = [];
  for (const part of partsOf(file.size, partBytes)) {
    for await (const text of linesOf(file, part, stepBytes)) {
      lines.push(...text.split("\n").filter((line) => line !== ""));
    }
  }
  return lines;
}

/** Sums that were added in another order differ in their last digits. */
const rounded = (summary: Summary): unknown =>
  JSON.parse(
    JSON.stringify(summary, (_, value) =>
      typeof value === "number" ? Number(value.toPrecision(9)) : value,
    ),
  );

test("each line belongs to one part, however a file is cut and read", async () => {
  const file = new Blob(["a\nbb\n", "ccc\n\ndddd\néé€\n", "last"]);
  const expected = ["a", "bb", "ccc", "dddd", "éé€", "last"];
  for (let partBytes = 1; partBytes <= file.size + 1; partBytes++) {
    for (const stepBytes of [1, 2, 3, 5, 7, 64]) {
      expect({ partBytes, stepBytes, lines: await linesBy(file, partBytes, stepBytes) }).toEqual({
        partBytes,
        stepBytes,
        lines: expected,
      });
    }
  }
});

test("a piece of a part holds whole lines", async () => {
  const file = recording(200);
  for (const part of partsOf(file.size, 3_000)) {
    for await (const text of linesOf(file, part, 500)) expect(text.endsWith("\n")).toBe(true);
  }
});

test("parts that are read apart add up to what the whole file says", async () => {
  const file = recording(500);
  const whole = summaryOf(await file.text());
  expect(whole.readings).toBe(500);
  expect(whole.others).toBe(1);
  let summary = NOTHING;
  for (const part of partsOf(file.size, 7_777).reverse()) {
    for await (const text of linesOf(file, part, 1_000)) summary = joined(summary, summaryOf(text));
  }
  expect(rounded(summary)).toEqual(rounded(whole));
});

test("a reading counts for its month, and what is spoilt counts as spoilt", () => {
  const summary = summaryOf(
    [
      "time,speed,flow,pressure,temperature,vibration,power",
      "2025-01-31T23:59:40Z,2100,90,3.8,44.6,1.75,18",
      "2025-02-01T00:00:00Z,2000,180,3.6,44.5,3.9,9",
      "2025-02-01T00:00:20Z,2000,180,3.6,44.5,3.9",
      "2025-02-01T00:00:40Z,2000,x,3.6,44.5,3.9,9",
      "yesterday,2000,180,3.6,44.5,3.9,9",
      "",
    ].join("\n"),
  );
  expect({ ...summary, ranges: null }).toEqual({
    readings: 2,
    others: 4,
    alarmReadings: 1,
    ranges: null,
    // A reading stands for 20 seconds.
    months: { "2025-01": { volume: 0.5, energy: 0.1 }, "2025-02": { volume: 1, energy: 0.05 } },
  });
  expect(summary.ranges.flow).toEqual({ min: 90, max: 180, sum: 270 });
  expect(joined(NOTHING, summary)).toEqual(summary);
});

test("the recording is the same each time, in whole lines, one every 20 seconds", async () => {
  const text = new TextDecoder().decode(recordingPart(0, 240));
  expect(text).toBe(new TextDecoder().decode(recordingPart(0, 240)));
  expect(text.split("\n").slice(0, 3)).toEqual([
    "time,speed,flow,pressure,temperature,vibration,power",
    expect.stringMatching(/^2025-01-01T00:00:00Z,\d+,[\d.]+,[\d.]+,[\d.]+,[\d.]+,[\d.]+$/),
    expect.stringMatching(/^2025-01-01T00:00:20Z,/),
  ]);
  expect(text.endsWith("\n")).toBe(true);
});

test("what is said of the page's latency follows from what was measured", () => {
  const measured = (median: number, p99: number) => ({ samples: [median, p99], median, p99 });
  const before = measured(16, 40);
  expect(comparedWith(before, measured(18, 60))).toBe(
    "the page stays as quick as before: half its frames in 18 ms, 16 ms before",
  );
  const slower = "the page feels it, on shared cores: half its frames in";
  expect(comparedWith(before, measured(60, 90))).toBe(`${slower} 60 ms, 16 ms before`);
  expect(comparedWith(before, measured(18, 494))).toBe(`${slower} 18 ms, 16 ms before`);
  // A machine that was busy before.
  expect(comparedWith(measured(30, 480), measured(32, 470))).toMatch(/as quick as before/);
  expect(comparedWith({ samples: [], median: 0, p99: 0 }, before)).toBe("the page goes on");
});

test("99 of 100 samples are not above their p99", () => {
  const samples = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(quantile(samples, 0.99)).toBe(198);
  expect(quantile([], 0.99)).toBe(0);
});
