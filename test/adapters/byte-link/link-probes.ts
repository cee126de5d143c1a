// What the tests of byte links share: timers that move by hand, a turn for all that is pending, and
// counters of listeners. Owns no assertion. Host-neutral.

/** Timers that fire when `advance` reaches them, and count what is left. */
export interface ManualTimers {
  setTimer(run: () => void, delayMs: number): unknown;
  clearTimer(timer: unknown): void;
  /** Moves time on, fires what is due in order, and lets what follows from it happen. */
  advance(ms: number): Promise<void>;
  /** Timers that are set now. */
  readonly pending: number;
}

export function manualTimers(): ManualTimers {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  return {
    setTimer(run, delayMs) {
      const timer = { at: now + delayMs, run };
      timers.add(timer);
      return timer;
    },
    clearTimer(timer) {
      timers.delete(timer as { at: number; run: () => void });
    },
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        now = Math.max(now, due.at);
        timers.delete(due);
        due.run();
        await settle();
      }
      now = until;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Lets everything happen that waits for promises only. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await undefined;
}

/** Counts the listeners that are added to a target from now on and not removed. */
export function countListeners(target: {
  addEventListener(type: string, listener: never, ...rest: never[]): void;
  removeEventListener(type: string, listener: never, ...rest: never[]): void;
}): { readonly left: string[] } {
  const left: { type: string; listener: unknown }[] = [];
  const { addEventListener: add, removeEventListener: remove } = target;
  target.addEventListener = function (type, listener, ...rest) {
    left.push({ type, listener });
    add.call(this, type, listener, ...rest);
  };
  target.removeEventListener = function (type, listener, ...rest) {
    const at = left.findIndex((entry) => entry.type === type && entry.listener === listener);
    if (at >= 0) left.splice(at, 1);
    remove.call(this, type, listener, ...rest);
  };
  return {
    get left() {
      return left.map(({ type }) => type);
    },
  };
}

/** What a promise is now: its value, its error, or nothing yet. */
export async function stateOf(
  promise: PromiseLike<unknown>,
): Promise<{ value: unknown } | { error: unknown } | "pending"> {
  let state: { value: unknown } | { error: unknown } | "pending" = "pending";
  promise.then(
    (value) => {
      state = { value };
    },
    (error) => {
      state = { error };
    },
  );
  await settle();
  return state;
}

/** The error of a promise that must reject. */
export async function rejectionOf(promise: PromiseLike<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in outcome) return outcome.error;
  throw new Error(`Expected a rejection, and it resolved with ${String(outcome.value)}`);
}

/** An attempt's options with a signal that nobody aborts. */
export function attempt(timers: ManualTimers): { signal: AbortSignal; timers: ManualTimers } {
  return { signal: new AbortController().signal, timers };
}

/** Bytes as a test writes them. */
export function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}
