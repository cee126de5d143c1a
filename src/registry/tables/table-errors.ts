// The errors of tables: what is wrong with the moment, not with the arguments.
//
// Owns the three classes. Wrong arguments are TypeError and RangeError, thrown before anything is
// changed, where they are checked.

import { ActorError } from "../../kernel/errors.js";
import { type ExitReason, formatReason, printed } from "../../kernel/exit-reason.js";

/** A table was used after its end: it was deleted, or ended with its owner because nobody inherited. */
export class TableEnded extends ActorError {
  override readonly name: string = "TableEnded";
  readonly code: "table-ended" = "table-ended";
  /** The table's name. */
  readonly table: string;
  /** The exit reason of the owner it ended with; undefined if it was deleted. */
  readonly reason: ExitReason | undefined;

  constructor(action: string, table: string, owner?: { label: string; reason: ExitReason }) {
    super(
      `Cannot ${action} ${table}: ${
        owner === undefined
          ? "it was deleted"
          : `it ended with its owner ${owner.label} (${formatReason(owner.reason)}); ` +
            `give it an heir that outlives its owner`
      }`,
    );
    this.table = table;
    this.reason = owner?.reason;
  }
}

/** A process used a table in a way that only its owner may. */
export class TableAccess extends ActorError {
  override readonly name: string = "TableAccess";
  readonly code: "table-access" = "table-access";
  /** The table's name. */
  readonly table: string;
  /** The table's access: `public`, `protected` or `private`. */
  readonly access: string;
  /** The owner, such as `holder#3`; `its creator` where no process owns it. */
  readonly owner: string;
  /** Who asked. */
  readonly process: string;

  constructor(detail: {
    action: string;
    table: string;
    access: string;
    owner: string;
    process: string;
    remedy: string;
  }) {
    const { action, table, access, owner, process, remedy } = detail;
    super(
      `Cannot ${action} ${table}: it is ${access} and belongs to ${owner}, and ${process} asked; ${remedy}`,
    );
    this.table = table;
    this.access = access;
    this.owner = owner;
    this.process = process;
  }
}

/** A counter of a row that is not there was to be updated, and no row to begin with was given. */
export class NoSuchRow extends ActorError {
  override readonly name: string = "NoSuchRow";
  readonly code: "no-such-row" = "no-such-row";
  /** The table's name. */
  readonly table: string;
  readonly key: unknown;

  constructor(action: string, table: string, key: unknown) {
    super(
      `Cannot ${action} ${table}: no row has the key ${printed(key)}; pass a row to begin with as the third argument`,
    );
    this.table = table;
    this.key = key;
  }
}
