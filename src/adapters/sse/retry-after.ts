// Retry-After: how long a server asks its clients to stay away.
//
// Owns the field's two forms, seconds and HTTP-date (RFC 9110, sections 10.2.3 and 5.6.7), the
// three formats of a date included. It does not use Date.parse, which reads the format without a
// zone as local time. It caps nothing: what a client accepts is the client's decision.

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
/** `Sun, 06 Nov 1994 08:49:37 GMT`: day, month, year, hour, minute, second. */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;
/** `Sunday, 06-Nov-94 08:49:37 GMT`: the same, with a year of two digits. */
const RFC_850 = /^[A-Z][a-z]+day, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/;
/** `Sun Nov  6 08:49:37 1994`: month, day, hour, minute, second, year; always GMT. */
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;

/**
 * Reads a `Retry-After` value as the milliseconds from `wallTimeMs` on, 0 for a date that has
 * passed; `undefined` for no value, and for one that is neither seconds nor an HTTP-date.
 *
 * @param value what `headers.get("retry-after")` gave.
 * @param wallTimeMs the present time in milliseconds since 1970.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 *
 * @example
 * ```ts
 * retryAfterMs("120", wallTimeMs); // 120_000
 * ```
 */
export function retryAfterMs(
  value: string | null | undefined,
  wallTimeMs: number,
): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, Number.MAX_SAFE_INTEGER);
  const dateMs = httpDateMs(text, wallTimeMs);
  return dateMs === undefined ? undefined : Math.max(0, dateMs - wallTimeMs);
}

function httpDateMs(text: string, wallTimeMs: number): number | undefined {
  let parts = IMF_FIXDATE.exec(text);
  if (parts !== null) {
    const [, day, month, year, hour, minute, second] = parts;
    return utcMs(Number(year), month, [day, hour, minute, second]);
  }
  parts = RFC_850.exec(text);
  if (parts !== null) {
    const [, day, month, year, hour, minute, second] = parts;
    // The year of two digits that is not more than 50 years ahead (RFC 9110, section 5.6.7).
    const present = new Date(wallTimeMs).getUTCFullYear();
    let full = present - (present % 100) + Number(year);
    if (full > present + 50) full -= 100;
    return utcMs(full, month, [day, hour, minute, second]);
  }
  parts = ASCTIME.exec(text);
  if (parts === null) return undefined;
  const [, month, day, hour, minute, second, year] = parts;
  return utcMs(Number(year), month, [day, hour, minute, second]);
}

function utcMs(
  year: number,
  monthName: string | undefined,
  rest: readonly (string | undefined)[],
): number | undefined {
  const month = MONTHS.indexOf(monthName ?? "-") / 3;
  const [day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number);
  // A second of 60 is a leap second; Date.UTC makes the next minute of it.
  if (month < 0 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  return Date.UTC(year, month, day, hour, minute, second);
}
