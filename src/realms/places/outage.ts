// Outages: a place behind a network that is gone for a while, and how long it is left alone.
//
//   session ends ──► note ──► retry after … ──► a supervisor's restart of what was reached there
//
// Owns the judgement which ends are the network's, a state, and which are refusals, a failure like any; and one
// time for all actors of a place, at which it is tried again. It starts no timer and opens nothing: a
// supervisor's restart does. The draw is supervision/backoff.ts.

import { Implementation } from "../../behaviours/behaviour.js";
import type { Kernel, Outage, Process } from "../../kernel/process.js";
import { backoff, checkBackoff } from "../../supervision/backoff.js";
import { RealmSilent } from "../wire/errors.js";
import type { LinkLoss } from "../wire/link.js";

/** How long a place that was lost is left alone before each attempt, in milliseconds. */
export interface BackoffTimes {
  /** The shortest wait: more than 0. Default 250. */
  readonly minBackoffMs?: number | undefined;
  /** The longest wait. Default 5,000, or `minBackoffMs` if that is longer. */
  readonly maxBackoffMs?: number | undefined;
}

/** So many refusals follow each other in short pauses, or these would outrun the period in which they count. */
const SHORT_PAUSES = 20;

/** A loss of a place, as one system has met it: the last one is what its restarts go by. */
class Loss implements Outage {
  /** How many of its kind there were since it was last there for long. */
  readonly count: number;
  readonly atMs: number;
  readonly retryAtMs: number;
  /** As those whose actors were there are told of it. */
  readonly failure: Error;
  readonly isRefusal: boolean;
  /** Whether a fault of this side was told of, since the first of them. */
  isTold = false;
  /** The limits that it was counted against: many actors meet one refusal. */
  readonly #counted: WeakSet<object> = new WeakSet();

  constructor(count: number, atMs: number, retryAtMs: number, failure: Error, isRefusal: boolean) {
    this.count = count;
    this.atMs = atMs;
    this.retryAtMs = retryAtMs;
    this.failure = failure;
    this.isRefusal = isRefusal;
  }

  counts(limit: object): boolean {
    if (!this.isRefusal || this.#counted.has(limit)) return false;
    this.#counted.add(limit);
    return true;
  }
}

/** The outages of one place. */
export class Outages {
  readonly #delayOf: (attempt: number, random: () => number) => number;
  /** Longer than a wait and an attempt take: what was not lost for so long was there. */
  readonly #stableMs: number;
  readonly #last: WeakMap<Kernel, Loss> = new WeakMap();
  readonly #losses: WeakMap<object, Loss> = new WeakMap();

  /** Throws RangeError for times that are none. */
  constructor(times: BackoffTimes, helloTimeoutMs: number) {
    const { minBackoffMs = 250 } = times;
    const { maxBackoffMs = Math.max(5_000, minBackoffMs) } = times;
    checkBackoff(minBackoffMs, maxBackoffMs);
    this.#delayOf = backoff({ minMs: minBackoffMs, maxMs: maxBackoffMs });
    // An attempt that takes longer than that is a pause itself.
    this.#stableMs = maxBackoffMs + Math.min(helloTimeoutMs, 60_000);
  }

  /** A session with it has ended, or did not begin. */
  note(loss: LinkLoss | null, failure: Error, kernel: Kernel): void {
    // This side closed it, for nobody needs it.
    if (loss === null && !(failure instanceof RealmSilent)) return;
    const { platform } = kernel;
    const nowMs = platform.now();
    const last = this.#last.get(kernel);
    const isRefusal = loss?.isRefusal ?? false;
    // Whoever refuses is there; so is who was not lost for long.
    const goesOn = last?.isRefusal === isRefusal && nowMs - last.atMs <= this.#stableMs;
    const count = goesOn ? last.count + 1 : 1;
    const attempt = isRefusal ? Math.max(1, count - SHORT_PAUSES) : count;
    const retryAtMs = nowMs + this.#delayOf(attempt, platform.random);
    const noted = new Loss(count, nowMs, retryAtMs, failure, isRefusal);
    noted.isTold = goesOn && last.isTold;
    if (loss?.isFault && !noted.isTold) {
      noted.isTold = true;
      kernel.fault(failure);
    }
    this.#losses.set(failure, noted);
    this.#last.set(kernel, noted);
  }

  /** How an actor of that id is to run here, if it is restarted by a supervisor. */
  watch({ program, refClass }: Implementation): Implementation {
    const { init } = program;
    return new Implementation(
      {
        ...program,
        init: (process, args) => {
          const { kernel } = process;
          const last = this.#last.get(kernel);
          // Another one there has tried meanwhile: whose turn was to come now waits with it.
          if (last !== undefined && last.retryAtMs > kernel.platform.now() && isRestart(process))
            throw last.failure;
          return init(process, args);
        },
        outage: (_, failure) => this.#losses.get(failure as object),
      },
      refClass,
    );
  }
}

/** Whether a supervisor restarts it by itself, or one in which it starts: nobody asked for it by hand. */
function isRestart({ place, parent }: Process): boolean {
  if (place?.standing !== "restarting") return false;
  return parent === null || parent.hasStarted || isRestart(parent);
}
