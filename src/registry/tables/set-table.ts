// setTable: one row a key, found in constant time.
//
// Owns the making of one. What it can do is set-face.ts, and table-face.ts for what all kinds can; the
// rows are table-rows.ts.

import { dispose } from "../../kernel/disposal.js";
import { SetFace } from "./set-face.js";
import type { DefaultKey, SetTable, TableOptions } from "./table.js";
import { type CoreOptions, TableCore } from "./table-core.js";
import { SetRows } from "./table-rows.js";

/**
 * Makes a table with one row a key: rows that processes share without asking each other.
 *
 * A row is an object whose `key` field is its key, or a tuple whose first item is. Arrays, plain objects,
 * dates and bytes are keys by what they hold, all else by identity; NaN is none.
 *
 * @example
 * ```ts
 * interface User { readonly id: string; readonly city: string; readonly age: number }
 * const users = setTable<User, "id">({ key: "id", access: "public" });
 * users.insert({ id: "ada", city: "London", age: 36 });
 * users.lookup("ada")?.city; // "London"
 * users.select({ city: "London", age: { $gte: 18 } }, "id"); // ["ada"]
 * ```
 *
 * **When not to use it.** Inside one process a Map does the same. A table is for what several read, and
 * for what must outlive the process that made it.
 *
 * @throws TypeError for options that are none.
 * Source: OTP ets, `set`.
 */
export function setTable<Row extends object, K extends keyof Row = DefaultKey<Row>>(
  ...[options]: Row extends readonly unknown[]
    ? [options?: TableOptions<Row, K>]
    : [options: TableOptions<Row, K>]
): SetTable<Row, K> {
  const core = new TableCore<SetRows>(
    "set",
    options as CoreOptions | undefined,
    new SetRows(),
    (same, process) => new PlainSetFace(same, process),
  );
  return new PlainSetFace(core, core.owner) as unknown as SetTable<Row, K>;
}

class PlainSetFace extends SetFace<SetRows> {
  [dispose](): void {
    this.deleteTable();
  }
}
