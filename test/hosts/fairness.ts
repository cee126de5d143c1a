// SYS-2 on hosts with a network of their own, in real time: actors that never rest leave timers and
// fetches their turns. For the host files that run one after the other; compared with the same host
// at rest. The run queue's own rules are test/kernel/run-queue.suite.ts, pages test/browser.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createSystem } from "troupe";
import { defineSuite } from "../harness/suite.js";
import { loads, saturate } from "../kernel/saturate.js";

const BUDGET_MS = 4;
/** What a shared machine may add. */
const SLACK_MS = 4;
const ROUNDS = 10;

/** The best delay of a timer that is due at once, and how long ten fetches took. */
async function measure(url: string): Promise<{ timerMs: number; fetchesMs: number }> {
  let timerMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1));
    timerMs = Math.min(timerMs, performance.now() - from);
  }
  const from = performance.now();
  for (let round = 0; round < ROUNDS; round++) await (await fetch(url)).text();
  return { timerMs, fetchesMs: performance.now() - from };
}

export const suite = defineSuite("fairness", ({ test, expect }) => {
  for (const load of loads) {
    test(`SYS-2: ${load.name} leave timers and fetches their turns`, async () => {
      const server = createServer((_request, response) => response.end("here"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const system = createSystem({ budgetMs: BUDGET_MS });
      try {
        const idle = await measure(url);
        const stop = await saturate(system, load);
        const busy = await measure(url);
        expect(await stop()).toBeGreaterThan(5);
        expect(busy.timerMs).toBeLessThan(idle.timerMs + 3 * BUDGET_MS + SLACK_MS);
        // A fetch takes some turns of the host, of one budget each.
        expect(busy.fetchesMs).toBeLessThan(idle.fetchesMs + ROUNDS * 25 * BUDGET_MS);
      } finally {
        await system.stop();
        server.close();
      }
    });
  }
});
