// Builds dist/: rollup writes the JavaScript, TypeScript's compiler the declarations, side by side.
// Starts from an empty dist/, so that a removed source leaves nothing behind. With --if-stale it
// does nothing when dist/ is newer than everything it is made of. Runs on any Node ≥ 20,
// without node_modules too.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { provideNpm } from "./provide.mjs";
import { root, runNode } from "./run.mjs";

const dist = join(root, "dist");
// Outside dist/, which is published as it is.
const stamp = join(root, ".cache", "built");
const madeOf = [
  ...["src", "platform", "package.json", "scripts/build.mjs"],
  ...["rollup.config.mjs", "tsconfig.base.json", "tsconfig.json"],
];

/** The time of the newest file under a path, in milliseconds. */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder's own time changes when a file is removed.
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function isFresh() {
  if (!existsSync(dist) || !existsSync(stamp)) return false;
  return madeOf.every((path) => newest(join(root, path)) < statSync(stamp).mtimeMs);
}

async function build() {
  if (!(await provideNpm())) return false;
  const started = new Date();
  rmSync(stamp, { force: true });
  rmSync(dist, { recursive: true, force: true });
  const results = await Promise.all([
    runNode(["node_modules/rollup/dist/bin/rollup", "--silent", "-c"]),
    runNode([
      "node_modules/@typescript/native/bin/tsc",
      ...["-p", "tsconfig.json", "--noEmit", "false", "--emitDeclarationOnly"],
      ...["--outDir", "dist", "--sourceMap", "false", "--inlineSources", "false"],
    ]),
  ]);
  for (const { output } of results) if (output) process.stdout.write(output);
  if (results.some(({ code }) => code !== 0)) return false;
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(stamp, "");
  // What was edited during the build is newer than the stamp.
  utimesSync(stamp, started, started);
  return true;
}

if (!(process.argv.includes("--if-stale") && isFresh()) && !(await build())) process.exitCode = 1;
