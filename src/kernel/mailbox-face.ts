// A mailbox on its own, as its user reads it: what it can do, and how it may be told to differ.
//
// Owns the words and the types (M-1 to M-3). What they say is done in mailbox.ts; what a process says of its
// own mailbox is bound.ts.

import type { Overflow } from "./bound.js";
import type { Platform } from "./platform.js";

/** How a mailbox may be told to differ. */
export interface StandaloneOptions {
  /** How many messages may wait: a whole number of 0 or more. 0 is a rendezvous. Default: no bound. */
  readonly max?: number;
  /** What happens at the bound. Default `block`: senders wait for room. */
  readonly overflow?: Overflow;
  /** Its name in errors. Default `mailbox`. */
  readonly name?: string;
  /** The clock of `timeoutMs`, such as `self.platform`. Without it use `signal`. */
  readonly platform?: Pick<Platform, "setTimer" | "clearTimer">;
}

/** How long a sender waits. */
export interface SendOptions {
  /** Gives up when it aborts; what is still queued is taken out. */
  readonly signal?: AbortSignal;
  /** Gives up after so many milliseconds. Default: never. Needs the mailbox's `platform`. */
  readonly timeoutMs?: number;
}

/** A mailbox of its own. Read it with `for await`; several readers share what comes. */
export interface Mailbox<T> extends AsyncIterable<T>, Disposable {
  /** Messages that wait now. */
  readonly size: number;
  /** How many may wait; `Infinity` without a bound. */
  readonly capacity: number;
  /** True once `close` was called; what is queued can still be read. */
  readonly closed: boolean;
  /**
   * Queues a message and resolves: `true`, or `false` if it was dropped (`dropNewest`). Waits for
   * room where the policy is `block`.
   *
   * @throws (as rejections) MailboxFull under `reject`, MailboxClosed, CallTimeout, or the reason of
   * the signal.
   */
  cast(message: T, options?: SendOptions): Promise<boolean>;
  /** Queues a message at once, or throws MailboxFull or MailboxClosed; `false` if it was dropped. */
  tryCast(message: T): boolean;
  /**
   * Queues the message that `make` builds around a `reply` function, and resolves with what the
   * reader passes to it. Waits for room under `block`, and for the reply, as long as its options
   * say. Rejects as `cast` does.
   */
  call<Reply>(make: (reply: (value: Reply) => void) => T, options?: SendOptions): Promise<Reply>;
  /** As `call`, but rejects with MailboxFull at once where `call` would wait for room. */
  tryCall<Reply>(make: (reply: (value: Reply) => void) => T, options?: SendOptions): Promise<Reply>;
  /**
   * The messages for one reader, such as the `self` of an actor: once its signal aborts, it takes no
   * more, and its iteration ends. A reader without a signal that is killed while it waits would take
   * one message more, for nobody.
   */
  read(reader: { readonly signal: AbortSignal }): AsyncIterable<T>;
  /**
   * Takes no more messages. Senders who wait reject with MailboxClosed; what is queued can still be
   * read, then `for await` ends. Idempotent.
   */
  close(): void;
}
