// The bundle: one output module for each source module, so that two entries share one kernel; but one for
// all of the kernel that every message passes through.
// The inputs are what the exports map of package.json promises, nothing else. Declarations come
// from TypeScript's own compiler (scripts/build.mjs); this file emits JavaScript and source maps.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import typescript from "@rollup/plugin-typescript";
import { inlineConstants } from "./scripts/inline-constants.mjs";

/** Every JavaScript file that the exports map names, as the path of its source. */
export function entrySources(exportsMap) {
  const sources = new Set();
  const walk = (value) => {
    if (typeof value !== "string") for (const inner of Object.values(value)) walk(inner);
    else if (value.startsWith("./dist/") && value.endsWith(".js"))
      sources.add(value.replace("./dist/", "").replace(/\.js$/, ".ts"));
  };
  walk(exportsMap);
  return [...sources].sort();
}

const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const wanted = entrySources(manifest.exports);
const missing = wanted.filter((source) => !existsSync(new URL(source, import.meta.url)));
if (missing.length > 0)
  throw new Error(`package.json exports no such source: ${missing.join(", ")}`);

/**
 * What every message passes through. Engines load what is imported at each use, and look whether it is there
 * yet, which is a tenth of what a message costs. Only what each bundle with an actor has anyway: a bundler
 * drops modules that are not asked for, but hardly parts of one.
 */
const hot = new Set([
  "src/kernel/abort.ts",
  "src/kernel/answer.ts",
  "src/kernel/bound.ts",
  "src/kernel/dispose.ts",
  "src/kernel/ending.ts",
  "src/kernel/ending-record.ts",
  "src/kernel/inbox.ts",
  "src/kernel/list.ts",
  "src/kernel/operation.ts",
  "src/kernel/own-timers.ts",
  "src/kernel/process.ts",
  "src/kernel/run.ts",
  "src/kernel/timers.ts",
  "src/kernel/told.ts",
]);

const root = fileURLToPath(new URL(".", import.meta.url));

/** The output module of a source: one for each but the hot ones. */
function chunkOf(id) {
  const source = relative(root, id).replaceAll("\\", "/");
  if (wanted.includes(source)) return undefined;
  return hot.has(source) ? "src/kernel/run" : source.replace(/\.ts$/, "");
}

export default {
  input: Object.fromEntries(wanted.map((source) => [source.replace(/\.ts$/, ""), source])),
  output: {
    dir: "dist",
    format: "es",
    sourcemap: true,
    manualChunks: chunkOf,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    hoistTransitiveImports: false,
    minifyInternalExports: false,
  },
  external: [/^node:/, ...Object.keys(manifest.peerDependencies ?? {})],
  treeshake: { moduleSideEffects: false },
  plugins: [
    typescript({
      tsconfig: "tsconfig.json",
      // The declarations and the type errors come from TypeScript 7, which is far faster.
      compilerOptions: {
        noEmit: false,
        declaration: false,
        isolatedDeclarations: false,
        noCheck: true,
      },
    }),
    inlineConstants(
      ["ending-record", "operation", "process"].map((name) => join(root, `src/kernel/${name}.ts`)),
    ),
  ],
  onwarn(warning) {
    // Modules that only pass others on, and hold types, have nothing of their own.
    if (warning.code !== "EMPTY_BUNDLE") throw new Error(`rollup: ${warning.message}`);
  },
};
