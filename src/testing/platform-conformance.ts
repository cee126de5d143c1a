// The conformance of a host: all that the kernel relies upon in a Platform, as checks to run there.
//
// Owns the list and the names. Each check is a function of its own, in conformance/. It knows no test
// framework: a check is a name and a function that rejects with what is wrong.

import type { Platform } from "../kernel/platform.js";
import {
  nowIsMonotonic,
  nowMovesWithTimers,
  randomIsInRange,
  wallTimeIsOfThePresent,
} from "./conformance/clock-checks.js";
import {
  errorsReachTheHost,
  faultsEndNothing,
  makingStartsNothing,
  membersAreThere,
  type Uncaught,
  wakingCanBeEnded,
} from "./conformance/report-checks.js";
import {
  clearedTimersStaySilent,
  clearingTwiceIsHarmless,
  longTimersWait,
  timersFireInOrder,
  timersFireOnce,
} from "./conformance/timer-checks.js";
import {
  macrotasksOutlastPromises,
  macrotasksStarveNobody,
  microtasksHavePromises,
  microtasksRunFirst,
  timersStarveNobody,
  turnsComeLater,
  turnsKeepOrder,
} from "./conformance/turn-checks.js";

export type { Uncaught } from "./conformance/report-checks.js";

/** One thing that a platform must hold to. */
export interface PlatformCheck {
  /** What it promises, for the name of a test. */
  readonly name: string;
  /** Resolves where the platform holds to it, within a second; rejects with what is wrong. */
  run(): Promise<void>;
}

/** Options of {@link platformConformance}. */
export interface PlatformConformanceOptions {
  /**
   * Runs something, and resolves with the errors that reached the host's own channel for uncaught
   * errors meanwhile, which it must keep from ending the program. Left out, `reportError` is not
   * called: on some hosts that ends the program.
   */
  readonly uncaught?: Uncaught | undefined;
}

/**
 * Gives the checks of a host: for the tests of a Platform of one's own, in any framework. `make` gives
 * the platform, freshly made where it can be. The checks take real time, so a virtual one fails them;
 * run them one after the other.
 *
 * @throws TypeError where `make` is no function.
 *
 * @example
 * ```ts
 * const platform: Platform = {
 *   host: "mine",
 *   now: () => performance.now(),
 *   wallTime: () => Date.now(),
 *   random: () => Math.random(),
 *   microtask: (run) => void Promise.resolve().then(run),
 *   macrotask: (run) => void setTimeout(run, 0),
 *   setTimer: (run, delayMs) => setTimeout(run, delayMs),
 *   clearTimer: (timer) => clearTimeout(timer as number),
 *   reportError: (error) => console.error(error),
 * };
 * for (const { name, run } of platformConformance(() => platform)) {
 *   await run(); // or, in a framework: test(name, run)
 *   console.log(`ok ${name}`);
 * }
 * ```
 */
export function platformConformance(
  make: () => Platform,
  options: PlatformConformanceOptions = {},
): readonly PlatformCheck[] {
  if (typeof make !== "function") {
    throw new TypeError("platformConformance needs a function that gives the platform");
  }
  const check = (name: string, run: (platform: Platform) => Promise<void>): PlatformCheck => ({
    name,
    // Its promise is what rejects, also where `make` throws.
    run: async () => run(make()),
  });
  const { uncaught } = options;
  return [
    { name: "making it starts nothing", run: () => makingStartsNothing(make) },
    check("has every member, and a name", membersAreThere),
    check("now never goes back", nowIsMonotonic),
    check("now counts the milliseconds of timers", nowMovesWithTimers),
    check("wallTime is in milliseconds since 1970", wallTimeIsOfThePresent),
    check("random is at least 0, below 1, and spread", randomIsInRange),
    check("nothing runs within the call that asks for it", turnsComeLater),
    check("microtasks and macrotasks keep their order", turnsKeepOrder),
    check("the promise of a microtask is that of what it gives", microtasksHavePromises),
    check("microtasks run before the host's next turn, however many", microtasksRunFirst),
    check("a macrotask comes after all promises", macrotasksOutlastPromises),
    check("macrotasks do not starve timers", macrotasksStarveNobody),
    check("timers do not starve macrotasks", timersStarveNobody),
    check("a timer fires once, and not before its time", timersFireOnce),
    check("timers fire in order", timersFireInOrder),
    check("a stopped timer stays silent", clearedTimersStaySilent),
    check("stopping a timer that is over does nothing", clearingTwiceIsHarmless),
    check("the longest timers wait", longTimersWait),
    check("a fault is shown, and ends nothing", faultsEndNothing),
    check("a listener for the host's return can be ended", wakingCanBeEnded),
    ...(uncaught === undefined
      ? []
      : [
          check("an uncaught error reaches the host, not its reporter", (platform) =>
            errorsReachTheHost(platform, uncaught),
          ),
        ]),
  ];
}
