// SYS-2 in a real page: actors that never pause leave timers, frames and input their time.
// What the run queue decides is test/kernel/run-queue.suite.ts, on a host that a test holds.

import { describe, expect, test } from "vitest";
import { createSystem } from "../../platform/browser/index.js";
import { loads, saturate } from "../kernel/saturate.js";

const BUDGET_MS = 4;
/** What a shared machine may add. */
const SLACK_MS = 8;

/** How long a timer that is due at once waits for its turn. */
const timerDelay = async (): Promise<number> => {
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 1));
  return performance.now() - from;
};

describe("fairness in a page", () => {
  for (const load of loads) {
    test(`SYS-2: ${load.name} let timers fire and frames go on`, async () => {
      await using system = createSystem({ budgetMs: BUDGET_MS });
      const stop = await saturate(system, load);
      await timerDelay();
      const delays = [await timerDelay(), await timerDelay(), await timerDelay()];
      let frames = 0;
      const count = (): void => {
        frames++;
        requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const seen = frames;
      const handled = await stop();
      expect(Math.min(...delays)).toBeLessThan(3 * BUDGET_MS + SLACK_MS);
      // 30 at 60 Hz; a machine that others use too may lose half.
      expect(seen).toBeGreaterThan(10);
      expect(handled).toBeGreaterThan(5);
    });
  }
});
