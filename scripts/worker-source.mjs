// The modules `worker-source:PATH`: the text of a worker's file below test/, bundled for the host that
// is to start it, as `source`. A suite that starts workers imports one, whatever runs the suite.
// Owns the bundling, and Vite's plugin for it. For the hosts of the matrix bundle.mjs has the plugin.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./run.mjs";

const PREFIX = "worker-source:";

/** Bundles `test/<path>`; resolves with a module that exports its text. `options` are esbuild's. */
export async function workerSource(path, options) {
  const { outputFiles } = await build({
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    logLevel: "error",
    charset: "utf8",
    external: ["node:*"],
    entryPoints: [join(root, "test", path)],
    ...options,
  });
  return `export const source = ${JSON.stringify(outputFiles[0].text)};`;
}

/** esbuild's plugin; `options` are those of the bundle that the worker's becomes a part of. */
export function workerSources(options) {
  return {
    name: "worker-source",
    setup(bundler) {
      const namespace = "worker-source";
      bundler.onResolve({ filter: /^worker-source:/ }, ({ path }) => ({ path, namespace }));
      bundler.onLoad({ filter: /./, namespace }, async ({ path }) => ({
        contents: await workerSource(path.slice(PREFIX.length), options),
      }));
    },
  };
}

/** Vite's plugin, for hosts of these conditions; workers run the sources, as the tests around them do. */
export function viteWorkerSources(conditions) {
  return {
    name: "worker-source",
    enforce: "pre",
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return undefined;
      return workerSource(id.slice(PREFIX.length + 1), { plugins: [entrySources(conditions)] });
    },
  };
}

/** Leads imports of the package's entries to their sources. */
function entrySources(conditions) {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  // As a bundler: a module has one source, a file that hosts load from disk has many.
  const known = [...conditions, "module"];
  const find = (target) => {
    if (typeof target === "string") return target;
    const [, inner] = Object.entries(target).find(([name]) => known.includes(name)) ?? [];
    return find(inner ?? target.default);
  };
  return {
    name: "entry-sources",
    setup(bundler) {
      bundler.onResolve({ filter: /^troupe(?:$|\/)/ }, ({ path }) => {
        const built = find(exports[path.replace("troupe", ".")]);
        return { path: join(root, built.replace("./dist/", "").replace(/\.js$/, ".ts")) };
      });
    },
  };
}
