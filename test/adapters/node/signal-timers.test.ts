// The timers of links that somebody opens by hand, on the host's real time.
import { expect, test } from "vitest";
import { signalTimers } from "../../../src/adapters/byte-link/timers.js";

test("a timer fires once, not before its time", async () => {
  const started = performance.now();
  let fired = 0;
  await new Promise<void>((resolve) => {
    signalTimers.setTimer(() => {
      fired += 1;
      resolve();
    }, 20);
  });
  expect(performance.now() - started).toBeGreaterThanOrEqual(18);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(fired).toBe(1);
});

test("a cleared timer calls nothing, and clearing one that fired does nothing", async () => {
  let fired = 0;
  const cleared = signalTimers.setTimer(() => {
    fired += 1;
  }, 5);
  signalTimers.clearTimer(cleared);
  const late = signalTimers.setTimer(() => {}, 1);
  await new Promise((resolve) => setTimeout(resolve, 40));
  signalTimers.clearTimer(late);
  expect(fired).toBe(0);
});
