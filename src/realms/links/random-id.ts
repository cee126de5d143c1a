// Ids that cannot be guessed: of a realm's life, and of refs shown to peers that are not trusted.
//
// Owns the step from the host's randomness to text. Made when first needed: edge runtimes refuse
// randomness while modules load. Platform.random is not for this: a virtual one repeats itself.

/** 128 random bits, as 32 hexadecimal digits. */
export function randomId(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
