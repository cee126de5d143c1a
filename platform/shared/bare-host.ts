// Whether this host has what every platform here is made of: a realm without it is no page.
//
// Owns the question and the words of the refusal, asked when a system is made, in development: in
// production the realm's own ReferenceError costs no page a byte. An audio worklet, a shell of an engine
// or a bare `vm` context is such a realm, and takes what a bundler chose for pages.

const needed = ["setTimeout", "performance", "AbortController"];

/** What is lacking here, for an UnsupportedError; `undefined` on a host that can run systems. */
export function bareHost(
  host: string,
): { capability: string; host: string; alternative: string } | undefined {
  const capability = needed.find((name) => !(name in globalThis));
  return capability === undefined
    ? undefined
    : {
        capability,
        host: `a ${host} without it`,
        alternative: "make the system elsewhere, or with createSystemOn and a Platform of your own",
      };
}
