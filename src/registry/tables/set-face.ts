// SetFace: what tables with one row a key have beside the rest, whatever their order.
//
// Owns lookup, take, and updates of a row in place (by a new row: whoever reads the old one goes on
// undisturbed). Counting is counter.ts; setTable and orderedSetTable are files of their own.

import { printed } from "../../kernel/exit-reason.js";
import { countOn, type Step } from "./counter.js";
import { noSuchRow } from "./table-errors.js";
import { TableFace } from "./table-face.js";
import type { AnyRow, UniqueRows } from "./table-rows.js";

/** A face of a table with one row a key. */
export class SetFace<R extends UniqueRows> extends TableFace<R> {
  lookup(key: unknown): AnyRow | undefined {
    return this.core.read("look into", this.actor).get(key);
  }

  take(key: unknown): AnyRow | undefined {
    return this.core.write("take from", this.actor).take(key)[0];
  }

  updateElement(key: unknown, changes: object): boolean {
    const rows = this.core.write("update", this.actor);
    if (typeof changes !== "object" || changes === null) {
      throw new TypeError(
        `changes is ${printed(changes)}: it must be an object of fields and their new values`,
      );
    }
    if (Object.hasOwn(changes, this.core.key)) {
      throw new TypeError(
        `changes has ${printed(this.core.key)}, the key of ${this.name}: delete the row and insert another`,
      );
    }
    const row = rows.get(key);
    if (row === undefined) return false;
    rows.put(this.#keyOf(row), Object.assign(copyOf(row), changes));
    return true;
  }

  updateCounter(key: unknown, steps: Step | readonly Step[], initial?: AnyRow): unknown {
    const rows = this.core.write("update", this.actor);
    const old = rows.get(key);
    const row = copyOf(old ?? this.#begin(key, initial));
    const list = Array.isArray(steps) ? (steps as readonly Step[]) : [steps as Step];
    const results = list.map((step) => countOn(row, step, this.core));
    rows.put(this.#keyOf(row), row);
    return Array.isArray(steps) ? results : results[0];
  }

  // A row keeps its own key where another one found it: 1 and 1n are equal in order.
  #keyOf(row: AnyRow): unknown {
    return (row as { [name: PropertyKey]: unknown })[this.core.key];
  }

  #begin(key: unknown, initial: AnyRow | undefined): AnyRow {
    if (initial === undefined) throw noSuchRow("count in", this.name, key);
    if (typeof initial !== "object" || initial === null) {
      throw new TypeError(`initial is ${printed(initial)}: it must be a row to begin with`);
    }
    return Object.assign(copyOf(initial), { [this.core.key]: key });
  }
}

function copyOf(row: AnyRow): AnyRow {
  return Array.isArray(row)
    ? row.slice()
    : Object.assign(Object.create(Object.getPrototypeOf(row)), row);
}
