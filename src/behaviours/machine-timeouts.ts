// The timeouts of a state machine: one state timeout, one event timeout, and a named one for each name.
//
// Owns setting, moving and cancelling them, and the timeouts of 0 ms, which wait in front of the mailbox
// behind everything that was put there (SM-4). Which event cancels which is machine.ts.

import { deliver, deliverBeforeMail } from "../kernel/inbox.js";
import { NONE } from "../kernel/operation.js";
import { after, disownTimer } from "../kernel/own-timers.js";
import type { Process } from "../kernel/process.js";
import { type OwnEvent, Timeout } from "./queued-event.js";

/**
 * When a timeout runs: in so many milliseconds (`Infinity` is never), or `"cancel"`, or `"update"` to
 * change what comes with it and keep its time.
 */
export type TimeoutTime = number | "cancel" | "update";

/** The kinds of timeouts. */
export type TimeoutKind = Exclude<OwnEvent, "internal">;

/** What a handler wants of one timeout. */
export interface TimeoutChange {
  readonly kind: TimeoutKind;
  readonly name: string;
  readonly time: TimeoutTime;
  readonly payload: unknown;
}

/** Which timeout is meant: one that is set again replaces the one before. */
export const keyOf = (kind: TimeoutKind, name: string): string =>
  kind === "timeout" ? `timeout ${name}` : kind;

/** The timeouts of one machine that run, or wait for their turn. */
export type Timeouts = Map<string, Timeout>;

/** Does what a handler wanted of one timeout. */
export function changeTimeout(process: Process, timeouts: Timeouts, change: TimeoutChange): void {
  const { kind, name, time, payload } = change;
  const key = keyOf(kind, name);
  if (time === "update") {
    const running = timeouts.get(key);
    if (running !== undefined) {
      running.arg = payload;
      return;
    }
  } else cancelTimeout(process, timeouts, key);
  if (time === "cancel" || time === Infinity) return;
  const timeout = new Timeout(kind, name, payload);
  timeouts.set(key, timeout);
  // One that does not run has nothing left to wait for: as in OTP, its update is a timeout of 0 ms.
  if (time === "update" || time === 0) deliverBeforeMail(process, timeout, NONE);
  else timeout.timer = after(process, time, () => void deliver(process, timeout, NONE));
}

/** Cancels a timeout, also one that waits for its turn. */
export function cancelTimeout(process: Process, timeouts: Timeouts, key: string): void {
  const timeout = timeouts.get(key);
  if (timeout === undefined) return;
  timeouts.delete(key);
  if (timeout.timer !== null) disownTimer(process, timeout.timer);
}

/** A timeout has its turn. False if it is void: cancelled or set again since it was due. */
export function takeTimeout(timeouts: Timeouts, timeout: Timeout): boolean {
  const key = keyOf(timeout.type as TimeoutKind, timeout.name);
  return timeouts.get(key) === timeout && timeouts.delete(key);
}
