// SYS-2 on Node itself, with its own clock and turns: actors that never pause leave timers and I/O
// their time. What the run queue decides is run-queue.suite.ts, on a host that a test holds.

import { describe, expect, test } from "vitest";
import { createSystem } from "../../platform/node/index.js";
import { loads, saturate } from "./saturate.js";

const BUDGET_MS = 4;
/** What a shared machine may add. */
const SLACK_MS = 4;

/** How long a timer that is due at once waits for its turn: the best of five. */
async function timerDelay(): Promise<number> {
  const delays: number[] = [];
  for (let round = 0; round < 5; round++) {
    const from = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1));
    delays.push(performance.now() - from);
  }
  return Math.min(...delays);
}

describe("fairness on Node", () => {
  for (const load of loads) {
    test(`SYS-2: ${load.name} let a timer fire within three budgets`, async () => {
      await using system = createSystem({ budgetMs: BUDGET_MS });
      const idleDelay = await timerDelay();
      const stop = await saturate(system, load);
      const delay = await timerDelay();
      const handled = await stop();
      expect(delay).toBeLessThan(idleDelay + 3 * BUDGET_MS + SLACK_MS);
      // The load was one.
      expect(handled).toBeGreaterThan(5);
    });
  }
});
