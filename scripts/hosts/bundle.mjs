// Bundles a host's file of test/hosts/ with all suites into .cache/hosts/, so that a host which
// reads no TypeScript runs them. What the suites import of src/ and platform/ is left out: it comes
// from the BUILT package, the core through the name `troupe`, which the host resolves by its own
// conditions. With `conditions` it is bundled too, for hosts that load one file.
import { existsSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { build } from "esbuild";
import { root } from "../run.mjs";

/** The folder of the bundles: in the package, so that its own name resolves. */
const folder = join(root, ".cache", "hosts");

/** Bundles `test/hosts/<name>.host.ts`; resolves with the path of the bundle. */
export async function bundleHost(name, { conditions } = {}) {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(root, "test", "hosts", `${name}.host.ts`)],
    outfile,
    bundle: true,
    format: "esm",
    target: "es2022",
    logLevel: "error",
    // Deno refuses "\\uD83D\\u{1F600}", which is how esbuild would escape a lone surrogate before a pair.
    charset: "utf8",
    ...(conditions ? { conditions } : { external: ["troupe", "node:*"] }),
    plugins: [builtPackage(conditions === undefined)],
  });
  return outfile;
}

/** Leads imports of our sources to what was built of them. */
function builtPackage(external) {
  return {
    name: "built-package",
    setup(bundler) {
      bundler.onResolve({ filter: /^\./ }, async ({ path, resolveDir, kind }) => {
        const [top, ...rest] = relative(root, resolve(resolveDir, path)).split(sep);
        if (top !== "src" && top !== "platform") return undefined;
        // The core's own list of names is part of each host's entry.
        if (top === "src" && rest.join("/") === "index.js") {
          return external
            ? { path: "troupe", external }
            : bundler.resolve("troupe", { kind, resolveDir: root });
        }
        const built = join(root, "dist", top, ...rest);
        if (!existsSync(built)) return { errors: [{ text: `${path} is not in dist/` }] };
        return external
          ? { path: relative(folder, built).split(sep).join("/"), external }
          : { path: built };
      });
    },
  };
}
