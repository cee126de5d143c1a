// The heartbeat of a WebSocket: whether the far end is still there.
//
// Owns the beat, the deadline of an answer, and what a late timer means. Any message that comes is a
// sign of life. A page that is hidden has its timers held back for up to a minute, and a machine that
// slept runs them all at once, before it has read what the network brought: so a deadline that fires
// late asks once more, and only the second silence is the end. It knows no socket.

import type { SelfBase, SentLater } from "../../behaviours/self.js";
import type { Info } from "../../kernel/process.js";
import type { OutboxData } from "./message-bytes.js";
import type { HeartbeatOptions, SocketMessage } from "./options.js";

class Beat {}
class Deadline {}

/** A timer this late has been held back, or the machine slept. */
const LATE_MS = 1_000;

/** The heartbeat of one client, from link to link. */
export class Heartbeat {
  readonly #self: Pick<SelfBase, "platform" | "sendAfter">;
  readonly #options: HeartbeatOptions;
  readonly #send: (frame: OutboxData) => void;
  readonly #lost: (timeoutMs: number) => void;
  #beat: SentLater | undefined;
  #deadline: SentLater | undefined;
  /** When the deadline is due, by both clocks: the monotonic one may stand still in a sleep. */
  #dueMs = 0;
  #dueWallMs = 0;
  #askedTwice = false;

  constructor(
    self: Pick<SelfBase, "platform" | "sendAfter">,
    options: HeartbeatOptions,
    send: (frame: OutboxData) => void,
    lost: (timeoutMs: number) => void,
  ) {
    this.#self = self;
    this.#options = options;
    this.#send = send;
    this.#lost = lost;
  }

  /** A link is open. */
  start(): void {
    this.stop();
    this.#beat = this.#self.sendAfter(this.#options.everyMs, new Beat());
  }

  /** There is no link. */
  stop(): void {
    this.#beat?.cancel();
    this.#beat = undefined;
    this.alive();
  }

  /** Something came. */
  alive(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
    this.#askedTwice = false;
  }

  /** Asks now: the host came back, and nobody knows what became of the link. */
  probe(): void {
    const { frame = "ping" } = this.#options;
    this.#send(typeof frame === "function" ? frame() : frame);
    if (this.#deadline === undefined) this.#arm();
  }

  /** Whether a message is only an answer to a heartbeat. */
  isReply(message: SocketMessage): boolean {
    const { reply = "pong" } = this.#options;
    return typeof reply === "function" ? reply(message) : reply === message;
  }

  /** To be called with every info message. True if it was one of the heartbeat's own. */
  info(message: Info): boolean {
    if (message.type !== "message") return false;
    if (message.message instanceof Beat) {
      if (this.#beat === undefined) return true;
      this.#beat = this.#self.sendAfter(this.#options.everyMs, message.message);
      this.probe();
    } else if (message.message instanceof Deadline) {
      if (this.#deadline !== undefined) this.#onDeadline();
    } else return false;
    return true;
  }

  #arm(): void {
    const { platform } = this.#self;
    const timeoutMs = this.#timeoutMs;
    this.#dueMs = platform.now() + timeoutMs;
    this.#dueWallMs = platform.wallTime() + timeoutMs;
    this.#deadline = this.#self.sendAfter(timeoutMs, new Deadline());
  }

  #onDeadline(): void {
    const { platform } = this.#self;
    const lateMs = Math.max(platform.now() - this.#dueMs, platform.wallTime() - this.#dueWallMs);
    this.#deadline = undefined;
    if (lateMs >= LATE_MS && !this.#askedTwice) {
      this.#askedTwice = true;
      this.probe();
    } else this.#lost(this.#timeoutMs);
  }

  get #timeoutMs(): number {
    return this.#options.timeoutMs ?? this.#options.everyMs;
  }
}
