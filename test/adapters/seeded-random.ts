// Random numbers that are the same for the same seed, so that a failed run can be run again.
// Owns no assertion. Host-neutral.

/** Gives numbers of at least 0 and below 1 (mulberry32: small, and the same on every host). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
