// Where the hosts that npm has are installed: a folder with a package.json of its own, because a
// registry without one of their binaries would fail `npm ci` of the project.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../run.mjs";

/** The package.json of that folder. */
export const runtimes = join(root, "test", "hosts", "runtimes", "package.json");

/** The path of something in its node_modules. */
export const installed = (path) => join(runtimes, "..", "node_modules", path);

/** The version that is installed of one of its packages. */
export const versionOf = (name) =>
  JSON.parse(readFileSync(installed(`${name}/package.json`), "utf8")).version;
