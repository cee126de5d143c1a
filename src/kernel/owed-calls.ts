// The calls that a process owes an answer although their handlers have returned: replyLater,
// replyWith, postponed.
//
// Owns the set, which a call leaves by settling, however it settles. What is answered, and when the
// rest is refused, is process.ts.

import type { CallRequest } from "./call-request.js";

/** Calls that wait for a reply without being in hand. */
export class OwedCalls {
  readonly #requests: Set<CallRequest> = new Set();

  /** Keeps a call until it settles. */
  add(request: CallRequest): void {
    this.#requests.add(request);
    request.owner = this;
  }

  /** A call has settled. */
  forget(request: CallRequest): void {
    this.#requests.delete(request);
  }

  /** Tells whoever works on an answer that the process ends. */
  abort(reason: unknown): void {
    for (const request of this.#requests) request.abort(reason);
  }

  /** All of them, to be refused. */
  list(): CallRequest[] {
    return [...this.#requests];
  }
}
