// The sending half of a WebSocket's client: the outbox, and the socket that empties it.
//
// Owns when a message is handed to the socket (not above the high water, WS-5), when it expires, and
// what its sender is told. It outlives every socket: what waits is sent by the next one (WS-4). A
// message is `sent` when a socket took it; whether it arrived, nobody here knows: at most once.

import type { SelfBase, SentLater } from "../../behaviours/self.js";
import { MAX_TIMER_MS } from "../../kernel/errors.js";
import type { Info } from "../../kernel/process.js";
import { MessageDropped, type SocketClosed } from "./errors.js";
import type { OutboxData } from "./message-bytes.js";
import type { WebSocketOptions } from "./options.js";
import { createOutbox, type Outbox } from "./outbox.js";
import type { OutboxEntry, OutboxOutcome } from "./outbox-entry.js";
import type { Socket } from "./socket.js";

/** What a sender is told: `sent`, or why not. */
export type SendOutcome = "sent" | { readonly why: unknown };

class Drained {}
class Expired {}

/** Nobody tells when a socket's buffer has drained: it is looked at, ever less often. */
const FIRST_LOOK_MS = 4;
const LAST_LOOK_MS = 128;

/** The outbox of one client and its way out. */
export class Sender {
  readonly #self: Pick<SelfBase, "platform" | "sendAfter">;
  readonly #options: WebSocketOptions;
  #outbox: Outbox;
  #socket: Socket | null = null;
  /** Why nothing will be sent any more, until `reopen`. */
  #closed: SocketClosed | MessageDropped | undefined;
  /** The high water was reached, and the low water was not since. */
  #isHeld = false;
  #look: SentLater | undefined;
  #lookMs = FIRST_LOOK_MS;
  #expiry: SentLater | undefined;
  #expiryAtMs = Number.POSITIVE_INFINITY;
  /** Set while a message is dropped because `send` threw at it. */
  #fault: unknown;
  #sent = 0;
  #dropped = 0;

  constructor(self: Pick<SelfBase, "platform" | "sendAfter">, options: WebSocketOptions) {
    this.#self = self;
    this.#options = options;
    this.#outbox = createOutbox(options.outbox);
  }

  /** Messages that a socket took. */
  get sent(): number {
    return this.#sent;
  }

  /** Messages that were dropped, for whatever reason. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Messages that wait, those outside of the bounds included, and the bytes within them. */
  get waiting(): { readonly count: number; readonly bytes: number } {
    return {
      count: this.#outbox.count + this.#outbox.waiting,
      bytes: this.#outbox.bytes,
    };
  }

  /**
   * Takes a message. `settled` is told its end, perhaps before this returns. Gives what takes the
   * message back.
   *
   * @throws what the outbox throws: OutboxFull, RangeError, TypeError. Nothing was queued then.
   */
  push(
    data: OutboxData,
    ttlMs: number | undefined,
    settled: (outcome: SendOutcome) => void,
  ): () => void {
    const onSettled = (outcome: OutboxOutcome): void => {
      if (outcome.status === "sent") {
        this.#sent++;
        settled("sent");
        return;
      }
      this.#dropped++;
      const why = this.#fault ?? this.#closed ?? new MessageDropped(outcome.reason);
      settled({ why });
    };
    const nowMs = this.#self.platform.now();
    const outbox = this.#outbox;
    const entry = outbox.push(data, { nowMs, ttlMs, onSettled });
    this.#flush();
    this.#watchExpiry();
    return () => void outbox.cancel(entry);
  }

  /** A message was refused before it was queued, and nobody was told. */
  refused(): void {
    this.#dropped++;
  }

  /** A socket is open. */
  attach(socket: Socket): void {
    this.#socket = socket;
    this.#flush();
  }

  /** The socket is gone; what waits stays. */
  detach(): void {
    this.#socket = null;
    this.#isHeld = false;
    this.#lookMs = FIRST_LOOK_MS;
    this.#look?.cancel();
    this.#look = undefined;
  }

  /** There will be no socket: refuses what waits, and what comes, with `why`. */
  close(why: SocketClosed | MessageDropped): void {
    this.#closed = why;
    this.#outbox.close();
    this.#watchExpiry();
  }

  /** There may be a socket again. */
  reopen(): void {
    if (this.#closed === undefined) return;
    this.#closed = undefined;
    this.#outbox = createOutbox(this.#options.outbox);
  }

  /** To be called with every info message. True if it was one of the sender's own. */
  info(message: Info): boolean {
    if (message.type !== "message") return false;
    if (message.message instanceof Drained) {
      this.#look = undefined;
      this.#flush();
    } else if (message.message instanceof Expired) {
      this.#expiry = undefined;
      this.#expiryAtMs = Number.POSITIVE_INFINITY;
      this.#outbox.expire(this.#self.platform.now());
      this.#watchExpiry();
    } else return false;
    return true;
  }

  /** Sends past the outbox: a heartbeat. Skipped above the high water: enough is on its way. */
  sendNow(data: OutboxData): void {
    const socket = this.#socket;
    if (socket?.isOpen && socket.bufferedAmount < this.#highWater) socket.send(data);
  }

  get #highWater(): number {
    return this.#options.highWaterBytes ?? 1_048_576;
  }

  #flush(): void {
    const socket = this.#socket;
    if (socket === null || !socket.isOpen) return;
    if (this.#isHeld) {
      const { lowWaterBytes = Math.floor(this.#highWater / 4) } = this.#options;
      if (socket.bufferedAmount > lowWaterBytes) {
        this.#lookAgain();
        return;
      }
      this.#isHeld = false;
      this.#lookMs = FIRST_LOOK_MS;
    }
    for (;;) {
      const entry = this.#outbox.peek(this.#self.platform.now());
      if (entry === undefined) return;
      if (socket.bufferedAmount >= this.#highWater) {
        this.#isHeld = true;
        this.#lookAgain();
        return;
      }
      if (!this.#hand(entry, socket)) return;
    }
  }

  /** Hands a message to the socket. False if the socket has failed: the message waits for the next. */
  #hand(entry: OutboxEntry, socket: Socket): boolean {
    try {
      socket.send(entry.data);
    } catch (error) {
      if (!socket.isOpen) return false;
      // The message is at fault, not the socket: it must not keep those behind it.
      this.#fault = error;
      this.#outbox.cancel(entry);
      this.#fault = undefined;
      return true;
    }
    this.#outbox.commit(entry);
    return true;
  }

  #lookAgain(): void {
    if (this.#look !== undefined || this.#outbox.count === 0) return;
    this.#look = this.#self.sendAfter(this.#lookMs, new Drained());
    this.#lookMs = Math.min(this.#lookMs * 2, LAST_LOOK_MS);
  }

  #watchExpiry(): void {
    const atMs = this.#outbox.nextExpiryMs;
    if (atMs === this.#expiryAtMs) return;
    this.#expiry?.cancel();
    this.#expiry = undefined;
    this.#expiryAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    const leftMs = Math.max(atMs - this.#self.platform.now(), 0);
    this.#expiry = this.#self.sendAfter(Math.min(leftMs, MAX_TIMER_MS), new Expired());
  }
}
