// The types of scripts/hosts/list.mjs that tests look at.

/** Every host of the matrix; one run may give several rows. */
export const hosts: readonly {
  readonly rows: readonly { readonly name: string; readonly lacks?: readonly string[] }[];
}[];
