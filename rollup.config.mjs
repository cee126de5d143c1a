// The bundle: one output module for each source module, so that two entries share one kernel.
// The inputs are what the exports map of package.json promises, nothing else. Declarations come
// from TypeScript's own compiler (scripts/build.mjs); this file emits JavaScript and source maps.
import { existsSync, readFileSync } from "node:fs";
import typescript from "@rollup/plugin-typescript";

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

export default {
  input: wanted,
  output: {
    dir: "dist",
    format: "es",
    sourcemap: true,
    preserveModules: true,
    preserveModulesRoot: ".",
    entryFileNames: "[name].js",
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
  ],
  onwarn(warning) {
    throw new Error(`rollup: ${warning.message}`);
  },
};
