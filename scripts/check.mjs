// `npm run check`: everything that must hold beside the tests. Format and lint, types in every
// configuration, the layers, the sizes, and the package as it would be published. The checks run
// two at a time; each prints one line, and its output where it fails. The last line counts them.
// Starts on a bare Node ≥ 20 without node_modules, as `npm test` does.
// Fixes nothing: `npm run format` and `npm run size -- --write` do.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideHosts, provideNpm } from "./provide.mjs";
import { outerNode, root, run, runNode } from "./run.mjs";

const vitest = (...args) => runNode(["node_modules/vitest/vitest.mjs", "run", ...args]);

/** Packs the package into a folder of its own; resolves with the tarball's path. */
async function pack(folder) {
  const npm = process.env.npm_execpath;
  const [command, ...args] = npm?.endsWith(".js") ? [outerNode, npm] : ["npm"];
  // It is built already, which is all that the scripts would do.
  const flags = ["--ignore-scripts", "--pack-destination", folder];
  const result = await run(command, [...args, "pack", ...flags]);
  if (result.code !== 0) throw new Error(result.output);
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith(".tgz")),
  );
}

/** Does all of publishing to JSR but the sending: its rules for types need no network. */
async function publishToJsr() {
  if (!(await provideHosts())) return { code: 1, output: "npm install in test/hosts/runtimes" };
  const deno = join(root, "test", "hosts", "runtimes", "node_modules", ".bin", "deno");
  return run(deno, ["publish", "--dry-run", "--allow-dirty"], {
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  });
}

if (!(await provideNpm())) {
  console.log("failed  npm ci\n0 checks passed, 1 checks failed");
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), "troupe-check-"));
const built = runNode(["scripts/build.mjs", "--if-stale"]);
const tarball = built.then(({ code, output }) => {
  if (code !== 0) throw new Error(output);
  return pack(folder);
});
tarball.catch(() => {});

const checks = [
  ["build", () => built],
  [
    "format and lint",
    () =>
      run(join(root, "node_modules/.bin/biome"), [
        "ci",
        ".",
        "--colors=off",
        "--diagnostic-level=error",
      ]),
  ],
  // Tests import the built package by its name.
  ["types", () => built.then(() => runNode(["scripts/types.mjs"]))],
  ["layers", () => vitest("--project", "node", "test/architecture.test.ts")],
  ["docs", () => vitest("--project", "node", "test/docs.test.ts", "test/docs-exports.test.ts")],
  ["sizes", () => built.then(() => vitest("--project", "package", "test/size.test.ts"))],
  ["publint", async () => runNode(["node_modules/publint/src/cli.js", await tarball, "--strict"])],
  [
    "are the types wrong",
    async () =>
      runNode([
        "node_modules/@arethetypeswrong/cli/dist/index.js",
        ...[await tarball, "--profile", "esm-only", "--no-emoji"],
      ]),
  ],
  ["jsr", publishToJsr],
];

let failed = 0;
async function worker(queue) {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [name, check] = next;
    const started = Date.now();
    const { code, output } = await check().catch((error) => ({ code: 1, output: String(error) }));
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? "ok     " : "failed "} ${name} (${seconds} s)`);
    if (code === 0) continue;
    failed++;
    process.stdout.write(`${output.trimEnd()}\n`);
  }
}

const queue = [...checks];
await Promise.all([worker(queue), worker(queue)]);
rmSync(folder, { recursive: true, force: true });
console.log(`${checks.length - failed} checks passed, ${failed} checks failed`);
process.exitCode = failed > 0 ? 1 : 0;
