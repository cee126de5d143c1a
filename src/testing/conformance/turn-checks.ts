// What the kernel relies upon in a platform's turns: microtasks and macrotasks.
//
// Owns these checks alone. They find a starving macrotask by counting turns, not by time: a clock may
// stand still. Fetches and frames, which not every host has, are not asked for: docs/hosts.md says how
// to measure them.

import { broken, type Members, turned } from "./broken.js";

const DEPTH = 20_000;
const TURNS = 1_000;
/** A timer of 1 ms that had no turn after so many macrotasks has been starved. */
const MAX_TURNS = 100_000;

/** Nothing that is asked for runs within the call that asks. */
export async function turnsComeLater(platform: Members): Promise<void> {
  const { microtask, macrotask, setTimer } = platform;
  const asks = {
    microtask: (run: () => void) => microtask(run),
    macrotask: (run: () => void) => macrotask(run),
    setTimer: (run: () => void) => setTimer(run, 0),
  };
  for (const [member, ask] of Object.entries(asks)) {
    await new Promise<void>((resolve, reject) => {
      let inside = true;
      ask(() => {
        if (!inside) return resolve();
        try {
          broken(platform, member, "it ran within the call: run it after the code that asks");
        } catch (error) {
          reject(error);
        }
      });
      inside = false;
    });
  }
}

/** The promise of a microtask, where there is one, is that of what it gives or throws. */
export async function microtasksHavePromises(platform: Members): Promise<void> {
  const { microtaskOf } = platform;
  if (microtaskOf === undefined) return;
  const thrown = new Error("thrown by a check");
  const given = await microtaskOf(() => platform.host);
  const refused = await microtaskOf(() => {
    throw thrown;
  }).catch((error: unknown) => error);
  if (given === platform.host && refused === thrown) return;
  broken(
    platform,
    "microtaskOf",
    "its promise is not that of what ran: give that, or leave it out",
  );
}

/** Keeps the thread busy for about `ms`; where the clock stands still meanwhile, for as many looks at it. */
function dawdle({ now }: Members, ms: number): void {
  const end = now() + ms;
  for (let look = 0; look < 1_000_000 && now() < end; look++);
}

/** Turns of one kind run in the order they were asked for, each once, however long the asking takes. */
export async function turnsKeepOrder(platform: Members): Promise<void> {
  const { microtask, macrotask } = platform;
  for (const [member, ask] of Object.entries({ microtask, macrotask })) {
    const ran: number[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      ask(() => void ran.push(turn));
      // A platform that goes round the network now and then does so among these.
      if (turn === TURNS >> 1) dawdle(platform, 20);
    }
    dawdle(platform, 2);
    await new Promise<void>((resolve) => ask(resolve));
    // What runs twice does so later.
    await turned(platform);
    await turned(platform);
    if (ran.length !== TURNS || ran.some((turn, index) => turn !== index)) {
      broken(
        platform,
        member,
        `${TURNS} turns ran as ${ran.length}, or not in order: run each once`,
      );
    }
  }
}

/** Microtasks that ask for microtasks all run before the host's next turn, however many. */
export async function microtasksRunFirst(platform: Members): Promise<void> {
  const { microtask, macrotask, setTimer } = platform;
  let depth = 0;
  const early: string[] = [];
  const ends = [
    new Promise<void>((resolve) => {
      setTimer(() => {
        if (depth < DEPTH) early.push("a timer");
        resolve();
      }, 0);
    }),
    new Promise<void>((resolve) => {
      macrotask(() => {
        if (depth < DEPTH) early.push("a macrotask");
        resolve();
      });
    }),
  ];
  const chain = (): void => {
    // Where a turn came before, it goes no further: its turns would be left behind.
    if (++depth < DEPTH && early.length === 0) microtask(chain);
  };
  microtask(chain);
  await Promise.all(ends);
  if (early.length > 0) {
    broken(
      platform,
      "microtask",
      `${early[0]} came before a chain of ${DEPTH} microtasks was through`,
    );
  }
}

/** A macrotask comes after every promise that can settle. */
export async function macrotasksOutlastPromises(platform: Members): Promise<void> {
  let settled = 0;
  const chain = async (): Promise<void> => {
    while (settled < TURNS) {
      await null;
      settled++;
    }
  };
  const turn = turned(platform);
  void chain();
  await turn;
  if (settled < TURNS) {
    broken(
      platform,
      "macrotask",
      `it came after ${settled} of ${TURNS} promises: use the host's turn`,
    );
  }
}

/** Macrotasks that ask for macrotasks let timers fire. */
export async function macrotasksStarveNobody(platform: Members): Promise<void> {
  const { setTimer, clearTimer } = platform;
  let fired = false;
  const timer = setTimer(() => {
    fired = true;
  }, 1);
  let turns = 0;
  while (!fired && turns < MAX_TURNS) {
    await turned(platform);
    turns++;
  }
  clearTimer(timer);
  if (!fired) {
    broken(
      platform,
      "macrotask",
      `a timer of 1 ms had no turn in ${MAX_TURNS} macrotasks: use a turn that the host shares out`,
    );
  }
}

/** Timers that start timers let macrotasks run. */
export async function timersStarveNobody(platform: Members): Promise<void> {
  const { setTimer } = platform;
  let running = true;
  let rounds = 0;
  const again = (): void => {
    if (running && rounds++ < MAX_TURNS) setTimer(again, 0);
  };
  again();
  for (let turn = 0; turn < 10; turn++) await turned(platform);
  const starved = rounds >= MAX_TURNS;
  running = false;
  if (starved) broken(platform, "setTimer", "timers without delay left macrotasks no turn");
}
