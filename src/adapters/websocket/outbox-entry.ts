// One message of an outbox, and the list that holds it.
//
// Owns the record of a message from push to its end, the order of messages, their count and bytes,
// and that senders are told once and after the fact. It knows no bounds, no policy and no time:
// those are the outbox's.

import type { OutboxData } from "./message-bytes.js";

/**
 * Why a message was not sent: no room (`full`), older than its time to live (`expired`), the
 * outbox was closed (`closed`), or its sender took it back (`cancelled`).
 */
export type DropReason = "full" | "expired" | "closed" | "cancelled";

/** How a message ended. `sent` means that a socket accepted it, not that the peer has it. */
export type OutboxOutcome =
  | { readonly status: "sent" }
  | { readonly status: "dropped"; readonly reason: DropReason };

/** One message of an outbox. */
export interface OutboxEntry {
  /** The message itself, not copied: leave buffers alone until it has settled. */
  readonly data: OutboxData;
  /** Its size when it was pushed, in bytes. */
  readonly bytes: number;
  /** When it expires, in milliseconds of the outbox's clock; `Infinity` for never. */
  readonly expiresAtMs: number;
  /** `waiting` is outside of the bounds (policy `block`), `queued` within. */
  readonly state: "waiting" | "queued" | OutboxOutcome["status"];
}

/** The outcome of every message that a socket accepted. */
export const SENT: OutboxOutcome = Object.freeze({ status: "sent" });

/** An {@link OutboxEntry} as its outbox sees it: a node of one list at a time. */
export class Entry implements OutboxEntry {
  state: OutboxEntry["state"] = "queued";
  outcome: OutboxOutcome | undefined;
  /** The list that holds it, which is how an outbox tells its own entries from another's. */
  list: EntryList | undefined;
  previous: Entry | undefined;
  next: Entry | undefined;
  readonly data: OutboxData;
  readonly bytes: number;
  readonly expiresAtMs: number;
  readonly onSettled: ((outcome: OutboxOutcome) => void) | undefined;
  readonly onQueued: (() => void) | undefined;

  constructor(
    data: OutboxData,
    bytes: number,
    expiresAtMs: number,
    callbacks: {
      onSettled?: ((outcome: OutboxOutcome) => void) | undefined;
      onQueued?: (() => void) | undefined;
    },
  ) {
    this.data = data;
    this.bytes = bytes;
    this.expiresAtMs = expiresAtMs;
    this.onSettled = callbacks.onSettled;
    this.onQueued = callbacks.onQueued;
  }

  /** Marks its end. The outbox tells the sender later, with {@link notify}. */
  settle(outcome: OutboxOutcome): void {
    this.state = outcome.status;
    this.outcome = outcome;
  }
}

/**
 * Messages in order, with their number and bytes. Doubly linked, so that one can be taken back from
 * the middle in O(1).
 */
export class EntryList {
  /** The oldest. */
  head: Entry | undefined;
  #last: Entry | undefined;
  count: number = 0;
  bytes: number = 0;

  /** Appends an entry that is in no list. */
  add(entry: Entry): void {
    entry.list = this;
    entry.previous = this.#last;
    if (this.#last === undefined) this.head = entry;
    else this.#last.next = entry;
    this.#last = entry;
    this.count++;
    this.bytes += entry.bytes;
  }

  /** Takes out an entry of this list. */
  remove(entry: Entry): void {
    const { previous, next } = entry;
    if (previous === undefined) this.head = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    entry.list = undefined;
    entry.previous = undefined;
    entry.next = undefined;
    this.count--;
    this.bytes -= entry.bytes;
  }
}

/** Tells the senders, after the outbox has changed; the first error leaves once all were told. */
export function notify(settled: readonly Entry[], admitted: readonly Entry[]): void {
  const errors: unknown[] = [];
  for (const entry of settled) {
    try {
      if (entry.outcome !== undefined) entry.onSettled?.(entry.outcome);
    } catch (error) {
      errors.push(error);
    }
  }
  for (const entry of admitted) {
    // A callback before this one may have taken it back.
    if (entry.state === "dropped") continue;
    try {
      entry.onQueued?.();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
