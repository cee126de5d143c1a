// The four bundlers, each as a user would configure it for production, behind one function: Vite,
// webpack, esbuild and Rollup. Owns the translation of "for a page" and "for Node" into each one's
// words and the collection of warnings. Judges nothing; test/packaging/bundlers.test.ts does.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";

/** Where a bundle is to run. */
export type Target = "page" | "node";

/** What to bundle. */
export interface BundleOptions {
  /** The user's project. */
  readonly project: string;
  /** Files of the project, each of which becomes a file of the same name. */
  readonly inputs: readonly string[];
  readonly target: Target;
  /** A folder of the project to write to. */
  readonly output: string;
  /** Packages that stay imports. */
  readonly external: readonly string[];
  readonly minify: boolean;
}

/** What became of it. */
export interface Bundled {
  /** The text of every file of JavaScript, by its name. */
  readonly files: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** Every bundler by its name: minifies, writes files and rejects where the bundler fails. */
export const bundlers: Readonly<Record<string, (options: BundleOptions) => Promise<Bundled>>> = {
  async esbuild({ project, inputs, target, output, external, minify }) {
    const { warnings } = await esbuild({
      absWorkingDir: project,
      entryPoints: [...inputs],
      outdir: output,
      outExtension: { ".js": ".mjs" },
      platform: target === "page" ? "browser" : "node",
      external: [...external],
      bundle: true,
      minify,
      splitting: true,
      format: "esm",
      logLevel: "silent",
    });
    return written(
      project,
      output,
      warnings.map(({ text }) => text),
    );
  },

  async rollup({ project, inputs, target, output, external, minify }) {
    const warnings: string[] = [];
    const build = await rollup({
      input: inputs.map((name) => join(project, name)),
      external: [...external],
      plugins: [
        target === "page"
          ? nodeResolve({ browser: true })
          : nodeResolve({ exportConditions: ["node"] }),
      ],
      onwarn: ({ message }) => warnings.push(message),
    });
    await build.write({
      dir: join(project, output),
      entryFileNames: "[name].mjs",
      chunkFileNames: "[name]-[hash].mjs",
      plugins: minify ? [terser({ module: true })] : [],
    });
    await build.close();
    return written(project, output, warnings);
  },

  async Vite({ project, inputs, target, output, external, minify }) {
    const warnings: string[] = [];
    const warn = (text: string) => warnings.push(text);
    await vite({
      root: project,
      configFile: false,
      logLevel: "warn",
      customLogger: {
        ...{ info() {}, clearScreen() {}, hasErrorLogged: () => false, hasWarned: false },
        ...{ warn, warnOnce: warn, error: warn },
      },
      ...(target === "node" ? { ssr: { noExternal: true, external: [...external] } } : {}),
      build: {
        ssr: target === "node",
        outDir: output,
        minify,
        rollupOptions: {
          input: inputs.map((name) => join(project, name)),
          external: [...external],
          preserveEntrySignatures: "strict",
          output: { entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" },
        },
      },
    });
    return written(project, output, warnings);
  },

  async webpack({ project, inputs, target, output, external, minify }) {
    const compiler = webpack({
      mode: "production",
      context: project,
      entry: Object.fromEntries(inputs.map((name) => [basename(name, ".mjs"), `./${name}`])),
      target: target === "page" ? ["web", "es2022"] : "node20",
      externals: Object.fromEntries(external.map((name) => [name, `import ${name}`])),
      experiments: { outputModule: true },
      // Its hint about large files is about minified ones.
      performance: minify ? {} : false,
      // As with several entries on one page: what they share is loaded once.
      optimization: {
        minimize: minify,
        ...(inputs.length > 1 ? { runtimeChunk: "single", splitChunks: { chunks: "all" } } : {}),
      },
      output: {
        path: join(project, output),
        filename: "[name].mjs",
        chunkFilename: "[name]-[contenthash].mjs",
        module: true,
        library: { type: "module" },
      },
    });
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
      compiler?.run((error, result) => (error ? reject(error) : resolve(result)));
    });
    await new Promise((resolve) => compiler?.close(resolve));
    const { errors = [], warnings = [] } = stats?.toJson({ errors: true, warnings: true }) ?? {};
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
    return written(
      project,
      output,
      warnings.map(({ message }) => message),
    );
  },
};

/** What a bundler wrote. */
function written(project: string, output: string, warnings: readonly string[]): Bundled {
  const folder = join(project, output);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files: Record<string, string> = {};
  for (const name of names.filter((name) => name.endsWith(".mjs")).sort())
    files[name] = readFileSync(join(folder, name), "utf8");
  return { files, warnings };
}
