// The bound of a mailbox: how many messages may wait, and what happens to one too many (M-1).
//
// Owns the count, the overflow policy and the senders who wait for room. Only casts and calls count:
// what the system sends (exit signals, timers, stops) is never refused, or it would be lost.

import type { CallRequest } from "./call-request.js";
import { MailboxFull } from "./errors.js";
import { CALL, CAST, type Operation } from "./operation.js";

/**
 * What a full mailbox does with one message more: `reject` refuses it, `dropNewest` drops it,
 * `dropOldest` drops the oldest instead, `block` lets calls and offers wait for room.
 */
export type Overflow = "reject" | "dropNewest" | "dropOldest" | "block";

/** The bound of a mailbox. Without one a mailbox grows as it must. */
export interface MailboxOptions {
  /** How many casts and calls may wait: a whole number of 0 or more. 0 takes one when idle. */
  readonly max: number;
  /** Default `reject`. */
  readonly overflow?: Overflow;
}

/** The bound of one process's mailbox. */
export class Bound {
  readonly max: number;
  readonly overflow: Overflow;
  readonly #put: (op: Operation, arg: unknown) => void;
  readonly #isIdle: () => boolean;
  /**
   * Who waits for room, first come first. The request settles the wait; for a call it is the call
   * itself, which goes on waiting for its reply.
   */
  readonly #waiters: Map<CallRequest, { readonly op: Operation; readonly arg: unknown }> =
    new Map();
  /** Casts and calls that wait now. */
  size = 0;

  constructor(
    max: number,
    overflow: Overflow,
    put: (op: Operation, arg: unknown) => void,
    isIdle: () => boolean,
  ) {
    this.max = max;
    this.overflow = overflow;
    this.#put = put;
    this.#isIdle = isIdle;
  }

  /** True if one message more would have to wait: there is no room, or others wait for it. */
  get isFull(): boolean {
    return this.#waiters.size > 0 || !this.#hasRoom();
  }

  /** True for the messages that are counted: a call that was given up leaves its room. */
  counts(op: Operation): boolean {
    return op.kind === CAST || (op.kind === CALL && !(op as CallRequest).settled);
  }

  /** Counts a message that is queued now. */
  count(op: Operation): void {
    this.size++;
    if (op.kind === CALL) (op as CallRequest).owner = this;
  }

  /** A counted message was taken out to make room. */
  dropped(op: Operation, label: string): void {
    // A call gives its room up as it settles.
    if (op.kind === CALL) (op as CallRequest).reject(new MailboxFull(label, this.max));
    else this.size--;
  }

  /** A message was taken out to be handled. */
  taken(op: Operation): void {
    if (!this.counts(op)) return;
    if (op.kind === CALL) (op as CallRequest).owner = null;
    this.size--;
    this.refill();
  }

  /** A sender gave up: its place in the line, or the room of its queued call, is free again (C-3). */
  delete(request: CallRequest): void {
    if (this.#waiters.delete(request)) return;
    this.size--;
    this.refill();
  }

  /** Waits for room. The message is queued in its turn, unless its sender has given up by then. */
  wait(op: Operation, arg: unknown, request: CallRequest): void {
    this.#waiters.set(request, { op, arg });
    request.owner = this;
  }

  /** Lets waiters in while there is room. */
  refill(): void {
    for (const [request, { op, arg }] of this.#waiters) {
      if (!this.#hasRoom()) return;
      this.#waiters.delete(request);
      this.size++;
      this.#put(op, arg);
      // A call keeps its owner: it still has its room to give up.
      if (op === request) continue;
      request.owner = null;
      request.resolve(undefined);
    }
  }

  /** Everybody who waits for room, at the end of the process. */
  takeWaiters(): CallRequest[] {
    const requests = [...this.#waiters.keys()];
    this.#waiters.clear();
    for (const request of requests) request.owner = null;
    return requests;
  }

  #hasRoom(): boolean {
    return this.size < this.max || (this.max === 0 && this.size === 0 && this.#isIdle());
  }
}
