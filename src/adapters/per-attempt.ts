// An option that may differ from one attempt to the next: a URL with a token, headers, a body.
//
// Owns the type and the reading of it. When an attempt is made, and what a failure of the function
// means (try again: it may have needed the same network), is the adapter's.

/** A value, or a function that makes one for each attempt. */
export type PerAttempt<T> = T | (() => T | PromiseLike<T>);

/** The value for this attempt. Rejects with what the function threw. */
export async function forAttempt<T>(option: PerAttempt<T>): Promise<T> {
  return typeof option === "function" ? (option as () => T | PromiseLike<T>)() : option;
}
