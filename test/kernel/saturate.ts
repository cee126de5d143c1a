// Two actors that keep a system busy for as long as a test wants: the load of the fairness tests.
// Owns the load in the ways that a run queue meets: casts without end, and a chain of awaited calls.
import { genServer, type Server, type System } from "../../src/index.js";

type Returns = { cast: { ball(): boolean } };

/** A player that spends `ms` of its host's time on each ball, and returns it. */
const Player: Server<
  [ms: number],
  { call: { work(): number }; cast: { ball(): void; meet(other: Returns): void } }
> = genServer({
  id: "player",
  init: (_self, ms: number) => ({ ms, other: null as Returns | null, balls: 0 }),
  call: {
    work(self) {
      spend(self.state.ms);
      return ++self.state.balls;
    },
  },
  cast: {
    meet(self, other: Returns) {
      self.state.other = other;
    },
    ball(self) {
      spend(self.state.ms);
      self.state.balls++;
      self.state.other?.cast.ball();
    },
  },
});

function spend(ms: number): void {
  if (ms === 0) return;
  for (const until = performance.now() + ms; performance.now() < until; );
}

/** How a system is kept busy. */
export const loads: readonly { readonly name: string; readonly ms: number; chain: boolean }[] = [
  { name: "two actors that play ball", ms: 0, chain: false },
  { name: "two actors whose every handler takes a millisecond", ms: 1, chain: false },
  { name: "a chain of awaited calls", ms: 0, chain: true },
  { name: "a chain of awaited calls of a millisecond each", ms: 1, chain: true },
];

/** Keeps `system` busy until the function it gives is called; that one gives how much was handled. */
export async function saturate(
  system: System,
  { ms, chain }: { ms: number; chain: boolean },
): Promise<() => Promise<number>> {
  const [one, two] = [await system.start(Player, ms), await system.start(Player, ms)];
  let busy = true;
  if (chain) {
    void (async () => {
      while (busy) await one.call.work();
    })();
  } else {
    one.cast.meet(two);
    two.cast.meet(one);
    one.cast.ball();
  }
  return async () => {
    busy = false;
    two.kill();
    const balls = await one.call.work();
    one.kill();
    return balls;
  };
}
