// Checks the arguments of a request before anything of it exists (MB-2).
//
// Owns the limits' wording: every error names the function, the argument, its value, the range and
// the way out. TypeError for a value of the wrong type, RangeError for a number out of range (NaN
// and fractions are numbers). Knows no function: each brings its own limits.

/** The number of addresses in each of the four data spaces. */
export const ADDRESS_SPACE: number = 65_536;

/** Throws unless `value` is a whole number from `min` to `max`. */
export function checkInteger(
  action: string,
  what: string,
  value: unknown,
  min: number,
  max: number,
  remedy = "",
): void {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot ${action}: ${what} is ${shown(value)}, but must be a number from ${min} to ${max}`,
    );
  }
  if (!Number.isInteger(value) || value < min || value > max) {
    const way = remedy === "" ? "" : `; ${remedy}`;
    throw new RangeError(
      `Cannot ${action}: ${what} is ${value}, ` +
        `but must be a whole number from ${min} to ${max}${way}`,
    );
  }
}

/** Throws unless `unit` can stand in a frame: a whole number, 0 to 255. */
export function checkUnit(unit: unknown): void {
  checkInteger(
    "address a Modbus unit",
    "unit",
    unit,
    0,
    255,
    "units of a serial line are 1 to 247",
  );
}

/** Throws unless `address` starts `quantity` addresses that exist; `quantity` is checked before. */
export function checkSpan(action: string, what: string, address: unknown, quantity: number): void {
  checkInteger(action, what, address, 0, ADDRESS_SPACE - 1);
  const end = (address as number) + quantity;
  if (end > ADDRESS_SPACE) {
    throw new RangeError(
      `Cannot ${action}: ${what} ${address} + quantity ${quantity} is ${end}, ` +
        `but must be at most ${ADDRESS_SPACE}; the last address is ${ADDRESS_SPACE - 1}`,
    );
  }
}

/** Throws unless `values` is an array of `1` to `max` elements that each pass `check`. */
export function checkValues(
  action: string,
  values: unknown,
  max: number,
  check: (what: string, value: unknown) => void,
): void {
  if (!Array.isArray(values)) {
    throw new TypeError(`Cannot ${action}: values is ${shown(values)}, but must be an array`);
  }
  if (values.length < 1 || values.length > max) {
    const way = values.length > max ? "; write in several requests" : "";
    throw new RangeError(
      `Cannot ${action}: values has ${values.length} elements, but must have 1 to ${max}${way}`,
    );
  }
  // By index, not forEach: that skips the holes of a sparse array, which are as wrong as undefined.
  for (let at = 0; at < values.length; at++) check(`values[${at}]`, values[at]);
}

/** Throws unless `value` is a boolean: 1 and "on" have surprised people before. */
export function checkBoolean(action: string, what: string, value: unknown): void {
  if (typeof value !== "boolean") {
    throw new TypeError(`Cannot ${action}: ${what} is ${shown(value)}, but must be true or false`);
  }
}

/** A value for a sentence: strings in quotes, objects by their kind only. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? "an array" : "an object";
  return typeof value === "function" ? "a function" : String(value);
}
