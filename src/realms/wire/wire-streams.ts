// Wire v1, streams: the frames of values that come one after the other.
//
// Owns their names and fields, as wire.ts does those of all others. What becomes of them is
// session-streams.ts.

import type { Meta, WireId, WireValue } from "./wire-value.js";

/**
 * Opens a stream: a call, answered by `reply` once the handler has begun. `credit`: how many values may
 * come, by `stream-next`, until there is more.
 */
export interface StreamOpen extends Meta {
  readonly t: "stream-open";
  readonly id: number;
  readonly to: WireId;
  readonly m: string;
  readonly args: WireValue;
  readonly credit: number;
  readonly ttl?: number;
  readonly from?: readonly unknown[];
}

export interface StreamNext extends Meta {
  readonly t: "stream-next";
  readonly id: number;
  /** Which value it is, counted from 0: none is missing, and none comes twice. */
  readonly n: number;
  readonly value: WireValue;
  /** It gives way to a later one that is marked too, while nobody has read it. */
  readonly progress?: true;
}

/** No more values; `error` is set if the stream failed. */
export interface StreamEnd extends Meta {
  readonly t: "stream-end";
  readonly id: number;
  /** How many values there were. */
  readonly n: number;
  readonly error?: WireValue;
}

/** The consumer has room for `n` more values. */
export interface StreamCredit extends Meta {
  readonly t: "stream-credit";
  readonly id: number;
  readonly n: number;
}

/** The consumer wants nothing more. Answered by `cancelled` at once: a realm that hears it is alive. */
export interface StreamStop extends Meta {
  readonly t: "stream-stop";
  readonly id: number;
}
