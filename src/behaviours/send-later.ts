// sendLater: a message for another process, after a while.
//
// Owns the timers of messages that are not for the process that sends them. One for a ref belongs to
// the process behind it; one for a handle or a name to the system, and finds its process when it is due.
// Messages to oneself are `self.sendAfter`. Source: OTP's erlang:send_after.

import type { ActorRef } from "../kernel/actor-ref.js";
import { checkMs } from "../kernel/errors.js";
import { deliverInfo } from "../kernel/inbox.js";
import { after } from "../kernel/own-timers.js";
import { DEAD } from "../kernel/process.js";
import { Alarm, type TimerNode } from "../kernel/timers.js";
import { refOf } from "./context.js";
import type { SentLater } from "./self.js";

/** A message that is on its way to another process. */
export interface MessageLater extends SentLater {
  /** The milliseconds that are left, or `false` if it was sent or stopped. */
  readonly leftMs: number | false;
}

/**
 * Sends a message after `delayMs` milliseconds, whatever becomes of whoever asked for it: `info` gets
 * `{ type: "message", message }`. It ends with the process it is for (P-7); to a handle or a name it
 * goes to whoever is there then, and to nobody if nobody is.
 *
 * @throws TypeError for what is no ref or handle, RangeError unless `delayMs` is 0 or more.
 *
 * @example
 * ```ts
 * const counter = await system.start(Counter, 3);
 * const reminder = sendLater(counter, 60_000, "still there?");
 * reminder.cancel(); // the milliseconds that were left
 * ```
 */
export function sendLater(to: ActorRef, delayMs: number, message: unknown): MessageLater {
  checkMs("delayMs", delayMs);
  const { target } = refOf("send to", to);
  const { kernel, process: now } = target;
  const { timers } = kernel;
  const send = (): void => {
    const { process } = target;
    if (process !== null) deliverInfo(process, { type: "message", message });
  };
  let timer: TimerNode = new Alarm(send);
  if (now !== target) timers.start(timer, delayMs);
  else if (now.status !== DEAD) timer = after(now, delayMs, send);
  return {
    cancel() {
      now?.extras?.timers?.delete(timer);
      return timers.cancel(timer);
    },
    get leftMs() {
      const leftMs = timers.dueAt(timer) - kernel.platform.now();
      return leftMs < Infinity && Math.max(0, leftMs);
    },
  };
}
