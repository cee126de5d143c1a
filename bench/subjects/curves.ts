// What an operation of troupe costs by how many there are: actors, and messages that wait. A subject like
// the others, whose scenarios are named by their size.

import { createSystem, genServer } from "troupe";
import { held, hit, inBursts, latch, type Meter, type Subject, timed } from "../meter.ts";

const Counter = genServer({
  id: "counter",
  init: () => ({ count: 0 }),
  cast: {
    add(self, by: number) {
      self.state.count += by;
      hit();
    },
  },
});

/** How many actors, and how many messages. */
export const ACTORS: readonly number[] = [1, 1_000, 100_000, 1_000_000];
export const MESSAGES: readonly number[] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** Casts to each of so many actors in turn, 1,000 in a burst. */
async function among(size: number): Promise<Meter> {
  const system = createSystem();
  const counters: { readonly cast: { add(by: number): boolean } }[] = [];
  for (let i = 0; i < size; i++) counters.push(await system.start(Counter));
  let next = 0;
  return timed((count) =>
    inBursts(count, () => {
      counters[next]?.cast.add(1);
      next = next + 1 === size ? 0 : next + 1;
    }),
  );
}

/** Starts and stops one more actor beside so many others. */
async function beside(size: number): Promise<Meter> {
  const system = createSystem();
  for (let i = 0; i < size; i++) system.launch(Counter);
  return timed(async (count) => {
    for (let i = 0; i < count; i++) await (await system.start(Counter)).stop();
  });
}

/** Lets so many messages wait in one mailbox, and handles them. */
async function waiting(size: number): Promise<Meter> {
  const counter = await createSystem().start(Counter);
  return timed((count) => inBursts(count, () => counter.cast.add(1), size));
}

/** Bytes of each of so many idle actors. */
function idle(): Meter {
  let system = createSystem();
  return held(
    () => system.launch(Counter),
    async () => {
      await system.stop();
      system = createSystem();
    },
  );
}

/** Bytes of each message that waits. */
async function mail(): Promise<Meter> {
  const counter = await createSystem().start(Counter);
  return async (count) => {
    const handled = latch(count);
    const from = process.memoryUsage().heapUsed;
    for (let i = 0; i < count; i++) counter.cast.add(1);
    const bytes = process.memoryUsage().heapUsed - from;
    await handled;
    return bytes;
  };
}

const scenarios = (
  name: string,
  sizes: readonly number[],
  make: (size: number) => Meter | Promise<Meter>,
): Subject => Object.fromEntries(sizes.map((size) => [`${name} ${size}`, () => make(size)]));

/** The curves. */
export const subject: Subject = {
  ...scenarios("cast among", ACTORS, among),
  ...scenarios("spawn + stop beside", ACTORS, beside),
  ...scenarios("bytes of one of", ACTORS, idle),
  ...scenarios("message of a mailbox of", MESSAGES, waiting),
  ...scenarios("bytes of a message among", MESSAGES, mail),
};
