// The outbox of a WebSocket: messages that wait to be sent.
//
// Owns their order, the two bounds (messages and bytes), the overflow policy, the time to live,
// and that each message ends exactly once, as sent or as dropped. It knows no socket: it outlives
// them, so what waits survives a reconnect and a change of URL or token. It has no clock either;
// every method that needs the time takes it.
//
//   push ──► queued (bounded) ──► peek … the socket accepts … commit ──► sent
//      └───► waiting (policy "block" only) ──► queued as soon as there is room

import { checkCount, checkMs } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import { OutboxFull } from "./errors.js";
import { messageBytes, type OutboxData } from "./message-bytes.js";
import {
  type DropReason,
  Entry,
  EntryList,
  notify,
  type OutboxEntry,
  type OutboxOutcome,
  SENT,
} from "./outbox-entry.js";

/**
 * What happens to a message that finds no room.
 * - `reject`: `push` throws {@link OutboxFull}.
 * - `dropOldest`: the oldest messages are dropped until it fits.
 * - `dropNewest`: it is dropped itself.
 * - `block`: it waits outside of the bounds, in order. Let only senders use it that wait in turn
 *   for `onQueued` or `onSettled`; nothing else bounds how many wait.
 */
export type OutboxPolicy = "reject" | "dropOldest" | "dropNewest" | "block";

/** Options of {@link createOutbox}. */
export interface OutboxOptions {
  /** How many messages may be queued: 1 or more, or `Infinity`. Default 1,000. */
  maxCount?: number | undefined;
  /** How many bytes may be queued: 1 or more, or `Infinity`. Default 4 MiB (4,194,304). */
  maxBytes?: number | undefined;
  /** Default `reject`. */
  policy?: OutboxPolicy | undefined;
  /** How long a message may wait, in milliseconds: more than 0. Default `Infinity`. */
  ttlMs?: number | undefined;
}

/** Options of {@link Outbox.push}. */
export interface OutboxPushOptions {
  /** The present time in milliseconds, from the clock that the other methods are given. */
  nowMs: number;
  /** How long this message may wait, in milliseconds: more than 0. Default: the outbox's. */
  ttlMs?: number | undefined;
  /** Takes the end of the message, exactly once, perhaps before `push` returns. */
  onSettled?: ((outcome: OutboxOutcome) => void) | undefined;
  /** Called once the message is within the bounds, perhaps before `push` returns. */
  onQueued?: (() => void) | undefined;
}

/** Messages in the order they are to be sent. */
export interface Outbox {
  /**
   * Takes a message. A message larger than `maxBytes` is refused whatever the policy; after
   * `close` a message settles as dropped at once.
   *
   * @throws OutboxFull with policy `reject`, when there is no room. Nothing was queued.
   * @throws RangeError when the message is larger than `maxBytes`, or an option out of its range.
   * @throws TypeError when the message is nothing that a WebSocket can send.
   */
  push(data: OutboxData, options: OutboxPushOptions): OutboxEntry;
  /** The next message to send, which stays queued; expired ones before it are dropped. */
  peek(nowMs: number): OutboxEntry | undefined;
  /**
   * Settles the message of `peek` as sent: call it after the socket accepted it, and not when
   * `send` threw. `false`, and no change, when it is not the next message any more.
   */
  commit(entry: OutboxEntry): boolean;
  /** Takes a message back; `false` when it has settled already. */
  cancel(entry: OutboxEntry): boolean;
  /** Drops the messages whose time to live is over, and gives their number. */
  expire(nowMs: number): number;
  /** Drops every message and takes no more. Idempotent. */
  close(): void;
  /**
   * No message expires before this time, in milliseconds of the outbox's clock: when to call
   * `expire`. `Infinity` for never.
   */
  readonly nextExpiryMs: number;
  /** The messages within the bounds. */
  readonly count: number;
  /** Their bytes. */
  readonly bytes: number;
  /** The messages that wait for room. */
  readonly waiting: number;
}

const POLICIES: readonly string[] = ["reject", "dropOldest", "dropNewest", "block"];

/**
 * Makes an outbox.
 *
 * Every method is O(1) as long as nothing expires or is dropped for room; `close`, and a sweep of
 * expired messages, look at every message once. Callbacks run after the outbox has changed, so they
 * may use it; one that throws does not keep others from being called, and its error leaves the
 * method.
 *
 * @throws RangeError when an option is out of its range.
 *
 * @example Sending what waits
 * ```ts
 * const outbox = createOutbox({ maxCount: 100, policy: "dropOldest", ttlMs: 30_000 });
 * const now = () => performance.now();
 * outbox.push("hello", { nowMs: now(), onSettled: ({ status }) => console.log(status) });
 *
 * const socket = new WebSocket("wss://chat.example/");
 * socket.onopen = () => {
 *   for (let entry = outbox.peek(now()); entry !== undefined; entry = outbox.peek(now())) {
 *     socket.send(entry.data); // a throw leaves the message queued for the next socket
 *     outbox.commit(entry);
 *   }
 * };
 * ```
 */
export function createOutbox(options: OutboxOptions = {}): Outbox {
  return new LinkedOutbox(options);
}

class LinkedOutbox implements Outbox {
  readonly #maxCount: number;
  readonly #maxBytes: number;
  readonly #policy: OutboxPolicy;
  readonly #ttlMs: number;
  readonly #queued = new EntryList();
  readonly #waiting = new EntryList();
  #nextExpiryMs = Infinity;
  #closed = false;

