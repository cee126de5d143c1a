// Lives: how a realm notices that another one is gone where no event tells, by Web Locks.
//
//   held   ──►  the other realm is told the name  ──►  it asks for the same lock, and waits
//   gone   ──►  the host grants it                ──►  it knows
//
// Owns the two ends of that. A host without Web Locks, or one whose locks the other side does not share
// (another origin, another process), notices nothing this way: then only silence tells.

import { hostLocks } from "./host-locks.js";
import { randomId } from "./random-id.js";

const PREFIX = "troupe:";

/** Whether this host has locks to watch. */
export function canWatchLives(): boolean {
  return hostLocks() !== undefined;
}

/**
 * Holds a lock for as long as this realm lives, or until the function is called that it gives. `held`
 * is called with the lock's name once it is; never on a host that has no locks.
 */
export function holdLife(held: (name: string) => void): () => void {
  const locks = hostLocks();
  if (locks === undefined) return () => {};
  const name = `${PREFIX}${randomId()}`;
  const abort = new AbortController();
  const granted = (): Promise<void> =>
    new Promise((release) => {
      if (abort.signal.aborted) return release();
      abort.signal.addEventListener("abort", () => release());
      held(name);
    });
  // A page without a storage of its own, such as a sandboxed frame, is refused.
  locks.request(name, { signal: abort.signal, mode: "exclusive" }, granted).catch(() => {});
  return () => abort.abort();
}

/**
 * Calls `ended` once the holder of that lock is gone. `watched` is called when it is certain that its
 * end will be noticed; never where the holder's locks are not ours. Gives the function that stops it.
 */
export function watchLife(name: string, watched: () => void, ended: () => void): () => void {
  const locks = hostLocks();
  // Another lock is none of the other side's business: it is not to have us ask for one of the page's.
  if (locks === undefined || !name.startsWith(PREFIX)) return () => {};
  const abort = new AbortController();
  const watch = async (): Promise<void> => {
    const { held = [] } = await locks.query();
    // Nobody holds it here: granting it would only say that the holder's locks are others.
    if (!held.some((lock) => lock.name === name) || abort.signal.aborted) return;
    watched();
    await locks.request(name, { signal: abort.signal, mode: "shared" }, () => {
      if (!abort.signal.aborted) ended();
    });
  };
  watch().catch(() => {});
  return () => abort.abort();
}
