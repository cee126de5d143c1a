// The virtual platform: a Platform whose time stands still until a test moves it.
//
// Owns virtual time, its timers in order, seeded randomness and the errors that were reported. Turns
// (microtask, macrotask) are the host's real ones, in the order asked for; no time passes in them.

import { printed } from "../kernel/exit-reason.js";
import type { Platform } from "../kernel/platform.js";
import { viewHints } from "../kernel/view-hints.js";

interface VirtualTimer {
  readonly run: () => void;
  readonly at: number;
  readonly order: number;
}

/** The hands of a virtual clock. */
export interface VirtualClock {
  /** Virtual milliseconds since the start. */
  readonly nowMs: number;
  /** Timers that wait. */
  readonly timers: number;
  /** Errors that went to the host's error channel, oldest first. */
  readonly reported: readonly unknown[];
  /** Hints that went to the developer, oldest first. */
  readonly warnings: readonly string[];
  /** Lets everything run that can run without time passing. */
  settle(): Promise<void>;
  /**
   * Moves time on by `ms` milliseconds, stopping at each timer on the way and letting everything run
   * that it set off. A timer due exactly at the end fires.
   *
   * @throws RangeError for a time that is not a number of milliseconds of 0 or more.
   */
  advance(ms: number): Promise<void>;
  /**
   * Moves time on to the next timer, fires it and lets everything run that it set off. False if no
   * timer waits.
   */
  next(): Promise<boolean>;
  /** Tells the system that the host came back (online, visible). */
  wake(): void;
}

/** Makes a virtual platform and its clock. `seed` decides every random number. */
export function virtualPlatform(options: { seed?: number; development?: boolean } = {}): {
  platform: Platform;
  clock: VirtualClock;
} {
  const { seed = 1, development = false } = options;
  let now = 0;
  let order = 0;
  let random = seed >>> 0;
  const timers = new Set<VirtualTimer>();
  const reported: unknown[] = [];
  const warnings: string[] = [];
  const wakers = new Set<() => void>();
  let macrotasks: (() => void)[] = [];

  const settle = async (): Promise<void> => {
    // A real macrotask lets every chain of promises run out, however long; our own macrotasks are
    // run in between. Quiet means that a whole round brought nothing new.
    do {
      await realTurn();
      const due = macrotasks;
      macrotasks = [];
      for (const run of due) run();
      await realTurn();
    } while (macrotasks.length > 0);
  };
  const fire = async (timer: VirtualTimer): Promise<void> => {
    timers.delete(timer);
    now = Math.max(now, timer.at);
    timer.run();
    await settle();
  };
  const nextTimer = (until: number): VirtualTimer | null => {
    let next: VirtualTimer | null = null;
    for (const timer of timers) {
      if (timer.at > until) continue;
      if (
        next === null ||
        timer.at < next.at ||
        (timer.at === next.at && timer.order < next.order)
      ) {
        next = timer;
      }
    }
    return next;
  };

  const platform: Platform = {
    host: "virtual",
    ...(development ? viewHints((message) => warnings.push(message)) : {}),
    now: () => now,
    wallTime: () => 1_700_000_000_000 + now,
    random: () => {
      // mulberry32: small, and the same on every host.
      random = (random + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(random ^ (random >>> 15), random | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
    microtask: (run) => {
      Promise.resolve().then(run);
    },
    microtaskOf: (run) => Promise.resolve().then(run),
    macrotask: (run) => {
      macrotasks.push(run);
    },
    setTimer: (run, delayMs) => {
      const timer: VirtualTimer = { run, at: now + delayMs, order: order++ };
      timers.add(timer);
      return timer;
    },
    clearTimer: (timer) => {
      timers.delete(timer as VirtualTimer);
    },
    reportError: (error) => {
      reported.push(error);
    },
    warn: (message) => {
      warnings.push(message);
    },
    onWake: (listener) => {
      wakers.add(listener);
      return () => wakers.delete(listener);
    },
  };

  const clock: VirtualClock = {
    get nowMs() {
      return now;
    },
    get timers() {
      return timers.size;
    },
    reported,
    warnings,
    settle,
    async advance(ms) {
      if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
        throw new RangeError(
          `ms is ${printed(ms)}: it must be a number of milliseconds, 0 or more`,
        );
      }
      const until = now + ms;
      await settle();
      for (let timer = nextTimer(until); timer !== null; timer = nextTimer(until)) {
        await fire(timer);
      }
      now = until;
    },
    async next() {
      await settle();
      const timer = nextTimer(Number.POSITIVE_INFINITY);
      if (timer !== null) await fire(timer);
      return timer !== null;
    },
    wake() {
      for (const listener of [...wakers]) listener();
    },
  };
  return { platform, clock };
}

/** What hosts have for it, some of it only some of them. */
interface TurnHost {
  readonly setImmediate?: (run: () => void) => void;
  readonly MessageChannel?: typeof MessageChannel;
  readonly setTimeout: (run: () => void, delayMs: number) => unknown;
}

/** How long a chain of promises a message to oneself must wait for, to be a turn of its own. */
const CHAIN = 20;

/** Whether a message is a macrotask here; found out at the first turn. */
let messageIsTurn: Promise<boolean> | null = null;

/** What sends messages to this realm itself: one for all turns, as a new one costs 20 times a turn. */
let toItself: ((arrived: () => void) => void) | null = null;

/** One real macrotask of whatever host this is: every promise that can settle has settled by then. */
async function realTurn(): Promise<void> {
  const host = globalThis as unknown as TurnHost;
  const { setImmediate, MessageChannel: Channel } = host;
  if (setImmediate !== undefined) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    return;
  }
  if (Channel !== undefined) {
    toItself ??= overChannel(Channel);
    messageIsTurn ??= outlastsPromises(toItself);
    if (await messageIsTurn) {
      await new Promise<void>(toItself);
      return;
    }
  }
  await new Promise<void>((resolve) => void host.setTimeout(resolve, 0));
}

/** workerd delivers a message in the queue of promises; browsers do not, and clamp their timers. */
async function outlastsPromises(send: (arrived: () => void) => void): Promise<boolean> {
  let arrived = false;
  const arrival = new Promise<void>(send).then(() => {
    arrived = true;
  });
  for (let link = 0; link < CHAIN; link++) await null;
  const outlasted = !arrived;
  await arrival;
  return outlasted;
}

function overChannel(Channel: typeof MessageChannel): (arrived: () => void) => void {
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new Channel();
  port1.onmessage = () => waiting.shift()?.();
  return (arrived) => {
    waiting.push(arrived);
    port2.postMessage(0);
  };
}
