// What scripts/hosts/bundle.mjs makes for each host: all entries of package.json that resolve there.
declare module "troupe-entries" {
  /** By the name that they are imported by. */
  export const entries: Readonly<Record<string, object>>;
}

// What scripts/worker-source.mjs makes of a worker's file below test/.
declare module "worker-source:*" {
  /** Its text, bundled for this host. */
  export const source: string;
}
