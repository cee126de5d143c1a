// How many cores a host of the web's kind says it has.
//
// Owns the question alone. Browsers may round the number down, and some hosts do not tell: then it is
// undefined, and whoever asks decides. It starts nothing.

/** The cores of this host; undefined where it does not tell. */
export function cores(): number | undefined {
  const { navigator } = globalThis as { navigator?: { readonly hardwareConcurrency?: unknown } };
  const count = navigator?.hardwareConcurrency;
  return typeof count === "number" ? count : undefined;
}
