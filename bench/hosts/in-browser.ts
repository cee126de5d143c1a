// The side of a page or a worker: holds a subject, and does what the benchmark evaluates there.

import type { Meter, Subject } from "../meter.ts";

/** Makes a subject callable from outside. */
export function offer(subject: Subject): void {
  let meter: Meter | undefined;
  const bench = {
    async open(scenario: string): Promise<boolean> {
      meter = await subject[scenario]?.();
      return meter !== undefined;
    },
    sample: (count: number): unknown => meter?.(count),
  };
  Object.assign(globalThis, { bench });
}
