// The page of saturation.ts: two actors that play ball without end, and what the page itself sees of its
// own input, timers and frames meanwhile.
//
// Owns the load and the watching. Input delay is from the browser's time stamp of a key press to the
// listener that sees it; timer lag is what a timer of 10 ms takes longer.

import { createSystem, genServer, type System } from "troupe";
import type { Saturation } from "./result.ts";

interface Ball {
  readonly cast: { ball(): boolean };
}

let handled = 0;
const Player = genServer({
  id: "player",
  init: () => ({ next: null as Ball | null }),
  cast: {
    meet(self, next: Ball) {
      self.state.next = next;
    },
    ball(self) {
      handled++;
      self.state.next?.cast.ball();
    },
  },
});

const TIMER_MS = 10;

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** What saturation.ts calls. */
export interface Watch {
  begin(budgetMs: number | null): Promise<void>;
  end(): Promise<Omit<Saturation, "budgetMs">>;
}

let system: System | null = null;
let watching = true;
let frames = 0;
let beganAt = 0;
const input: number[] = [];
const lags: number[] = [];

/** The page's side. */
export const watch: Watch = {
  async begin(budgetMs) {
    if (budgetMs !== null) {
      system = createSystem({ budgetMs });
      const [one, two] = [await system.start(Player), await system.start(Player)];
      one.cast.meet(two);
      two.cast.meet(one);
      one.cast.ball();
    }
    addEventListener("keydown", ({ timeStamp }) => {
      input.push(performance.now() - timeStamp);
    });
    const frame = (): void => {
      frames++;
      if (watching) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    const tick = (): void => {
      const from = performance.now();
      setTimeout(() => {
        lags.push(performance.now() - from - TIMER_MS);
        if (watching) tick();
      }, TIMER_MS);
    };
    tick();
    beganAt = performance.now();
    handled = 0;
  },

  async end() {
    const seconds = (performance.now() - beganAt) / 1_000;
    const found = {
      inputP50Ms: percentile(input, 0.5),
      inputP99Ms: percentile(input, 0.99),
      framesPerSecond: frames / seconds,
      timerLagP50Ms: percentile(lags, 0.5),
      timerLagP99Ms: percentile(lags, 0.99),
      messagesPerSecond: handled / seconds,
    };
    watching = false;
    await system?.stop();
    return found;
  },
};
