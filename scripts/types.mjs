// Type-checks every tsconfig.json of the project with TypeScript 7: what ships, what ships without
// Node's types in sight, the tests, the type tests, the demo. Prints each configuration's verdict.
// Emits nothing; the build does.
import { readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root, runNode } from "./run.mjs";

const ignored = new Set(["node_modules", "dist", ".git", ".cache", "coverage"]);

/** All files below a folder that are the project's own. */
function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (ignored.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

const configurations = [...files(root)].filter((path) => path.endsWith("/tsconfig.json")).sort();
let failed = 0;
await Promise.all(
  configurations.map(async (path) => {
    const name = relative(root, path);
    if (![...files(dirname(path))].some((file) => /\.tsx?$/.test(file))) {
      console.log(`empty   ${name}: no source to check`);
      return;
    }
    const { code, output } = await runNode(["node_modules/@typescript/native/bin/tsc", "-p", path]);
    console.log(`${code === 0 ? "ok     " : "failed "} ${name}`);
    if (code === 0) return;
    failed++;
    process.stdout.write(output);
  }),
);
process.exitCode = failed > 0 ? 1 : 0;
