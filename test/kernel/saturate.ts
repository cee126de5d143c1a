// Two actors that keep a system busy for as long as a test wants: the load of the fairness tests.
// Owns the load in the ways that a run queue meets: casts without end, and a chain of awaited calls.
import { genServer, type Server, type System } from "../../src/index.js";

type Returns = { cast: { ball(): boolean } };

/** A player that spends `ms` of its host's time on each ball, and returns it. */
const Player: Server<
  [ms: number, count: () => void],
  { call: { work(): void }; cast: { ball(): void; meet(other: Returns): void } }
> = genServer({
  id: "player",
  init: (_self, ms: number, count: () => void) => ({ ms, count, other: null as Returns | null }),
  call: {
    work(self) {
      spend(self.state.ms);
      self.state.count();
    },
  },
  cast: {
    meet(self, other: Returns) {
      self.state.other = other;
    },
    ball(self) {
      spend(self.state.ms);
      self.state.count();
      self.state.other?.cast.ball();
    },
  },
});

function spend(ms: number): void {
  if (ms === 0) return;
  for (const until = performance.now() + ms; performance.now() < until; );
}

/** One way of keeping a system busy. */
export interface Load {
  readonly name: string;
  /** How long each message takes, in milliseconds. */
  readonly ms: number;
  /** Awaited calls instead of casts. */
  readonly chain: boolean;
}

/** How a system is kept busy. */
export const loads: readonly Load[] = [
  { name: "two actors that play ball", ms: 0, chain: false },
  { name: "two actors whose every handler takes a millisecond", ms: 1, chain: false },
  { name: "a chain of awaited calls", ms: 0, chain: true },
  { name: "a chain of awaited calls of a millisecond each", ms: 1, chain: true },
];

/** A load that runs. */
export interface Saturation {
  /** How many messages one of the two has have handled so far. */
  handled(): number;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Keeps `system` busy. */
export async function saturate(system: System, { ms, chain }: Load): Promise<Saturation> {
  let handled = 0;
  const count = (): void => {
    handled++;
  };
  const [one, two] = [await system.start(Player, ms, count), await system.start(Player, ms, count)];
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
  return {
    handled: () => handled,
    async stop() {
      busy = false;
      two.kill();
      await one.call.work();
      one.kill();
    },
  };
}
