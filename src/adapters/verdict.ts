// What an adapter answers when its connection asks what an error means.
//
// Owns the four answers and nothing of when they are given: which error is which is the adapter's,
// and how long the waits are is the connection's.

/** What to do after an attempt failed or a link was lost. */
export type Verdict =
  | {
      readonly then: "retry";
      /** Not sooner than this: a floor of the backoff. */
      readonly afterMs?: number | undefined;
      /** The peer asked for the wait: no wake-up cuts it short. Default `false`. */
      readonly patient?: boolean | undefined;
    }
  | { readonly then: "retryNow" }
  | { readonly then: "needsPermission" }
  | { readonly then: "failed" };

/** Makes a verdict. */
export function verdict(then: "retryNow" | "needsPermission" | "failed"): Verdict;
export function verdict(then: "retry", wait?: { afterMs?: number; patient?: boolean }): Verdict;
export function verdict(then: Verdict["then"], wait?: object): Verdict {
  return { then, ...wait } as Verdict;
}
