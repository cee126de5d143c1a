// A snapshot that stays the same object until something in it changes.
//
// Owns the comparison only. A view runs after every handler, and most handlers change nothing that
// is shown: a new object each time would make every user interface draw itself again.

/** Gives `before` if each of its properties is the same in `now`, else `now`. One level deep. */
export function unchanged<T extends object>(before: T | undefined, now: T): T {
  if (before === undefined) return now;
  for (const key of Object.keys(now) as (keyof T)[]) {
    if (!Object.is(before[key], now[key])) return now;
  }
  return before;
}
