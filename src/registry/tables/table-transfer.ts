// TableTransfer: what a process is told when a table has become its own.
//
// Owns the message, OTP's ETS-TRANSFER. It is a plain message (`info` gets `{ type: "message" }`), so
// that the kernel need not know of tables. Nothing is decided here.

import type { ActorRef } from "../../kernel/actor-ref.js";

/**
 * A table has become this process's own: by `giveAway`, or because its owner ended and this is the
 * heir.
 *
 * @example
 * ```ts
 * const Heir = genServer({
 *   id: "heir",
 *   init: (): { hits?: SetTable<[page: string, count: number], 0> } => ({}),
 *   info(self, message) {
 *     if (message.type !== "message" || !(message.message instanceof TableTransfer)) return;
 *     self.state.hits = message.message.table;
 *   },
 * });
 * ```
 */
export class TableTransfer<T = unknown> {
  /** The table, as its new owner uses it. `instanceof` leaves its type open: say which it is. */
  readonly table: T;
  /** Who had it before; null if it belonged to its creator outside of processes. */
  readonly from: ActorRef | null;
  /** What `giveAway` was given, or `heirData`. */
  readonly data: unknown;

  constructor(table: T, from: ActorRef | null, data: unknown) {
    this.table = table;
    this.from = from;
    this.data = data;
  }
}
