// What the kernel relies upon in a platform's clocks and its randomness.
//
// Owns these checks alone. A clock that stands still while code runs passes, as an edge's does: it must
// move when a timer has fired.

import { printed } from "../../kernel/exit-reason.js";
import { broken, type Members, slept } from "./broken.js";

const SAMPLES = 10_000;
const WAIT_MS = 20;
/** Clocks are rounded, and timers and clocks need not be one device. */
const ROUNDING_MS = 2;
/** The year 2020: no host of ours is older, and a clock in seconds is far below it. */
const EARLIEST_MS = 1_577_836_800_000;

/** `now()` is a number of milliseconds that never goes back. */
export async function nowIsMonotonic(platform: Members): Promise<void> {
  const { now } = platform;
  let last = now();
  for (let sample = 0; sample < SAMPLES; sample++) {
    const next = now();
    if (!Number.isFinite(next))
      broken(platform, "now", `it gave ${printed(next)}, which is no time`);
    if (next < last) broken(platform, "now", `it went back, from ${last} to ${next}`);
    last = next;
  }
}

/** `now()` and the timers measure the same milliseconds. */
export async function nowMovesWithTimers(platform: Members): Promise<void> {
  const from = platform.now();
  await slept(platform, WAIT_MS);
  const took = platform.now() - from;
  if (took < WAIT_MS - ROUNDING_MS) {
    broken(
      platform,
      "now",
      `it moved by ${took} while a timer of ${WAIT_MS} ms ran: use milliseconds`,
    );
  }
}

/** `wallTime()` is the time since 1970 in milliseconds. */
export async function wallTimeIsOfThePresent(platform: Members): Promise<void> {
  const time = platform.wallTime();
  if (!(time > EARLIEST_MS && time < 100 * EARLIEST_MS)) {
    broken(platform, "wallTime", `it gave ${printed(time)}: give the milliseconds since 1970`);
  }
}

/** `random()` is at least 0 and below 1, and not always the same. */
export async function randomIsInRange(platform: Members): Promise<void> {
  const { random } = platform;
  let sum = 0;
  const seen = new Set<number>();
  for (let sample = 0; sample < SAMPLES; sample++) {
    const value = random();
    if (!(value >= 0 && value < 1)) {
      broken(
        platform,
        "random",
        `it gave ${printed(value)}: give numbers of at least 0 and below 1`,
      );
    }
    sum += value;
    seen.add(value);
  }
  const mean = sum / SAMPLES;
  if (seen.size < SAMPLES / 2 || mean < 0.45 || mean > 0.55) {
    broken(
      platform,
      "random",
      `${seen.size} numbers in ${SAMPLES} with a mean of ${mean}: spread them`,
    );
  }
}
