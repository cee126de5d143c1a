// How the demo is built: the page for browsers (`--mode page`), the server for Node (`--mode
// server`), both into demo/dist/.
//
// Imports of the demo are what a user writes ("troupe", "troupe/modbus"). Here they go to the
// sources behind package.json's exports, so that the demo needs no build of the library before
// its own.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type AliasOptions, defineConfig } from "vite";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

// biome-ignore lint/style/noDefaultExport: what Vite reads
export default defineConfig(({ mode }) =>
  mode === "server"
    ? {
        root: path("server"),
        resolve: { alias: troupeFromSource(["node", "module", "default"]) },
        build: {
          ssr: path("server/main.ts"),
          outDir: path("dist/server"),
          emptyOutDir: true,
          target: "node20",
        },
      }
    : {
        root: path("page"),
        resolve: { alias: troupeFromSource(["browser", "module", "default"]) },
        build: {
          outDir: path("dist/page"),
          emptyOutDir: true,
          target: "es2022",
          sourcemap: true,
          modulePreload: { polyfill: false },
        },
      },
);

/** The entries of package.json's exports under these conditions, as paths of sources. */
function troupeFromSource(conditions: readonly string[]): AliasOptions {
  const manifest = JSON.parse(readFileSync(path("../package.json"), "utf8"));
  const built = (value: unknown): string | undefined => {
    if (typeof value === "string") return value;
    const branches = value as Record<string, unknown>;
    const condition = Object.keys(branches).find((name) => conditions.includes(name));
    return condition === undefined ? undefined : built(branches[condition]);
  };
  return Object.entries(manifest.exports).flatMap(([entry, value]) => {
    const file = built(value);
    if (!file?.startsWith("./dist/")) return [];
    const source = file.replace("./dist/", "../").replace(/\.js$/, ".ts");
    return [{ find: new RegExp(`^troupe${entry.slice(1)}$`), replacement: path(source) }];
  });
}
