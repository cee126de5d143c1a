// What the loss of a Modbus link means: try again, ask a person, or give up.
//
// Owns the step from a link's error to a verdict of the connection, for client and slave alike. Which
// host error is which is classify.ts's.

import { classifyLinkError } from "../byte-link/classify.js";
import { type Verdict, verdict } from "../connection.js";

/** Judges an error of a link. `undefined`, an end by the far end without an error, is tried again. */
export function judgeLink(error: unknown): Verdict {
  if (error === undefined) return verdict("retry");
  switch (classifyLinkError(error).disposition) {
    case "final":
      return verdict("failed");
    case "needsPermission":
      return verdict("needsPermission");
    default:
      return verdict("retry");
  }
}
