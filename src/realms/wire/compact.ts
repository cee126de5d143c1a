// Compact: the frequent frames as lists instead of objects.
//
// Owns the order of the fields in such a list. A structured clone writes the name of every field of an
// object, and reads it again: a call as a list crosses in two thirds of the time. What is rare, or carries
// `meta`, stays an object, which anybody can read in a log.

import { wrong } from "./frame-checks.js";
import type { Call, Cast, Frame, Reply } from "./wire.js";

/** A frame as it crosses. */
export type Compact = Frame | readonly unknown[];

/** The frame as a list, if it is a frequent one. */
export function compact(frame: Frame): Compact {
  if (frame.meta !== undefined) return frame;
  switch (frame.t) {
    case "call": {
      const { id, to, m, args, ttl, from, idempotencyKey } = frame;
      if (idempotencyKey !== undefined) return frame;
      if (from !== undefined) return ["call", id, to, m, args, ttl ?? null, from];
      return ttl === undefined ? ["call", id, to, m, args] : ["call", id, to, m, args, ttl];
    }
    case "cast":
      return ["cast", frame.to, frame.m, frame.args];
    case "reply":
      return "error" in frame ? frame : ["reply", frame.id, frame.ok];
    default:
      return frame;
  }
}

/** The frame that a list stands for; anything else as it is. */
export function expand(packed: unknown): unknown {
  if (!Array.isArray(packed)) return packed;
  const [t, one, two, three, four, five, six] = packed;
  if (t === "call") {
    const call: { -readonly [K in keyof Call]: Call[K] } = {
      t,
      id: one,
      to: two,
      m: three,
      args: four,
    };
    if (typeof five === "number") call.ttl = five;
    if (six !== undefined) call.from = six;
    return call;
  }
  if (t === "cast") return { t, to: one, m: two, args: three } satisfies Cast;
  if (t === "reply") return { t, id: one, ok: two } satisfies Reply;
  throw wrong("the kind of a list", t);
}
