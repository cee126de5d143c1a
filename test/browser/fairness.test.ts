// SYS-2 in a real page: actors that never pause leave timers, frames and input their time.
// What the run queue decides is test/kernel/run-queue.suite.ts, on a host that a test holds.

import { describe, expect, test } from "vitest";
import { createSystem } from "../../platform/browser/index.js";
import { loads, saturate } from "../kernel/saturate.js";

const BUDGET_MS = 4;
/** What a shared machine may add. */
const SLACK_MS = 8;

/** How long a timer that is due at once waits for its turn: the best of three. */
async function timerDelay(): Promise<number> {
  const delays: number[] = [];
  for (let round = 0; round < 3; round++) {
    const from = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1));
    delays.push(performance.now() - from);
  }
  return Math.min(...delays);
}

/** How many frames the page draws in 200 ms: the best of three. */
async function frames(): Promise<number> {
  const counts: number[] = [];
  for (let round = 0; round < 3; round++) {
    let count = 0;
    let asked = requestAnimationFrame(function frame() {
      count++;
      asked = requestAnimationFrame(frame);
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    cancelAnimationFrame(asked);
    counts.push(count);
  }
  return Math.max(...counts);
}

describe("fairness in a page", () => {
  for (const load of loads) {
    test(`SYS-2: ${load.name} let timers fire and frames go on`, async () => {
      await using system = createSystem({ budgetMs: BUDGET_MS });
      // What the page can do without actors: other pages of this run share its machine.
      const [idleDelay, idleFrames] = [await timerDelay(), await frames()];
      const stop = await saturate(system, load);
      const [delay, drawn] = [await timerDelay(), await frames()];
      const handled = await stop();
      expect(delay).toBeLessThan(idleDelay + 3 * BUDGET_MS + SLACK_MS);
      expect(drawn * 3).toBeGreaterThanOrEqual(idleFrames);
      // The load was one.
      expect(handled).toBeGreaterThan(5);
    });
  }
});
