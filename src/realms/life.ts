// Lives: how a realm notices that another one is gone where no event tells, by Web Locks.
//
//   held   ──►  the other realm is told the name  ──►  it asks for the same lock, and waits
//   gone   ──►  the host grants it                ──►  it knows
//
// Owns the two ends of that. A host without Web Locks, or one whose locks the other side does not share
// (another origin, another process), notices nothing this way: then only silence tells.

/** What is used of `navigator.locks`. */
interface Locks {
  request(
    name: string,
    options: { readonly signal: AbortSignal },
    granted: () => Promise<void> | void,
  ): Promise<unknown>;
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>;
}

/** Whether this host has locks to watch. */
export function canWatchLives(): boolean {
  return hostLocks() !== undefined;
}

/**
 * Holds a lock for as long as this realm lives, or until the function is called that it gives. `held`
 * is called with the lock's name once it is; never on a host that has no locks.
 */
export function holdLife(held: (name: string) => void): () => void {
  const host = hostLocks();
  if (host === undefined) return () => {};
  const name = `troupe:${host.newId()}`;
  const abort = new AbortController();
  const granted = (): Promise<void> =>
    new Promise((release) => {
      if (abort.signal.aborted) return release();
      abort.signal.addEventListener("abort", () => release());
      held(name);
    });
  // A page without a storage of its own, such as a sandboxed frame, is refused.
  host.locks.request(name, abort, granted).catch(() => {});
  return () => abort.abort();
}

/**
 * Calls `ended` once the holder of that lock is gone. `watched` is called when it is certain that its
 * end will be noticed; never where the holder's locks are not ours. Gives the function that stops it.
 */
export function watchLife(name: string, watched: () => void, ended: () => void): () => void {
  const host = hostLocks();
  if (host === undefined) return () => {};
  const abort = new AbortController();
  const watch = async (): Promise<void> => {
    const { held = [] } = await host.locks.query();
    // Nobody holds it here: granting it would only say that the holder's locks are others.
    if (!held.some((lock) => lock.name === name) || abort.signal.aborted) return;
    watched();
    await host.locks.request(name, { signal: abort.signal }, () => {
      if (!abort.signal.aborted) ended();
    });
  };
  watch().catch(() => {});
  return () => abort.abort();
}

function hostLocks(): { readonly locks: Locks; newId(): string } | undefined {
  const { navigator, crypto } = globalThis as {
    readonly navigator?: { readonly locks?: Locks };
    readonly crypto?: { randomUUID?(): string };
  };
  const locks = navigator?.locks;
  if (locks === undefined || crypto?.randomUUID === undefined) return undefined;
  return { locks, newId: () => crypto.randomUUID?.() ?? "" };
}
