// Outages: a place behind a network that is gone for a while, and how long it is left alone.
//
//   session ends ──► note ──► retry after … ──► a supervisor's restart of what was reached there
//
// Owns the judgement which ends are the network's, a state, and which are refusals, a failure like any; and one
// time for all actors of a place, at which it is tried again. It starts no timer and opens nothing: a
// supervisor's restart does. The draw is supervision/backoff.ts.

import { Implementation } from "../../behaviours/behaviour.js";
import type { Kernel } from "../../kernel/process.js";
import { backoff, checkBackoff } from "../../supervision/backoff.js";
import type { Channel } from "../session/channel.js";
import { RealmSilent } from "../wire/errors.js";
import type { LinkLoss } from "../wire/link.js";
import { MalformedFrame } from "../wire/malformed-frame.js";

/** How long a place that was lost is left alone before each attempt, in milliseconds. */
export interface BackoffTimes {
  /** The shortest wait: more than 0. Default 250. */
  readonly minBackoffMs?: number | undefined;
  /** The longest wait. Default 5,000, or `minBackoffMs` if that is longer. */
  readonly maxBackoffMs?: number | undefined;
}

/** What one system has seen of a place. */
interface Seen {
  /** Losses since it was last there for long. */
  losses: number;
  lostAtMs: number;
  /** When it is tried again. */
  dueAtMs: number;
  /** The last loss, as those whose actors were there are told of it. */
  failure: unknown;
}

/** The outages of one place. */
export class Outages {
  readonly #delayOf: (attempt: number, random: () => number) => number;
  /** Longer than a wait and an attempt take: what was not lost for so long was there. */
  readonly #stableMs: number;
  readonly #seen: WeakMap<Kernel, Seen> = new WeakMap();
  /** What it was lost by: whether that counts. */
  readonly #losses: WeakMap<object, boolean> = new WeakMap();

  /** Throws RangeError for times that are none. */
  constructor(times: BackoffTimes, helloTimeoutMs: number) {
    const { minBackoffMs = 250 } = times;
    const { maxBackoffMs = Math.max(5_000, minBackoffMs) } = times;
    checkBackoff(minBackoffMs, maxBackoffMs);
    this.#delayOf = backoff({ minMs: minBackoffMs, maxMs: maxBackoffMs });
    this.#stableMs = maxBackoffMs + helloTimeoutMs;
  }

  /** A session with it has ended, or did not begin. */
  note(loss: LinkLoss | null, { kernel, loss: failure, received, credit }: Channel): void {
    // This side closed it, for nobody needs it.
    if (loss === null && !(failure instanceof RealmSilent)) return;
    const { platform } = kernel;
    const nowMs = platform.now();
    const before = this.#seen.get(kernel);
    const wasThere = before === undefined || nowMs - before.lostAtMs > this.#stableMs;
    const losses = wasThere ? 1 : before.losses + 1;
    // Whoever answered, and gave no credit, did not let us in; it would not do so the next time either.
    const isRefusal = (received > 0 && credit === 0) || loss?.cause instanceof MalformedFrame;
    this.#losses.set(failure as Error, isRefusal);
    const dueAtMs = nowMs + this.#delayOf(losses, platform.random);
    this.#seen.set(kernel, { losses, lostAtMs: nowMs, dueAtMs, failure });
  }

  /** How an actor of that id is to run here, if it is restarted by a supervisor. */
  watch({ program, refClass }: Implementation): Implementation {
    const { init } = program;
    return new Implementation(
      {
        ...program,
        init: (process, args) => {
          const { place, kernel } = process;
          // Another one there has tried meanwhile: whose turn was to come now waits with it.
          if ((place?.restarts ?? 0) > 0 && this.#retryAfterMs(kernel) > 0)
            throw this.#seen.get(kernel)?.failure;
          return init(process, args);
        },
        outage: ({ kernel }, failure) => {
          const counts = this.#losses.get(failure as Error);
          return counts === undefined ? null : { retryAfterMs: this.#retryAfterMs(kernel), counts };
        },
      },
      refClass,
    );
  }

  #retryAfterMs(kernel: Kernel): number {
    return Math.max(0, (this.#seen.get(kernel)?.dueAtMs ?? 0) - kernel.platform.now());
  }
}
