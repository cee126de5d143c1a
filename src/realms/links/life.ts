// Lives: how a realm notices that another one is gone where no event tells, by Web Locks.
//
//   held   ──►  the other realm is told the name  ──►  it asks for the same lock, and waits
//   gone   ──►  the host grants it                ──►  it knows
//
// Owns the two ends of that. A host without Web Locks, or one whose locks the other side does not share
// (another origin, another process), notices nothing this way: then only silence tells.

import { hostLocks } from "./host-locks.js";
import { randomId } from "./random-id.js";

/** Of no other locks: a peer is not to have us watch one of another kind, such as a leader's. */
const PREFIX = "troupe:life:";

/** Whether this host has locks to watch. */
export function canWatchLives(): boolean {
  return hostLocks() !== undefined;
}

/**
 * Holds a lock for as long as this realm lives, or until the function is called that it gives. `held`
 * is called with the lock's name once it is, `cannot` where this host has no locks, or none for this realm.
 */
export function holdLife(held: (name: string) => void, cannot: () => void = () => {}): () => void {
  const locks = hostLocks();
  if (locks === undefined) {
    cannot();
    return () => {};
  }
  const name = `${PREFIX}${randomId()}`;
  const abort = new AbortController();
  const granted = (): Promise<void> =>
    new Promise((release) => {
      if (abort.signal.aborted) return release();
      abort.signal.addEventListener("abort", () => release());
      held(name);
    });
  // A page without a storage of its own, such as a sandboxed frame, is refused.
  locks.request(name, { signal: abort.signal, mode: "exclusive" }, granted).catch(cannot);
  return () => abort.abort();
}

/**
 * Calls `ended` once the holder of that lock is gone. `known` is told whether its end will be noticed: not
 * where the holder's locks are not ours. Gives the function that stops it.
 */
export function watchLife(
  name: string,
  known: (isNoticed: boolean) => void,
  ended: () => void,
): () => void {
  // Another lock is none of the other side's business: it is not to have us ask for one of the page's.
  const locks = name.startsWith(PREFIX) ? hostLocks() : undefined;
  const abort = new AbortController();
  const watch = async (): Promise<void> => {
    const { held = [] } = (await locks?.query()) ?? {};
    if (abort.signal.aborted) return;
    // Nobody holds it here: granting it would only say that the holder's locks are others.
    const isHeld = held.some((lock) => lock.name === name);
    known(isHeld);
    if (!isHeld) return;
    await locks?.request(name, { signal: abort.signal, mode: "shared" }, () => {
      if (!abort.signal.aborted) ended();
    });
  };
  watch().catch(() => known(false));
  return () => abort.abort();
}
