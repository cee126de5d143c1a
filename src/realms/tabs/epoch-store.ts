// The store of epochs: the number of a leader, higher than that of every leader before it.
//
// Owns where the last one is kept, and the step to the next. It is kept in the origin's IndexedDB, which
// all tabs share and which outlives them, and read and written in one transaction: no two leaders have the
// same. It is never below the time of day, so it also rises where that store was cleared or is missing.
// Who leads is leader.ts; what a tab has heard of it is links/epochs.ts.

import { UnsupportedError } from "../../kernel/errors.js";
import type { Kernel } from "../../kernel/process.js";
import { Alarm } from "../../kernel/timers.js";

/** How long the store may take, in milliseconds. */
const STORE_MS = 5_000;
const DATABASE = "troupe";
const STORE = "epochs";

/** What the next epoch is at least, and is where no store tells of a higher one. */
function leastEpoch(seen: number, wallTimeMs: number): number {
  return Math.max(seen + 1, Math.floor(wallTimeMs));
}

/**
 * The next epoch of a name: higher than any before, and than `seen`. `wallTimeMs` is the time of day. To
 * be asked for by who holds the lock of the leader, and used only if it is still held then.
 */
export async function nextEpoch(name: string, seen: number, wallTimeMs: number): Promise<number> {
  const atLeast = leastEpoch(seen, wallTimeMs);
  const { indexedDB } = globalThis as { readonly indexedDB?: IDBFactory };
  if (indexedDB === undefined) return atLeast;
  try {
    return await increment(indexedDB, name, atLeast);
  } catch {
    // Storage is full, forbidden or broken: the time of day has to do.
    return atLeast;
  }
}

/**
 * The same, where the store may not answer, as one that another tab blocks: then the time of day has to do,
 * and the host's error channel is told. Until there is an epoch nobody leads.
 */
export function nextEpochInTime(
  kernel: Kernel,
  name: string,
  seen: number,
  ask: typeof nextEpoch = nextEpoch,
): Promise<number> {
  const { platform, timers } = kernel;
  const wallTimeMs = platform.wallTime();
  return new Promise((resolve) => {
    const overdue = new Alarm(() => {
      const alternative =
        `it did not answer within ${STORE_MS} ms, so the leader of ${name} counts by the time of day; ` +
        "is its storage full, or in use by a tab that stands still?";
      kernel.fault(
        new UnsupportedError({ capability: "IndexedDB", host: platform.host, alternative }),
      );
      resolve(leastEpoch(seen, wallTimeMs));
    });
    timers.start(overdue, STORE_MS);
    void ask(name, seen, wallTimeMs).then((epoch) => {
      timers.drop(overdue);
      resolve(epoch);
    });
  });
}

async function increment(factory: IDBFactory, name: string, atLeast: number): Promise<number> {
  const opening = factory.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await resultOf(opening);
  try {
    const transaction = database.transaction(STORE, "readwrite");
    const store = transaction.objectStore(STORE);
    const last: unknown = await resultOf(store.get(name));
    const next = Math.max(typeof last === "number" ? last + 1 : 1, atLeast);
    store.put(next, name);
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    return next;
  } finally {
    database.close();
  }
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
