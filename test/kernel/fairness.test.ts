// SYS-2 on Node itself, with its own clock and turns: actors that never pause leave timers and I/O
// their time. What the run queue decides is run-queue.suite.ts, on a host that a test holds.

import { describe, expect, test } from "vitest";
import { createSystem } from "../../platform/node/index.js";
import { loads, saturate } from "./saturate.js";

const BUDGET_MS = 4;
/** What a shared machine may add. */
const SLACK_MS = 4;

/** How long a timer that is due at once waits for its turn. */
const timerDelay = async (): Promise<number> => {
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 1));
  return performance.now() - from;
};

describe("fairness on Node", () => {
  for (const load of loads) {
    test(`SYS-2: ${load.name} let a timer fire within three budgets`, async () => {
      await using system = createSystem({ budgetMs: BUDGET_MS });
      const stop = await saturate(system, load);
      await timerDelay();
      const delays = [await timerDelay(), await timerDelay(), await timerDelay()];
      const handled = await stop();
      expect(Math.min(...delays)).toBeLessThan(3 * BUDGET_MS + SLACK_MS);
      // The load was one.
      expect(handled).toBeGreaterThan(5);
    });
  }
});
