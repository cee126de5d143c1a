// Builds dist/: rollup writes the JavaScript, TypeScript's compiler the declarations, side by side.
// Starts from an empty dist/, so that a removed source leaves nothing behind. Runs on any Node ≥ 20.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs one local tool; resolves with its exit code and what it wrote. */
function run(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

rmSync(`${root}/dist`, { recursive: true, force: true });
const results = await Promise.all([
  run(["node_modules/rollup/dist/bin/rollup", "--silent", "-c"]),
  run([
    "node_modules/@typescript/native/bin/tsc",
    "-p",
    "tsconfig.json",
    ...[
      "--noEmit",
      "false",
      "--emitDeclarationOnly",
      "--outDir",
      "dist",
      "--sourceMap",
      "false",
      "--inlineSources",
      "false",
    ],
  ]),
]);
for (const { output } of results) if (output) process.stdout.write(output);
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;
