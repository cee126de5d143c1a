// 10,000 supervised actors that crash at random, in real time: nothing hangs, nothing leaks, and what
// is asked of them is answered or refused. 5 seconds; TROUPE_SOAK_SECONDS=60 is the long mode.
// Needs a forced collection, so Node. Small leaks of single features are memory.test.ts.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createSystem } from "../../platform/node/index.js";
import { ActorExit, CallTimeout, child, genServer, supervisor } from "../../src/index.js";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

const ACTORS = 10_000;
const GROUPS = 100;
const seconds = Number(process.env.TROUPE_SOAK_SECONDS ?? 5);

const Fragile = genServer({
  id: "fragile",
  init(self) {
    self.use({}, () => {});
    self.sendAfter(1_000, "tick");
    return { calls: 0 };
  },
  call: {
    add(self, chance: number) {
      if (chance < 0.2) throw new Error("unlucky");
      self.state.calls++;
      return self.state.calls;
    },
    slow: async (self) => {
      await null;
      return self.state.calls;
    },
  },
  cast: {
    crash() {
      throw new Error("told to");
    },
  },
});

const Group = supervisor({
  id: "group",
  maxRestarts: Number.POSITIVE_INFINITY,
  children: () =>
    Object.fromEntries(
      Array.from({ length: ACTORS / GROUPS }, (_, n) => [`fragile${n}`, child(Fragile, [])]),
    ),
});

/** Runs one system for a while; gives what was answered and what was refused. */
async function live(
  ms: number,
): Promise<{ answered: number; refused: number; unknown: unknown[] }> {
  const system = createSystem();
  const groups = await Promise.all(Array.from({ length: GROUPS }, () => system.start(Group)));
  const actors = groups.flatMap((group) => Object.values(group.child));
  expect(actors).toHaveLength(ACTORS);
  let [answered, refused] = [0, 0];
  const unknown: unknown[] = [];
  const failed = (error: unknown): void => {
    if (error instanceof ActorExit || error instanceof CallTimeout) refused++;
    else unknown.push(error);
  };
  const until = performance.now() + ms;
  while (performance.now() < until) {
    const calls = Array.from({ length: 500 }, () => {
      const actor = actors[Math.floor(Math.random() * ACTORS)] as (typeof actors)[number];
      if (Math.random() < 0.1) actor.cast.crash();
      if (Math.random() < 0.05) actor.kill();
      const call = Math.random() < 0.5 ? actor.call.slow() : actor.call.add(Math.random());
      return call.then(() => void answered++, failed);
    });
    // Every call settles, or this would hang.
    await Promise.all(calls);
  }
  await system.stop();
  expect(actors.every(({ status }) => status === "down")).toBe(true);
  return { answered, refused, unknown };
}

/** The heap after a collection: the least of three looks. */
async function heap(): Promise<number> {
  const looks: number[] = [];
  for (let look = 0; look < 3; look++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    looks.push(process.memoryUsage().heapUsed);
  }
  return Math.min(...looks);
}

test("10,000 actors that crash at random leak nothing, hang nowhere, and answer or refuse every call", {
  timeout: (seconds + 60) * 1_000,
}, async () => {
  // What is made once, for the first system, is no leak.
  await live(200);
  const before = await heap();
  const { answered, refused, unknown } = await live(seconds * 1_000);
  const growths = [(await heap()) / before];
  for (let round = 0; round < 2; round++) {
    await live(200);
    growths.push((await heap()) / before);
  }
  expect(unknown).toEqual([]);
  expect(answered).toBeGreaterThan(1_000);
  expect(refused).toBeGreaterThan(100);
  expect(Math.min(...growths)).toBeLessThan(1.05);
});
