// MalformedFrame: what the other side sent cannot be read.
//
// Owns the one error of every decoder: a wrong shape, an unknown tag, a limit that was passed. It means
// a peer that is broken or hostile, never a wrong argument on this side. What becomes of the link then
// is session.ts's to decide.

import { ActorError } from "../../kernel/errors.js";

/** The other side sent something that is no frame of this wire, or that costs more than is allowed. */
export class MalformedFrame extends ActorError {
  override readonly name: string = "MalformedFrame";
  readonly code: "malformed-frame" = "malformed-frame";
  /** What was wrong, as in "$date holds no time". */
  readonly why: string;

  constructor(why: string) {
    super(`Cannot read a frame of the other side: ${why}`);
    this.why = why;
  }
}
