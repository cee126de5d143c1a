// orderedSetTable: one row a key, in the order of the keys.
//
// Owns the traversal: first, last, next, prev, and folds from the end. The order is term-order.ts, the
// tree that keeps it ordered-map.ts; everything else is set-face.ts and table-face.ts.

import { dispose } from "../../kernel/disposal.js";
import { SetFace } from "./set-face.js";
import type { DefaultKey, OrderedSetTable, TableOptions } from "./table.js";
import { type CoreOptions, TableCore } from "./table-core.js";
import { fold } from "./table-face.js";
import { type AnyRow, OrderedRows } from "./table-rows.js";

/**
 * Makes a table with one row a key, in the order of the keys. Every operation on one key is O(log n);
 * a search whose pattern bounds the key looks only at what is within.
 *
 * Keys are in Erlang's order of terms: numbers and bigints < `false` < `null` < `true` < `undefined` <
 * dates < plain objects < arrays < strings < bytes; arrays item by item, a prefix first. NaN is no key.
 * `1` and `1n` are the same key, as `1` and `1.0` are in OTP.
 *
 * @example
 * ```ts
 * const readings = orderedSetTable<[at: number, celsius: number]>({ access: "public" });
 * readings.insert([1_000, 20.5], [2_000, 21], [3_000, 19]);
 * readings.next(1_500); // 2000: that key need not be there
 * readings.select({ 0: { $gte: 2_000 } }, 1); // [21, 19]
 * readings.match({}, { limit: 1, reverse: true }); // [[3000, 19]], the latest
 * ```
 *
 * **When not to use it.** Where nobody asks for an order or a range, `setTable` is faster and takes any
 * key.
 *
 * @throws TypeError for options that are none.
 * Source: OTP ets, `ordered_set`.
 */
export function orderedSetTable<Row extends object, K extends keyof Row = DefaultKey<Row>>(
  ...[options]: Row extends readonly unknown[]
    ? [options?: TableOptions<Row, K>]
    : [options: TableOptions<Row, K>]
): OrderedSetTable<Row, K> {
  const core = new TableCore<OrderedRows>(
    "orderedSet",
    options as CoreOptions | undefined,
    new OrderedRows(),
    (same, process) => new OrderedSetFace(same, process),
  );
  return new OrderedSetFace(core, core.owner) as unknown as OrderedSetTable<Row, K>;
}

class OrderedSetFace extends SetFace<OrderedRows> {
  first(): unknown {
    return this.core.read("read", this.actor).edge({}, false)?.key;
  }

  last(): unknown {
    return this.core.read("read", this.actor).edge({}, true)?.key;
  }

  next(key: unknown): unknown {
    const rows = this.core.read("read", this.actor);
    rows.checkKey("The key", key);
    return rows.edge({ from: { key, open: true } }, false)?.key;
  }

  prev(key: unknown): unknown {
    const rows = this.core.read("read", this.actor);
    rows.checkKey("The key", key);
    return rows.edge({ to: { key, open: true } }, true)?.key;
  }

  foldr(step: (row: AnyRow, acc: unknown) => unknown, initial: unknown): unknown {
    return fold(this.core.read("read", this.actor).all(true), step, initial);
  }

  [dispose](): void {
    this.deleteTable();
  }
}
