// `npm run conformance -- FILE…`: replays traces that were recorded on Erlang/OTP, by default those of
// test/conformance/data. Prints the first difference of each trace that fails; the last line counts.
// Starts on a bare Node ≥ 20 without node_modules. Owns finding the files and the exit code; bundles
// the replayer with the sources it drives, so nothing has to be built first.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { provideNpm } from "./provide.mjs";
import { root } from "./run.mjs";

const folder = join(root, "test", "conformance");

/** Bundles the replayer; resolves with its module. */
async function replayer() {
  const { build } = await import("esbuild");
  const outfile = join(root, ".cache", "conformance", "replay.mjs");
  mkdirSync(join(root, ".cache", "conformance"), { recursive: true });
  await build({
    entryPoints: [join(folder, "replay-files.ts")],
    outfile,
    bundle: true,
    format: "esm",
    target: "es2022",
    sourcemap: "inline",
    logLevel: "error",
  });
  return import(pathToFileURL(outfile).href);
}

/** A path as the user wrote it: npm starts scripts in the package's folder, not in the user's. */
function find(path) {
  const written = [process.env.INIT_CWD, process.cwd()].filter(Boolean);
  return written.map((from) => resolve(from, path)).find(existsSync);
}

async function main(args) {
  const defaults = ["process", "statem", "supervision"].map((name) =>
    join(folder, "data", `${name}.json`),
  );
  const paths = args.length > 0 ? args : defaults;
  const lost = paths.filter((path) => find(path) === undefined);
  if (lost.length > 0) {
    console.error(`No such file: ${lost.join(", ")}; usage: npm run conformance -- FILE…`);
    return 2;
  }
  if (!(await provideNpm())) return 1;
  const { replayFiles } = await replayer();
  const files = paths.map((path) => ({
    name: basename(path),
    text: readFileSync(find(path), "utf8"),
  }));
  const { passed, failed } = await replayFiles(files, console.log);
  return failed > 0 || passed === 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