  constructor(options: OutboxOptions) {
    const { maxCount = 1_000, maxBytes = 4_194_304, policy = "reject", ttlMs = Infinity } = options;
    checkCount("maxCount", maxCount, 1);
    checkCount("maxBytes", maxBytes, 1);
    checkTtl(ttlMs);
    if (!POLICIES.includes(policy)) {
      throw new RangeError(
        `policy is ${printed(policy)}: it must be one of ${POLICIES.join(", ")}`,
      );
    }
    this.#maxCount = maxCount;
    this.#maxBytes = maxBytes;
    this.#policy = policy;
    this.#ttlMs = ttlMs;
  }

  get count(): number {
    return this.#queued.count;
  }

  get bytes(): number {
    return this.#queued.bytes;
  }

  get waiting(): number {
    return this.#waiting.count;
  }

  get nextExpiryMs(): number {
    return this.#nextExpiryMs;
  }

  push(data: OutboxData, options: OutboxPushOptions): OutboxEntry {
    const { nowMs, ttlMs = this.#ttlMs } = options;
    checkTtl(ttlMs);
    if (!Number.isFinite(nowMs)) {
      throw new RangeError(
        `nowMs is ${printed(nowMs)}: it must be the present time in milliseconds`,
      );
    }
    const bytes = messageBytes(data);
    if (bytes > this.#maxBytes) {
      throw new RangeError(
        `The message has ${bytes} bytes: it must have at most maxBytes, which is ` +
          `${this.#maxBytes}; send it in parts, or raise maxBytes`,
      );
    }
    const entry = new Entry(data, bytes, nowMs + ttlMs, options);
    const settled: Entry[] = [];
    if (this.#closed) {
      drop(entry, "closed", settled);
      notify(settled, []);
      return entry;
    }
    this.#sweep(nowMs, settled);
    const admitted = this.#admit();
    const fits = this.#waiting.count === 0 && this.#hasRoom(bytes);
    if (!fits && this.#policy === "reject") {
      // The expired ones made way for nothing, but they are settled all the same.
      notify(settled, admitted);
      throw new OutboxFull({
        count: this.#queued.count,
        maxCount: this.#maxCount,
        bytes: this.#queued.bytes,
        maxBytes: this.#maxBytes,
        messageBytes: bytes,
      });
    }
    if (!fits && this.#policy === "dropNewest") {
      drop(entry, "full", settled);
    } else if (!fits && this.#policy === "block") {
      entry.state = "waiting";
      this.#waiting.add(entry);
    } else {
      while (!this.#hasRoom(bytes)) this.#remove(this.#queued.head, "full", settled);
      this.#queued.add(entry);
      admitted.push(entry);
    }
    if (entry.outcome === undefined && entry.expiresAtMs < this.#nextExpiryMs) {
      this.#nextExpiryMs = entry.expiresAtMs;
    }
    notify(settled, admitted);
    return entry;
  }

  peek(nowMs: number): OutboxEntry | undefined {
    this.expire(nowMs);
    return this.#queued.head;
  }

  commit(entry: OutboxEntry): boolean {
    const head = this.#queued.head;
    if (head === undefined || head !== entry) return false;
    this.#queued.remove(head);
    head.settle(SENT);
    notify([head], this.#admit());
    return true;
  }

  cancel(entry: OutboxEntry): boolean {
    if (!(entry instanceof Entry) || !this.#holds(entry)) return false;
    const settled: Entry[] = [];
    this.#remove(entry, "cancelled", settled);
    notify(settled, this.#admit());
    return true;
  }

  expire(nowMs: number): number {
    const settled: Entry[] = [];
    this.#sweep(nowMs, settled);
    if (settled.length > 0) notify(settled, this.#admit());
    return settled.length;
  }

  close(): void {
    this.#closed = true;
    this.#nextExpiryMs = Infinity;
    const settled: Entry[] = [];
    for (const list of [this.#queued, this.#waiting]) {
      while (list.head !== undefined) this.#remove(list.head, "closed", settled);
    }
    notify(settled, []);
  }

  #hasRoom(bytes: number): boolean {
    const { count } = this.#queued;
    return count < this.#maxCount && this.#queued.bytes + bytes <= this.#maxBytes;
  }

  #remove(entry: Entry | undefined, reason: DropReason, settled: Entry[]): void {
    if (entry === undefined) return;
    entry.list?.remove(entry);
    drop(entry, reason, settled);
  }

  #holds(entry: Entry): boolean {
    return entry.list === this.#queued || entry.list === this.#waiting;
  }

  /** Moves those that wait within the bounds, in order; the first that does not fit holds all. */
  #admit(): Entry[] {
    const admitted: Entry[] = [];
    let entry = this.#waiting.head;
    while (entry !== undefined && this.#hasRoom(entry.bytes)) {
      this.#waiting.remove(entry);
      entry.state = "queued";
      this.#queued.add(entry);
      admitted.push(entry);
      entry = this.#waiting.head;
    }
    return admitted;
  }

  #sweep(nowMs: number, settled: Entry[]): void {
    if (nowMs < this.#nextExpiryMs) return;
    // Computed anew here and only lowered in between: it may be early, never late.
    let nextMs = Infinity;
    for (const list of [this.#queued, this.#waiting]) {
      let entry = list.head;
      while (entry !== undefined) {
        const following = entry.next;
        if (entry.expiresAtMs <= nowMs) this.#remove(entry, "expired", settled);
        else if (entry.expiresAtMs < nextMs) nextMs = entry.expiresAtMs;
        entry = following;
      }
    }
    this.#nextExpiryMs = nextMs;
  }
}

function drop(entry: Entry, reason: DropReason, settled: Entry[]): void {
  entry.settle({ status: "dropped", reason });
  settled.push(entry);
}

function checkTtl(ttlMs: number): void {
  checkMs("ttlMs", ttlMs, true);
  if (ttlMs === 0) throw new RangeError("ttlMs is 0: it must be more than 0, or Infinity");
}
