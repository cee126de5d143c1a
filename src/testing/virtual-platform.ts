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
    // run in between. Quiet means that a turn left none of them to run.
    for (;;) {
      await realTurn();
      if (macrotasks.length === 0) return;
      const due = macrotasks;
      macrotasks = [];
      for (const run of due) run();
    }
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

/** Calls `arrived` in a turn of the host to come. */
type Turn = (arrived: () => void) => void;

/** What hosts have for it, some of it only some of them. */
interface TurnHost {
  readonly setImmediate?: Turn;
  readonly Atomics?: {
    waitAsync?(cell: Int32Array, at: number, value: number): { value: Promise<unknown> };
    notify(cell: Int32Array, at: number): void;
  };
  readonly SharedArrayBuffer?: typeof SharedArrayBuffer;
  readonly MessageChannel?: typeof MessageChannel;
  readonly setTimeout: (run: () => void, delayMs: number) => unknown;
}

/** How long a chain of promises a turn must wait for, to be one. */
const CHAIN = 20;

/** This host's turn; found out at the first. */
let hostTurn: Promise<Turn> | null = null;

/** One real macrotask of whatever host this is: every promise that can settle has settled by then. */
async function realTurn(): Promise<void> {
  const host = globalThis as unknown as TurnHost;
  hostTurn ??= findTurn(host);
  await new Promise<void>(await hostTurn);
}

/** The shortest turn that is one here. A timer is always one, and takes a millisecond to four. */
async function findTurn(host: TurnHost): Promise<Turn> {
  if (host.setImmediate !== undefined) return host.setImmediate;
  const timer: Turn = (arrived) => void host.setTimeout(arrived, 0);
  const message = overChannel(host);
  // workerd delivers a message in the queue of promises, and a cell that waits never wakes there.
  if (message !== null && !(await outlastsPromises(message))) return timer;
  const cell = overCell(host);
  // Firefox wakes one in the queue of promises.
  if (cell !== null && (await outlastsPromises(cell))) return cell;
  return message ?? timer;
}

async function outlastsPromises(turn: Turn): Promise<boolean> {
  let arrived = false;
  const arrival = new Promise<void>(turn).then(() => {
    arrived = true;
  });
  for (let link = 0; link < CHAIN; link++) await null;
  const outlasted = !arrived;
  await arrival;
  return outlasted;
}

/** The task in which an engine wakes who waits for a cell of shared memory: its own, with no process asked. */
function overCell({ Atomics: cells, SharedArrayBuffer: Shared }: TurnHost): Turn | null {
  const { waitAsync, notify } = cells ?? {};
  if (!waitAsync || !notify || Shared === undefined) return null;
  const cell = new Int32Array(new Shared(4));
  return (arrived) => {
    void waitAsync(cell, 0, 0).value.then(arrived);
    notify(cell, 0);
  };
}

/** A message to this realm itself, by one channel for all turns: WebKit sends it through a process of its own. */
function overChannel({ MessageChannel: Channel }: TurnHost): Turn | null {
  if (Channel === undefined) return null;
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new Channel();
  port1.onmessage = () => waiting.shift()?.();
  return (arrived) => {
    waiting.push(arrived);
    port2.postMessage(0);
  };
}
