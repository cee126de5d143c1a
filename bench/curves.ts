// Cost curves: the same operation at sizes from one to a million, on Node.
//
// Owns which curves there are and how each point is measured: a process of its own, as everything.

import type { Host } from "./hosts/host.ts";
import { type Effort, measure, median, type Probe } from "./measure.ts";
import type { Point } from "./result.ts";
import { ACTORS, MESSAGES } from "./subjects/curves.ts";

/** Too few to be counted: bytes of one actor are the noise of the engine. */
const FEWEST_BYTES = 1_000;

const curves = [
  ["cast among", "ns", ACTORS],
  ["spawn + stop beside", "ns", ACTORS],
  ["message of a mailbox of", "ns", MESSAGES],
  ["bytes of one of", "B", ACTORS],
  ["bytes of a message among", "B", MESSAGES],
] as const;

/** Measures every point. */
export async function measureCurves(host: Host, effort: Effort): Promise<Point[]> {
  const points: Point[] = [];
  for (const [curve, unit, sizes] of curves) {
    for (const size of sizes) {
      if (unit === "B" && size < FEWEST_BYTES) continue;
      const probe = (await host.open("curves", `${curve} ${size}`, unit)) as Probe;
      try {
        const options = unit === "B" ? { unit, count: size } : { unit };
        const samples = await measure(new Map([["troupe", probe]]), options, {
          ...effort,
          rounds: 3,
        });
        const value = median(samples.get("troupe") ?? []);
        points.push({ curve, unit, size, value });
        console.log(`${`${curve} ${size}`.padEnd(44)}${value.toFixed(1).padStart(9)} ${unit}`);
      } finally {
        await probe.close();
      }
    }
  }
  return points;
}
