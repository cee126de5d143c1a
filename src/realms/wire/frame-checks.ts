// What every frame of the other side is checked with, before anything is done with it.
//
// Owns the few questions and the words for what is wrong. Which field must be what stands where the frame
// is handled. A peer may send anything: what it wrote is shortened before it stands in an error.

import { checkReason, type ExitReason, printed } from "../../kernel/exit-reason.js";
import { MalformedFrame } from "./malformed-frame.js";

/** True for a whole number above 0. */
export const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) > 0;

/** What the other side wrote, for an error: never longer than a line, and never run. */
export const inWords = (value: unknown): string =>
  printed(value).replace(/^"|"$/g, "").slice(0, 200);

/** The error of a part of a frame that is not what it must be. */
export function wrong(what: string, value: unknown): MalformedFrame {
  return new MalformedFrame(`${what} is ${inWords(value)}`);
}

/** The value as the exit reason it must be. Throws {@link MalformedFrame}: `what` holds none. */
export function reasonIn(value: unknown, what: unknown): ExitReason {
  try {
    checkReason(value);
  } catch {
    throw new MalformedFrame(`${what} holds no exit reason`);
  }
  return value;
}

/** The value as the list it must be. Throws {@link MalformedFrame}. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong("a list", value);
}
