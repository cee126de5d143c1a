// What package.json promises, as the tests of the package ask for it: its entries and conditions.
// Judges nothing; the tests in test/packaging do.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./source-tree.js";

/** What one path of `exports` stands for: a file, or one for each condition. */
export type Target = string | { readonly [condition: string]: Target };

/** The fields of package.json that are looked at here. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, Target>>;
  readonly [field: string]: unknown;
}

/** Reads a JSON file of the project. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

/** package.json. */
export const manifest: Manifest = readJson("package.json");

/** The names of all entries, as a user imports them. */
export const entries: readonly string[] = Object.keys(manifest.exports)
  .filter((path) => path !== "./package.json")
  .map((path) => path.replace(".", manifest.name));

/**
 * The file that a host with these conditions is given, with any export condition, or `undefined`
 * where the entry does not exist for it.
 */
export function resolveEntry(entry: string, conditions: readonly string[]): string | undefined {
  const find = (target: Target | undefined): string | undefined => {
    if (target === undefined || typeof target === "string") return target;
    for (const [condition, inner] of Object.entries(target)) {
      if (condition !== "default" && !conditions.includes(condition)) continue;
      const found = find(inner);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return find(manifest.exports[entry.replace(manifest.name, ".")]);
}

/** The source of what a bundler for a host with these conditions is given. */
export function sourceOf(entry: string, conditions: readonly string[]): string | undefined {
  const built = resolveEntry(entry, [...conditions, "module"]);
  return built?.replace("./dist/", "").replace(/js$/, "ts");
}
