// The symbols of `using` and `await using`, on every host.
//
// Owns one choice: where a host has no such symbol yet (Safari), the one of the registry by its name,
// which is what compilers of `using` (esbuild, oxc, swc, Babel) look up there. A member named by
// `Symbol.asyncDispose` itself would be named "undefined" on such a host, and never be found.

/** What `using` looks up. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** What `await using` looks up first. */
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
