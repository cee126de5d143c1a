// The signals that a process is looked at by: its own, and those of the calls it owes a reply.
//
// Owns when each is made and what it aborts with. When the end begins, which aborts them, is
// ending.ts's to say; that a caller gave up is call-request.ts's.

import type { CallRequest } from "./call-request.js";
import { CALL } from "./operation.js";
import { dropTimers } from "./own-timers.js";
import { extrasOf, type Process } from "./process.js";
import { abortReasonOf } from "./told.js";

/** Aborted when the end begins. Made when first asked for. */
export function signalOf(process: Process): AbortSignal {
  const extras = extrasOf(process);
  if (extras.controller === null) {
    extras.controller = new AbortController();
    if (process.ending !== null) extras.controller.abort(abortReasonOf(process));
  }
  return extras.controller.signal;
}

/** The call in hand, as its handler sees it; null if nobody called. */
export function fromOf(process: Process): CallRequest | null {
  const { current } = process;
  if (current?.kind !== CALL) return null;
  const request = current as CallRequest;
  // Its signal is made when asked for, which may be after the end has begun.
  if (process.ending !== null && !request.signal.aborted) request.abort(abortReasonOf(process));
  return request;
}

/** The end has begun: aborts `signal` and the signals of calls in hand; stops the timers. */
export function abortSignals(process: Process): void {
  const { current, extras } = process;
  if (current?.kind === CALL) (current as CallRequest).abort(abortReasonOf(process));
  if (extras === null) return;
  dropTimers(process);
  extras.controller?.abort(abortReasonOf(process));
  if (extras.owed === null) return;
  for (const request of extras.owed) request.abort(abortReasonOf(process));
}
