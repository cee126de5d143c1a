// The TypeScript compilers that users of the package may have: the newest two, and the oldest that the
// README promises. Runs none of them; the tests of the package do.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./source-tree.js";

const modules = join(root, "node_modules");
const oldest = JSON.parse(readFileSync(join(modules, "typescript-floor/package.json"), "utf8"));

/** The name of the oldest, such as `TypeScript 5.4`. */
export const floor: string = `TypeScript ${oldest.version.split(".", 2).join(".")}`;

/** The scripts that run them, by their names. */
export const compilers: Readonly<Record<string, string>> = {
  "TypeScript 7": join(modules, "@typescript/native/bin/tsc"),
  "TypeScript 6": join(modules, "typescript/bin/tsc6"),
  [floor]: join(modules, "typescript-floor/bin/tsc"),
};
