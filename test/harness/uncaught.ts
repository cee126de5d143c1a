// The errors that reach a host's channel for uncaught errors while something runs, whatever the host:
// Node's "uncaughtException", the web's "error" event, and the console where a host has neither.
// Takes the channels for that time: neither the test's framework nor the small runner is told.

interface Process {
  on?(event: string, listener: (error: unknown) => void): void;
  off?(event: string, listener: (error: unknown) => void): void;
  listeners?(event: string): ((error: unknown) => void)[];
}

interface ErrorTarget {
  readonly process?: Process;
  addEventListener?(type: string, listener: (event: Event) => void, capture?: boolean): void;
  removeEventListener?(type: string, listener: (event: Event) => void, capture?: boolean): void;
}

let watchers = 0;

/** Whether a test takes uncaught errors now: the runner's own watch leaves them to it. */
export function isWatched(): boolean {
  return watchers > 0;
}

/** Resolves with the errors, in the order of their arrival. */
export async function uncaughtDuring(run: () => Promise<void>): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  const host = globalThis as unknown as ErrorTarget;
  const collect = (error: unknown): void => void errors.push(error);
  const onError = (event: Event): void => {
    event.preventDefault();
    event.stopImmediatePropagation();
    collect((event as ErrorEvent).error);
  };
  const event = "uncaughtException";
  const { process } = host;
  const others = process?.listeners?.(event) ?? [];
  for (const listener of others) process?.off?.(event, listener);
  process?.on?.(event, collect);
  // Before Vitest's own in a page; workerd has no capture.
  const capture = "document" in globalThis;
  host.addEventListener?.("error", onError, capture);
  const { error: print } = console;
  console.error = collect;
  watchers++;
  try {
    await run();
  } finally {
    watchers--;
    console.error = print;
    host.removeEventListener?.("error", onError, capture);
    process?.off?.(event, collect);
    for (const listener of others) process?.on?.(event, listener);
  }
  return errors;
}
