// The package, twice. For bundlers and pages one output module for each source module, so that two entries
// share one kernel; but one for all of the kernel that every message passes through. For Node, Deno and Bun,
// which load from disk, where a file takes as long as some hundred lines, the same modules rolled into few
// files, in dist/rolled.
// The inputs are what the exports map of package.json promises, nothing else. Declarations come
// from TypeScript's own compiler (scripts/build.mjs); this file emits JavaScript and source maps.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import typescript from "@rollup/plugin-typescript";
import { transform } from "esbuild";
import { inlineConstants } from "./scripts/inline-constants.mjs";

const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const root = fileURLToPath(new URL(".", import.meta.url));

/** Every module that the exports map names, as its path in dist/ without the ending. */
function modulesOf(exportsMap) {
  const names = new Set();
  const walk = (value) => {
    if (typeof value !== "string") for (const inner of Object.values(value)) walk(inner);
    else if (value.startsWith("./dist/") && value.endsWith(".js"))
      names.add(value.slice("./dist/".length, -".js".length));
  };
  walk(exportsMap);
  return [...names].sort();
}

const ROLLED = "rolled/";
const entries = modulesOf(manifest.exports);
const wanted = entries.filter((name) => !name.startsWith(ROLLED));
const rolled = entries
  .filter((name) => name.startsWith(ROLLED))
  .map((name) => name.slice(ROLLED.length));
const missing = [...wanted, ...rolled].filter((name) => !existsSync(join(root, `${name}.ts`)));
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

/** The output module of a source: one for each but the hot ones. */
function moduleOf(id) {
  const source = relative(root, id).replaceAll("\\", "/");
  const name = source.replace(/\.ts$/, "");
  if (wanted.includes(name)) return undefined;
  return hot.has(source) ? "src/kernel/run" : name;
}

/** What an entry is called whatever the host: "index", "realms", "src/inspect/index". */
const nameOf = (entry) => entry.replace(/^platform\/\w+\//, "").replace("development", "index");

/** The names of the entries that each module is loaded for, by its path. */
function usersOf(getModuleInfo) {
  const users = new Map();
  for (const entry of rolled) {
    const visit = (id) => {
      const names = users.get(id) ?? new Set();
      const { isExternal, importedIds } = getModuleInfo(id);
      if (isExternal || names.has(nameOf(entry))) return;
      users.set(id, names.add(nameOf(entry)));
      importedIds.forEach(visit);
    };
    visit(join(root, "dist", `${entry}.js`));
  }
  return users;
}

/**
 * Gives the file of each module that is rolled: what the core needs, what else several entries do, what realms do
 * on all hosts. What only one entry needs is in that entry's.
 */
function rolling() {
  let users;
  return (id, { getModuleInfo }) => {
    users ??= usersOf(getModuleInfo);
    const name = relative(join(root, "dist"), id).replaceAll("\\", "/").replace(/\.js$/, "");
    // A host's platform goes with its `troupe`, which its other entries are bound to as well.
    const [, host] = /^platform\/(\w+)\/(?:index|platform)$/.exec(name) ?? [];
    if (host !== undefined) return `platform/${host}/index`;
    if (rolled.includes(name)) return undefined;
    const by = users.get(id);
    // A few lines of realms serve others too: those need not load realms for them.
    if (by.has("index") || (by.has("realms") && by.size > 1)) return "core";
    if (by.size > 1) return "shared";
    return by.has("realms") && !/^platform\/(?!shared)/.test(name) ? "realms" : undefined;
  };
}

/** Leaves comments out, which take as long to read as code: the modules that source maps lead to have them. */
const withoutComments = {
  name: "without-comments",
  renderChunk: (code) =>
    transform(code, { target: "es2022", legalComments: "none", sourcemap: true }),
};

const common = {
  external: [/^node:/, ...Object.keys(manifest.peerDependencies ?? {})],
  treeshake: { moduleSideEffects: false },
  onwarn(warning) {
    // Modules that only pass others on, and hold types, have nothing of their own.
    if (warning.code !== "EMPTY_BUNDLE") throw new Error(`rollup: ${warning.message}`);
  },
};
const output = {
  format: "es",
  sourcemap: true,
  entryFileNames: "[name].js",
  chunkFileNames: "[name].js",
  hoistTransitiveImports: false,
  minifyInternalExports: false,
};

export default [
  {
    ...common,
    input: Object.fromEntries(wanted.map((name) => [name, `${name}.ts`])),
    output: { ...output, dir: "dist", manualChunks: moduleOf },
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
        ["ending-record", "operation", "process"].map((name) =>
          join(root, `src/kernel/${name}.ts`),
        ),
      ),
    ],
  },
  // Of what the first wrote: so its maps lead to files of the package, and carry no text.
  {
    ...common,
    input: Object.fromEntries(rolled.map((name) => [name, `dist/${name}.js`])),
    output: {
      ...output,
      dir: "dist/rolled",
      sourcemapExcludeSources: true,
      manualChunks: rolling(),
    },
    plugins: [withoutComments],
  },
];
