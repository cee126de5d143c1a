// placeOf: makes a place of whatever can open links.
//
// Owns the check of its options, and `place.remote`, which `remote` and `Behaviour.in` go through. The places there
// are (worker, sharedWorker, tabs, …) are the transports' files; so is what an application makes itself.

import { checkFunction } from "../../kernel/errors.js";
import { greetWithFresh } from "../session/fresh-auth.js";
import { guests } from "../session/guests.js";
import { timesOf } from "../session/link-times.js";
import { checkPeers } from "../session/peer-limits.js";
import type { CodecFactory } from "../values/codec.js";
import type { Link } from "../wire/link.js";
import type { Place, PlaceOptions } from "./lease.js";
import { openInTime } from "./open-in-time.js";
import { type BackoffTimes, Outages } from "./outage.js";
import { remoteAt } from "./remote.js";

/** What kind of place it is. */
export interface PlaceKind {
  /** True where an actor is there once for all who ask for it. Default `false`. */
  readonly shared?: boolean;
  /** How values stand in its packets: `jsonCodec` for links that carry text. Default: structured clones. */
  readonly codec?: CodecFactory | undefined;
  /**
   * Set for what is behind a network, which may be gone for a while: `{}`, or how long it is left alone then.
   * A loss of it uses up no restart of a supervisor, and the restart waits. Default: it is a failure like any.
   */
  readonly backoff?: BackoffTimes | undefined;
}

/**
 * A place that is reached by links of one's own: `open` is called for each new connection.
 *
 * @throws TypeError for an `open` that is no function; RangeError for times that are none.
 *
 * @example
 * ```ts
 * const { port1, port2 } = new MessageChannel();       // port2 goes to the other side
 * const place = placeOf("helper", () => messagePortLink(port1));
 * const counter = await system.start(remote<typeof Counter>("counter", place));
 * ```
 */
export function placeOf(
  name: string,
  open: () => Link | PromiseLike<Link>,
  options: PlaceOptions = {},
  kind: PlaceKind = {},
): Place {
  const greet = greetWithFresh;
  const place: Place = { ...trustedPlaceOf(name, open, options, kind), guests, openInTime, greet };
  if (kind.backoff === undefined) return place;
  const outages = new Outages(kind.backoff, timesOf(options).helloTimeoutMs);
  return {
    ...place,
    onClosed: (...lost) => outages.note(...lost),
    remote(id) {
      return outages.watch(remoteAt(id, this));
    },
  };
}

/**
 * The same for links that are all trusted and there at once: one that is not trusted is refused. So whoever
 * only starts workers carries no rules for guests.
 */
export function trustedPlaceOf(
  name: string,
  open: () => Link | PromiseLike<Link>,
  options: PlaceOptions,
  { shared = false, codec }: PlaceKind = {},
): Place {
  checkFunction("open", open);
  timesOf(options);
  checkPeers(options.errors, options.limits);
  return {
    name: options.name ?? name,
    open,
    options,
    shared,
    codec,
    // A copy of a place with other fields is a place of its own.
    remote(id) {
      return remoteAt(id, this);
    },
  };
}
