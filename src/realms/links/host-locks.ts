// The host's Web Locks: shared by all tabs and workers of an origin, gone with whoever holds them.
//
// Owns what is used of them, and where they are found. What they mean is life.ts and leader.ts. A page
// that is not secure (neither https nor localhost) has none, nor have most servers.

/** What is used of `navigator.locks`. */
export interface Locks {
  request(
    name: string,
    options: {
      readonly mode?: "exclusive" | "shared";
      readonly signal?: AbortSignal;
      /** Not together with a signal. Whoever held it is told: its request rejects. */
      readonly steal?: boolean;
    },
    granted: () => Promise<void> | void,
  ): Promise<unknown>;
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>;
}

/** The locks of this host, if it has any. */
export function hostLocks(): Locks | undefined {
  const { navigator } = globalThis as { readonly navigator?: { readonly locks?: Locks } };
  return navigator?.locks;
}
