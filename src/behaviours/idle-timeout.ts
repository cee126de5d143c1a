// idleTimeout: a message to a server that nobody sent anything to for a while.
//
// Owns OTP's server timeout: set by a handler, for the time after that handler; whatever comes first
// cancels it. It is a function, so that servers that never wait this way pay nothing for it. Times that
// other messages do not cancel are `self.sendAfter`.

import { checkMs } from "../kernel/errors.js";
import { deliver, mailSize } from "../kernel/inbox.js";
import { CONTINUE, Entry } from "../kernel/operation.js";
import { after, disownTimer } from "../kernel/own-timers.js";
import type { Process } from "../kernel/process.js";
import type { TimerNode } from "../kernel/timers.js";
import { type OwnerSelf, processOf } from "./owner.js";

/** A timeout that was set, and the turn after which nothing was handled since. */
interface Idle {
  turn: number;
  alarm: TimerNode | null;
}

const idles: WeakMap<Process, Idle> = /* @__PURE__ */ new WeakMap();

const TIMEOUT: Entry = /* @__PURE__ */ new Entry(CONTINUE, "timeout", overdue);

/**
 * Asks for `{ type: "timeout", name: "idle" }` in `info` if nothing else comes within `timeoutMs`
 * milliseconds after the present handler (or `init`). Any message cancels it; a handler that wants it
 * again sets it again. With 0 it comes at once, unless a message waits already. `Infinity` sets none.
 *
 * @throws RangeError for a time that is none, TypeError for what is not the `self` of a server.
 *
 * @example
 * ```ts
 * const Session = genServer({
 *   id: "session",
 *   init(self) { idleTimeout(self, 60_000); return { hits: 0 }; },
 *   cast: { hit(self) { self.state.hits++; idleTimeout(self, 60_000); } },
 *   info(self, message) { if (message.type === "timeout") self.stop(); },
 * });
 * ```
 *
 * Source: OTP gen_server's timeouts.
 */
export function idleTimeout(self: OwnerSelf, timeoutMs: number): void {
  checkMs("timeoutMs", timeoutMs, true);
  const process = processOf("self", self);
  const { alarm = null } = idles.get(process) ?? {};
  if (alarm !== null) disownTimer(process, alarm);
  // `init` is the turn before the first.
  const idle: Idle = { turn: Math.max(0, process.turn), alarm: null };
  idles.set(process, idle);
  const ring = (): void => void deliver(process, TIMEOUT, idle);
  // Behind the mail that is there: no timer is needed for that.
  if (timeoutMs === 0) ring();
  else if (timeoutMs !== Infinity) idle.alarm = after(process, timeoutMs, ring);
}

function overdue(self: OwnerSelf, idle: Idle): unknown {
  const process = processOf("self", self);
  const present = idles.get(process) as Idle;
  if (idle !== present) {
    // One of before, which came too late: it is no message that would cancel the present one.
    if (present.turn === process.turn - 1) present.turn++;
    return undefined;
  }
  if (process.turn !== idle.turn + 1 || mailSize(process) > 0) return undefined;
  return process.program.info(process, { type: "timeout", name: "idle" });
}
