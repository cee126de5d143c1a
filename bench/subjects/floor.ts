// The floors: the least that the machine takes for what every actor must do.
//
// `push`: a message and its handler put into a ring, taken out, and the handler called. `hop`: a promise
// that is resolved one microtask later, and awaited, which is what a reply is; also in bytes.

import { allocated, BURST, check, hit, latch, type Meter, type Subject, timed } from "../meter.ts";

const SIZE = 2_048;
const resolved = Promise.resolve(1);

async function hop(count: number): Promise<void> {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum += await new Promise<number>((resolve) => {
      resolved.then(resolve);
    });
  }
  check("hop", sum, count);
}

/** The floors of scenarios.ts. */
export const subject: Subject = {
  push(): Meter {
    const ring: unknown[] = new Array(SIZE).fill(undefined);
    const state = { count: 0 };
    const handler = (self: { count: number }, by: number): void => {
      self.count += by;
      hit();
    };
    let head = 0;
    let tail = 0;
    return timed(async (count) => {
      for (let done = 0; done < count; done += BURST) {
        const size = Math.min(BURST, count - done);
        const handled = latch(size);
        for (let i = 0; i < size; i++) {
          ring[tail] = handler;
          ring[tail + 1] = 1;
          tail = (tail + 2) & (SIZE - 1);
          if (tail === head) throw new Error("full");
        }
        while (head !== tail) {
          const run = ring[head] as typeof handler;
          const arg = ring[head + 1] as number;
          ring[head] = ring[head + 1] = undefined;
          head = (head + 2) & (SIZE - 1);
          run(state, arg);
        }
        await handled;
      }
    });
  },

  hop: () => timed(hop),
  "bytes of a hop": () => allocated(hop),
};
