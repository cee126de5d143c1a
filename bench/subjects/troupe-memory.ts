// troupe as a subject: bytes. What an actor takes while it does nothing, and what a message takes from
// the heap. A part of the subject in troupe.ts; needs a host that lets its heap be collected.

import { createSystem, genServer, type System } from "troupe";
import { allocated, held, hit, inBursts, latch, type Meter, type Subject } from "../meter.ts";

const Counter = genServer({
  id: "counter",
  init: () => ({ count: 0 }),
  call: { add: (self, by: number) => (self.state.count += by) },
  cast: {
    add(self, by: number) {
      self.state.count += by;
      hit();
    },
  },
});

interface Ball {
  readonly cast: { ball(left: number): boolean };
}
const Player = genServer({
  id: "player",
  init: () => ({ next: null as Ball | null }),
  call: {
    meet(self, next: Ball): void {
      self.state.next = next;
    },
  },
  cast: {
    ball(self, left: number) {
      if (left === 0) hit();
      else self.state.next?.cast.ball(left - 1);
    },
  },
});

/** Holds what `make` starts on a system of each sample, and stops that. */
function actors(make: (system: System) => unknown): Meter {
  let system = createSystem();
  return held(
    () => make(system),
    async () => {
      await system.stop();
      system = createSystem();
    },
  );
}

/** The scenarios of bytes. */
export const memory: Subject = {
  "idle actor": () => actors((system) => system.launch(Counter)),

  "used actor": () =>
    actors(async (system) => {
      const counter = await system.start(Counter);
      await counter.call.add(1);
      return counter;
    }),

  async "bytes of a cast"() {
    const counter = await createSystem().start(Counter);
    return allocated((count) => inBursts(count, () => counter.cast.add(1)));
  },

  async "bytes of a call"() {
    const counter = await createSystem().start(Counter);
    return allocated(async (count) => {
      for (let i = 0; i < count; i++) await counter.call.add(1);
    });
  },

  async "bytes of a hop"() {
    const system = createSystem();
    const [one, two] = [await system.start(Player), await system.start(Player)];
    await one.call.meet(two);
    await two.call.meet(one);
    return allocated((count) => {
      const landed = latch(1);
      one.cast.ball(count);
      return landed;
    });
  },
};
