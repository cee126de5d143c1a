// What the kernel relies upon in a platform's timers.
//
// Owns these checks alone. The kernel asks for delays of 0 to 2,147,483,647 ms, with fractions, and
// starts its timers again when one is early: only far too early is wrong, and late is never.

import { MAX_TIMER_MS } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import { broken, type Members, slept } from "./broken.js";

const DELAYS_MS = [0, 1, 1.5, 5, 20];
const EARLY_MS = 2;
/** Wider than a rounded clock, and than the least delay that some hosts make of a short one. */
const APART_MS = 15;
const LONG_MS = [1_000_000, MAX_TIMER_MS - 1, MAX_TIMER_MS];

/** A timer fires once, and not before its time. */
export async function timersFireOnce(platform: Members): Promise<void> {
  const { setTimer, now } = platform;
  for (const delayMs of DELAYS_MS) {
    let fired = 0;
    const from = now();
    const took = await new Promise<number>((resolve) => {
      setTimer(() => {
        fired++;
        resolve(now() - from);
      }, delayMs);
    });
    if (took < delayMs - EARLY_MS) {
      broken(platform, "setTimer", `a timer of ${delayMs} ms fired after ${took} ms`);
    }
    await slept(platform, delayMs + EARLY_MS);
    if (fired !== 1) broken(platform, "setTimer", `a timer of ${delayMs} ms fired ${fired} times`);
  }
}

/** Timers fire in the order of their times, and those of one time in the order of their start. */
export async function timersFireInOrder(platform: Members): Promise<void> {
  const { setTimer, now } = platform;
  const ran: string[] = [];
  const timer = (name: string, delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      setTimer(() => {
        ran.push(name);
        resolve();
      }, delayMs);
    });
  const from = now();
  const asked = [
    timer("d", 2 * APART_MS),
    timer("b", APART_MS),
    timer("c", APART_MS),
    timer("a", 0),
  ];
  const askedMs = now() - from;
  await Promise.all(asked);
  if (ran.join("") !== "abcd") {
    // A program that stood still while it asked has asked for another order.
    if (askedMs >= APART_MS / 2) return timersFireInOrder(platform);
    broken(platform, "setTimer", `timers that are due as abcd fired as ${ran.join("")}`);
  }
}

/** A timer that was stopped does not fire, also where it was due at once. */
export async function clearedTimersStaySilent(platform: Members): Promise<void> {
  const { setTimer, clearTimer } = platform;
  let fired = false;
  const fire = (): void => {
    fired = true;
  };
  for (const delayMs of [0, APART_MS]) {
    clearTimer(setTimer(fire, delayMs));
    await slept(platform, delayMs + APART_MS);
    if (fired) broken(platform, "clearTimer", `a stopped timer of ${delayMs} ms fired`);
  }
  // The first of two that are due together stops the second.
  const first = new Promise<void>((resolve) => {
    setTimer(() => {
      clearTimer(second);
      resolve();
    }, APART_MS);
  });
  const second = setTimer(fire, APART_MS);
  await first;
  await slept(platform, APART_MS);
  if (fired) broken(platform, "clearTimer", "a timer that was stopped when it was due fired");
}

/** Stopping a timer that has fired, or twice, does nothing, and stops no other. */
export async function clearingTwiceIsHarmless(platform: Members): Promise<void> {
  const { setTimer, clearTimer } = platform;
  const stopped = setTimer(() => {}, APART_MS);
  clearTimer(stopped);
  let past: unknown;
  await new Promise<void>((resolve) => {
    past = setTimer(resolve, 0);
  });
  let fired = false;
  setTimer(() => {
    fired = true;
  }, APART_MS);
  for (const timer of [stopped, past]) {
    try {
      clearTimer(timer);
    } catch (error) {
      broken(platform, "clearTimer", `it threw for a timer that is over: ${printed(error)}`);
    }
  }
  await slept(platform, 2 * APART_MS);
  if (!fired) broken(platform, "clearTimer", "stopping a timer that is over stopped another one");
}

/** The longest delays wait: a host that counts in 31 bits must not fire them at once. */
export async function longTimersWait(platform: Members): Promise<void> {
  const { setTimer, clearTimer } = platform;
  for (const delayMs of LONG_MS) {
    let fired = false;
    const timer = setTimer(() => {
      fired = true;
    }, delayMs);
    await slept(platform, APART_MS);
    clearTimer(timer);
    if (fired) broken(platform, "setTimer", `a timer of ${delayMs} ms fired at once`);
  }
}
