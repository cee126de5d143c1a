// troupe as a subject: messages between servers. What it is started with is what a user would write,
// with every feature there is: links, timeouts, observers, time slicing.
//
// Owns the scenarios of messages. Starts, supervision and the rest are troupe-lives.ts, memory is
// troupe-memory.ts; together they are the subject of this file.

import { createSystem, genServer } from "troupe";
import {
  BURST,
  check,
  hit,
  inBursts,
  LISTENERS,
  latch,
  type Meter,
  RING,
  type Subject,
  timed,
} from "../meter.ts";
import { lives } from "./troupe-lives.ts";
import { memory } from "./troupe-memory.ts";

const Counter = genServer({
  id: "counter",
  init: () => ({ count: 0 }),
  call: {
    add(self, by: number) {
      self.state.count += by;
      return by;
    },
    async addLater(self, by: number) {
      self.state.count += by;
      return by;
    },
  },
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
/** Passes a ball on until it has made its hops. */
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

interface Listener {
  readonly cast: { add(by: number): boolean };
}
const Speaker = genServer({
  id: "speaker",
  init: (_self, listeners: readonly Listener[]) => ({ listeners }),
  cast: {
    speak(self) {
      for (const listener of self.state.listeners) listener.cast.add(1);
    },
  },
});

type Call = (by: number) => Promise<number>;

const sequential = (call: Call): Meter =>
  timed(async (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += await call(1);
    check("call", sum, count);
  });

async function circle(size: number, budgetMs?: number): Promise<Meter> {
  const system = createSystem({ budgetMs });
  const players = await Promise.all(Array.from({ length: size }, () => system.start(Player)));
  for (const [index, player] of players.entries()) {
    await player.call.meet(players[(index + 1) % size] as Ball);
  }
  return timed((count) => {
    const landed = latch(1);
    players[0]?.cast.ball(count);
    return landed;
  });
}

/** The scenarios that troupe does. */
export const subject: Subject = {
  ...lives,
  ...memory,

  async cast() {
    const counter = await createSystem().start(Counter);
    return timed((count) => inBursts(count, () => counter.cast.add(1)));
  },

  async call() {
    const counter = await createSystem().start(Counter);
    const patient = counter.with({ timeoutMs: Number.POSITIVE_INFINITY });
    return sequential((by) => patient.call.add(by));
  },

  async "call with timeout"() {
    const counter = await createSystem().start(Counter);
    return sequential((by) => counter.call.add(by));
  },

  async "call, async handler"() {
    const counter = await createSystem().start(Counter);
    const patient = counter.with({ timeoutMs: Number.POSITIVE_INFINITY });
    return sequential((by) => patient.call.addLater(by));
  },

  async "calls × 1,000"() {
    const counter = await createSystem().start(Counter);
    const patient = counter.with({ timeoutMs: Number.POSITIVE_INFINITY });
    return timed(async (count) => {
      for (let done = 0; done < count; done += BURST) {
        const replies: Promise<number>[] = [];
        for (let i = 0; i < BURST; i++) replies.push(patient.call.add(1));
        check("calls", (await Promise.all(replies)).length, BURST);
      }
    });
  },

  "ping-pong": () => circle(2),
  ring: () => circle(RING),
  slicing: () => circle(2, 4),
  "slicing, off": () => circle(2, 1e9),

  async "fan-out"() {
    const system = createSystem();
    const starts = Array.from({ length: LISTENERS }, () => system.start(Counter));
    const speaker = await system.start(Speaker, await Promise.all(starts));
    return timed((count) => inSpeeches(count, () => speaker.cast.speak()));
  },
};

/** Lets a speaker speak until its listeners have heard `count` messages in all. */
async function inSpeeches(count: number, speak: () => void): Promise<void> {
  for (let done = 0; done < count; done += LISTENERS) {
    const heard = latch(LISTENERS);
    speak();
    await heard;
  }
}
