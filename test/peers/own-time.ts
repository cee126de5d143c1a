// Time for tests against real peers, on a machine that may let this process stand still for seconds: what is
// counted are ticks of its own timers, one after the other, and a stand-still is one of them, however long.
// Owns no assertion. Host-neutral: a page uses it too.

const TICK_MS = 50;
/** So many looks in a row must see the same: what moves does so between two of them. */
const LOOKS = 5;

const tick = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** How long something takes, in milliseconds in which this process ran. Not finer than a twentieth of a second. */
export async function ownMs(run: () => Promise<unknown>): Promise<number> {
  let ticks = 0;
  let runs = true;
  const counting = (async () => {
    for (; runs; ticks++) await tick(TICK_MS);
  })();
  try {
    await run();
  } finally {
    runs = false;
  }
  const counted = ticks;
  await counting;
  return counted * TICK_MS;
}

/** The value at which something stops that moves by itself, such as what a peer takes before it is full. */
export async function atRest(look: () => number | Promise<number>): Promise<number> {
  let last = await look();
  for (let same = 0; same < LOOKS; ) {
    await tick(2 * TICK_MS);
    const now = await look();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return last;
}
