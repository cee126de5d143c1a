// bagTable and duplicateBagTable: any number of rows a key.
//
// Owns what they have beside the rest: lookup and take, which give lists. Whether a row may be there
// twice is the only difference between the two.

import { dispose } from "../../kernel/disposal.js";
import type { BagTable, DefaultKey, TableOptions } from "./table.js";
import { type CoreOptions, TableCore } from "./table-core.js";
import { TableFace } from "./table-face.js";
import { type AnyRow, BagRows } from "./table-rows.js";

/**
 * Makes a table with any number of rows a key, each of them once: a row that is there already (by what
 * it holds) is ignored. Rows of a key stay in the order in which they came. Putting one in looks at all
 * rows of its key.
 *
 * @example
 * ```ts
 * const topics = bagTable<[topic: string, subscriber: string]>({ access: "public" });
 * topics.insert(["news", "ada"], ["news", "grace"], ["news", "ada"]);
 * topics.lookup("news"); // [["news", "ada"], ["news", "grace"]]
 * ```
 *
 * @throws TypeError for options that are none.
 * Source: OTP ets, `bag`.
 */
export function bagTable<Row extends object, K extends keyof Row = DefaultKey<Row>>(
  ...[options]: Row extends readonly unknown[]
    ? [options?: TableOptions<Row, K>]
    : [options: TableOptions<Row, K>]
): BagTable<Row, K> {
  return makeBag("bag", options as CoreOptions) as unknown as BagTable<Row, K>;
}

/**
 * Makes a table with any number of rows a key, equal ones included. Putting one in takes constant time.
 *
 * @example
 * ```ts
 * const log = duplicateBagTable<[level: string, text: string]>();
 * log.insert(["warn", "again"], ["warn", "again"]);
 * log.size; // 2
 * ```
 *
 * @throws TypeError for options that are none.
 * Source: OTP ets, `duplicate_bag`.
 */
export function duplicateBagTable<Row extends object, K extends keyof Row = DefaultKey<Row>>(
  ...[options]: Row extends readonly unknown[]
    ? [options?: TableOptions<Row, K>]
    : [options: TableOptions<Row, K>]
): BagTable<Row, K> {
  return makeBag("duplicateBag", options as CoreOptions) as unknown as BagTable<Row, K>;
}

function makeBag(kind: "bag" | "duplicateBag", options: CoreOptions | undefined): BagFace {
  const core = new TableCore<BagRows>(
    kind,
    options,
    new BagRows(kind === "duplicateBag"),
    (same, process) => new BagFace(same, process),
  );
  return new BagFace(core, core.owner);
}

class BagFace extends TableFace<BagRows> {
  lookup(key: unknown): AnyRow[] {
    return this.core.read("look into", this.actor).list(key);
  }

  take(key: unknown): readonly AnyRow[] {
    return this.core.write("take from", this.actor).take(key);
  }

  [dispose](): void {
    this.deleteTable();
  }
}
