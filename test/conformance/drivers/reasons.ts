// Exit reasons as the formats of the traces write them, and back.
// Owns this translation only.
import { CallTimeout, type ErrorRecord, type ExitReason } from "../../../src/index.js";

/** Plain data. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A reason of ours as the format writes it: what was thrown is `{ error: … }`. */
export function fromReason(reason: ExitReason): Json {
  if (typeof reason === "string") return reason;
  if ("shutdown" in reason) return { shutdown: reason.shutdown as Json };
  return { error: (reason as ErrorRecord).message };
}

/** A reason of the format that can be given as it is; an error is thrown instead. */
export const toReason = (reason: Json): ExitReason => reason as ExitReason;

/** True for a call or a stop that took longer than its time. */
export const isTimeout = (error: unknown): boolean => error instanceof CallTimeout;
