// Counting in a row, as OTP's update_counter does.
//
// Owns one step: its check, the sum, and the threshold. It changes the row it is given, which is a new
// one that nobody has seen: set-table.ts puts it in only when every step has gone well.

import { printed } from "../../kernel/exit-reason.js";

/** A step as it comes. */
export interface Step {
  readonly field: PropertyKey;
  readonly by: number | bigint;
  readonly threshold?: number | bigint;
  readonly setValue?: number | bigint;
}

/** Counts in `row`; gives the new value. */
export function countOn(
  row: object,
  step: Step,
  table: { readonly name: string; readonly key: PropertyKey },
): number | bigint {
  if (typeof step !== "object" || step === null) {
    throw new TypeError(
      `step is ${printed(step)}: it must be such as { field: "hits", by: 1 }, or an array of those`,
    );
  }
  const { field, by, threshold, setValue } = step;
  const fields = row as { [name: PropertyKey]: unknown };
  if (field === table.key) {
    throw new TypeError(
      `field is ${printed(field)}, the key of ${table.name}: a key does not count`,
    );
  }
  const value = fields[field];
  checkWhole(`${printed(field)} of the row`, value, undefined);
  checkWhole("by", by, value);
  if ((threshold === undefined) !== (setValue === undefined)) {
    throw new TypeError("threshold and setValue go together: give both, or neither");
  }
  let sum = ((value as number) + (by as number)) as number | bigint;
  if (threshold !== undefined && setValue !== undefined) {
    checkWhole("threshold", threshold, value);
    checkWhole("setValue", setValue, value);
    // OTP's rule: an increment of 0 looks upwards.
    if (by < 0 ? sum < threshold : sum > threshold) sum = setValue;
  }
  if (typeof sum === "number" && !Number.isSafeInteger(sum)) {
    throw new RangeError(
      `${printed(field)} would be ${sum}: it must stay within ±${Number.MAX_SAFE_INTEGER}; use a bigint for more`,
    );
  }
  fields[field] = sum;
  return sum;
}

/** Throws unless `value` counts, and as `like` does. */
function checkWhole(what: string, value: unknown, like: unknown): void {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) {
    throw new TypeError(`${what} is ${printed(value)}: it must be a whole number or a bigint`);
  }
  if (like !== undefined && typeof value !== typeof like) {
    throw new TypeError(
      `${what} is ${printed(value)}, and the counter is ${printed(like)}: both must be numbers, or both bigints`,
    );
  }
}
