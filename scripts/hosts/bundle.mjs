// Bundles a host's file of test/hosts/ with all suites into .cache/hosts/, so that a host which
// reads no TypeScript runs them. What the suites import of src/ and platform/ is left out: it comes
// from the BUILT package, module by module. What they import by the package's name the host resolves by
// its own conditions. With `conditions` it is bundled too, for hosts that load one file.
// Owns also the module of all entries, which test/harness/imports.ts evaluates.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { build } from "esbuild";
import { root } from "../run.mjs";
import { workerSources } from "../worker-source.mjs";

/** The folder of the bundles: in the package, so that its own name resolves. */
const folder = join(root, ".cache", "hosts");

const common = {
  bundle: true,
  target: "es2022",
  logLevel: "error",
  // Deno refuses "\\uD83D\\u{1F600}", which is how esbuild would escape a lone surrogate before a pair.
  charset: "utf8",
};

/** What stands in a bundle for the server of a run and for its part. */
const RUN_URL = "<RUN_URL>";
const RUN_PART = "<RUN_PART>";

/** The texts of what was bundled, by what makes them differ: most hosts share one, and so do both parts. */
const bundles = new Map();

/**
 * Writes the bundle of `test/hosts/<host>.host.ts`; resolves with its path, whose name is `as`.
 * `url` is the server of the run, `part` what it runs. `format` "iife" makes a classic script.
 */
export async function bundleHost(host, { as, url, part, conditions, format = "esm" }) {
  const kind = JSON.stringify([host, conditions, format]);
  if (!bundles.has(kind)) bundles.set(kind, bundle(host, conditions, format));
  const text = await bundles.get(kind);
  const file = join(folder, `${as}.${format === "esm" ? "mjs" : "js"}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, text.replaceAll(RUN_URL, url).replaceAll(RUN_PART, part));
  return file;
}

async function bundle(host, conditions, format) {
  const external = conditions === undefined;
  const watcher = `./${host}.watch.mjs`;
  if (external) await bundleWatcher(join(folder, watcher));
  const { outputFiles } = await build({
    ...common,
    entryPoints: [join(root, "test", "hosts", `${host}.host.ts`)],
    outfile: join(folder, host),
    write: false,
    format,
    define: { RUN_URL: JSON.stringify(RUN_URL), RUN_PART: JSON.stringify(RUN_PART) },
    ...(external ? { external: ["troupe", "node:*"] } : { conditions }),
    plugins: [
      everyEntry(host, external),
      workerSources({ conditions: conditions ?? [host, "module"], plugins: [builtPackage()] }),
      external ? builtPackage({ host, watcher }) : builtPackage(),
    ],
  });
  const { text } = outputFiles[0];
  checkWatched(text, external ? `"${watcher}"` : null);
  return text;
}

/** @throws Error where the package comes before its watcher, which would then see nothing. */
function checkWatched(text, watcher) {
  const at = text.indexOf(watcher ?? "// test/harness/watch-imports.ts");
  const built = text.search(watcher === null ? /^ *\/\/ dist\//m : /"(?:troupe|[./]*\/dist\/)/);
  if (at < 0 || built < at)
    throw new Error("test/harness/imports.ts must import the watcher first");
}

/** Where the package is imported by name its modules come before the bundle's: so does the watcher. */
function bundleWatcher(outfile) {
  const entryPoints = [join(root, "test", "harness", "watch-imports.ts")];
  return build({ ...common, entryPoints, outfile, format: "esm" });
}

/** The module `troupe-entries`: every entry of package.json that resolves on the host, by its name. */
function everyEntry(host, external) {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const paths = Object.keys(exports).filter((path) => !path.endsWith(".json"));
  const names = paths.map((path) => `troupe${path.slice(1)}`);
  const namespace = "troupe-entries";
  return {
    name: namespace,
    setup(bundler) {
      bundler.onResolve({ filter: /^troupe-entries$/ }, ({ path }) => ({ path, namespace }));
      bundler.onLoad({ filter: /./, namespace }, async () => {
        const entries = {};
        for (const name of names) {
          const found = await bundler.resolve(name, { kind: "import-statement", resolveDir: root });
          // A host without the capability of an entry may have none.
          if (found.errors.length === 0) entries[name] = found.path;
        }
        const platform = external
          ? `dist/rolled/platform/${host}`
          : `platform/${basename(dirname(entries.troupe))}`;
        entries["troupe, in development"] = `./${platform}/development.js`;
        const imports = Object.values(entries).map(
          (path, i) => `import * as e${i} from "${path}";`,
        );
        const members = Object.keys(entries).map((name, i) => `"${name}": e${i}`);
        const contents = `${imports.join("\n")}\nexport const entries = { ${members.join(", ")} };`;
        return { contents, resolveDir: root };
      });
    },
  };
}

/** The output module of a source by the path of its own: or the one beside it that holds it with others. */
function builtOf(own) {
  if (existsSync(own)) return own;
  const source = relative(join(root, "dist"), own).replace(/\.js$/, ".ts");
  const beside = dirname(own);
  const map = readdirSync(beside).find((name) => {
    if (!name.endsWith(".js.map")) return false;
    const { sources } = JSON.parse(readFileSync(join(beside, name), "utf8"));
    return sources.some((path) => relative(root, resolve(beside, path)) === source);
  });
  return map && join(beside, map.slice(0, -".map".length));
}

/** Lists of names that are built into entries of each host: the entry, and its module among the host's. */
const listed = {
  "index.js": { entry: "troupe", module: "index.js" },
  "realms/index.js": { entry: "troupe/realms", module: "realms.js" },
};

/** Leads imports of our sources to what was built of them; on a `host`, to leave them there. */
function builtPackage({ host, watcher } = {}) {
  const external = host !== undefined;
  return {
    name: "built-package",
    setup(bundler) {
      bundler.onResolve({ filter: /^\./ }, async ({ path, resolveDir, kind }) => {
        if (external && path.endsWith("/watch-imports.js")) return { path: watcher, external };
        let [top, ...rest] = relative(root, resolve(resolveDir, path)).split(sep);
        // What everyEntry names, which is built already.
        if (external && top === "dist")
          return { path: ["../..", top, ...rest].join("/"), external };
        if (top !== "src" && top !== "platform") return undefined;
        // The core's own list of names is part of each host's entry, and so is that of realms.
        const list = top === "src" && listed[rest.join("/")];
        if (list) {
          if (!external) return bundler.resolve(list.entry, { kind, resolveDir: root });
          // By its name a host may get it rolled, which would be a second kernel beside these modules.
          [top, rest] = ["platform", [host, list.module]];
        }
        const built = builtOf(join(root, "dist", top, ...rest));
        if (built === undefined) return { errors: [{ text: `${path} is not in dist/` }] };
        return external
          ? { path: relative(folder, built).split(sep).join("/"), external }
          : { path: built };
      });
    },
  };
}
