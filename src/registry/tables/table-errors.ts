// The errors of tables: what is wrong with the moment, not with the arguments.
//
// Owns the three classes, and their words apart from them: whoever may only get such an error from another
// realm needs the class alone. Wrong arguments are TypeError and RangeError, thrown before anything is
// changed, where they are checked.

import { type Worded, WordedError } from "../../kernel/errors.js";
import { type ExitReason, formatReason, printed } from "../../kernel/exit-reason.js";

/** A table was used after its end: it was deleted, or ended with its owner because nobody inherited. */
export class TableEnded extends WordedError<TableEnded> {
  override readonly name: string = "TableEnded";
  readonly code: "table-ended" = "table-ended";
  /** The table's name. */
  declare readonly table: string;
  /** The exit reason of the owner it ended with; undefined if it was deleted. */
  declare readonly reason: ExitReason | undefined;
}

/** A process used a table in a way that only its owner may. */
export class TableAccess extends WordedError<TableAccess> {
  override readonly name: string = "TableAccess";
  readonly code: "table-access" = "table-access";
  /** The table's name. */
  declare readonly table: string;
  /** The table's access: `public`, `protected` or `private`. */
  declare readonly access: string;
  /** The owner, such as `holder#3`; `its creator` where no process owns it. */
  declare readonly owner: string;
  /** Who asked. */
  declare readonly process: string;
}

/** A counter of a row that is not there was to be updated, and no row to begin with was given. */
export class NoSuchRow extends WordedError<NoSuchRow> {
  override readonly name: string = "NoSuchRow";
  readonly code: "no-such-row" = "no-such-row";
  /** The table's name. */
  declare readonly table: string;
  declare readonly key: unknown;
}

/** The error of a table that has ended: with its owner, or deleted. */
export function tableEnded(
  action: string,
  table: string,
  owner?: { label: string; reason: ExitReason },
): TableEnded {
  const why =
    owner === undefined
      ? "it was deleted"
      : `it ended with its owner ${owner.label} (${formatReason(owner.reason)}); ` +
        `give it an heir that outlives its owner`;
  return new TableEnded({
    message: `Cannot ${action} ${table}: ${why}`,
    table,
    reason: owner?.reason,
  });
}

/** The error of `process`, which is not the owner. */
export function tableAccess(
  action: string,
  detail: Omit<Worded<TableAccess>, "message">,
): TableAccess {
  const { table, access, owner, process } = detail;
  const remedy =
    action === "give away" || action === "set the heir of"
      ? "only the owner may; send it a message"
      : 'send the owner a message, or make the table with access: "public"';
  const message = `Cannot ${action} ${table}: it is ${access} and belongs to ${owner}, and ${process} asked; ${remedy}`;
  return new TableAccess({ ...detail, message });
}

/** The error of a counter without a row. */
export function noSuchRow(action: string, table: string, key: unknown): NoSuchRow {
  const remedy = "pass a row to begin with as the third argument";
  const message = `Cannot ${action} ${table}: no row has the key ${printed(key)}; ${remedy}`;
  return new NoSuchRow({ message, table, key });
}
