// HandleOf: the type of a behaviour's handle, to name the actors that another actor is given.
//
// Owns one type and no code. A server may export its behaviour alone, and whoever takes its
// handle as an argument of `init` says `HandleOf<typeof Feed>`.

import type { Behaviour } from "troupe";

/** The handle that a behaviour gives. */
export type HandleOf<B> =
  B extends Behaviour<infer _Args extends readonly unknown[], infer Handle> ? Handle : never;
