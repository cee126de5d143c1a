// The types of scripts/hosts/bundle.mjs that tests look at.

/** Bundles a host's file with all suites on what was built; resolves with the path of the bundle. */
export function bundleHost(
  host: string,
  options: {
    readonly as: string;
    readonly url: string;
    readonly part: string;
    readonly conditions?: readonly string[];
    readonly format?: "esm" | "iife";
  },
): Promise<string>;
