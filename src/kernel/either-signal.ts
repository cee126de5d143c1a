// One signal out of two, on hosts that cannot do it themselves too.
//
// Owns what `AbortSignal.any` does, for browsers before Chrome 116, Firefox 124 and Safari 17.4. There
// a signal that outlives the result keeps a listener until either is aborted: the host's own is better.

/** A signal that is aborted as soon as one of both is, with its reason. */
export function eitherSignal(one: AbortSignal, other: AbortSignal): AbortSignal {
  if (AbortSignal.any) return AbortSignal.any([one, other]);
  const either = new AbortController();
  const { signal } = either;
  for (const source of [one, other]) {
    const abort = (): void => either.abort(source.reason);
    source.addEventListener("abort", abort, { signal });
    if (source.aborted) abort();
  }
  return signal;
}
