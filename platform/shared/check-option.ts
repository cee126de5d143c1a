// The checks of options for host capabilities, which import nothing of src at run time.
//
// Owns the wording of what is wrong with a number or a text. It knows no option by name, and it is
// for files of platform/ alone: src has its own checks in the kernel.

const MAX_TIMER_MS = 2_147_483_647;

/**
 * @throws RangeError unless `value` is a whole number from `min` to `max`.
 */
export function checkWhole(name: string, value: unknown, min: number, max: number): void {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new RangeError(`${name} is ${shown(value)}: it must be a whole number, ${min} to ${max}`);
  }
}

/**
 * @throws RangeError unless `value` is a time in milliseconds that a timer can hold.
 */
export function checkTime(name: string, value: unknown): void {
  if (typeof value !== "number" || !(value >= 0 && value <= MAX_TIMER_MS)) {
    throw new RangeError(
      `${name} is ${shown(value)}: it must be a number of milliseconds, 0 to ${MAX_TIMER_MS}`,
    );
  }
}

/**
 * @throws TypeError unless `value` is a text that is not empty.
 */
export function checkText(name: string, value: unknown): void {
  if (typeof value !== "string" || value === "") {
    throw new TypeError(`${name} is ${shown(value)}: it must be a text that is not empty`);
  }
}

/**
 * @throws RangeError unless `value` is one of `allowed`.
 */
export function checkOneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) {
    throw new RangeError(
      `${name} is ${shown(value)}: it must be ${allowed.map(shown).join(" or ")}`,
    );
  }
}

/** A value as its reader wrote it: the text "502" is not the number 502. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "an array" : "an object";
}
