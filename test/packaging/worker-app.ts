// A user's app with a worker, and how each bundler is told to build it: as docs/realms.md tells users. Owns
// the sources, the settings and the server; workers.test.ts builds and runs it.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";

/** Texts that survive every minifier, and say whose code a file holds. */
export const marks = { page: "only the page says this", worker: "only the worker says this" };

const decoder = `import { genServer, progress, streams } from "troupe";
import { transfer } from "troupe/realms";

export const Decoder = genServer({
  id: "decoder",
  init: () => ({ decoded: 0 }),
  call: {
    decode(self, text) {
      self.state.decoded++;
      return text + ", ${marks.worker}, " + typeof document;
    },
    fill: (self, pixels) => transfer(pixels.fill(7)),
  },
  stream: {
    async *parts(self, upTo) {
      for (let n = 1; n <= upTo; n++) {
        yield progress({ done: n / upTo });
        yield n;
      }
    },
  },
  streams,
});
`;

const decoderWorker = `import { serve } from "troupe/realms";
import { Decoder } from "./decoder.js";

serve([Decoder]);
`;

const page = `import { createSystem } from "troupe";
import { remote, transfer, worker } from "troupe/realms";

const place = worker(
  () => new Worker(new URL("./decoder.worker.js", import.meta.url), { type: "module" }),
);

globalThis.run = async () => {
  const system = createSystem();
  const decoder = await system.start(remote("decoder", place));
  const text = await decoder.call.decode("${marks.page}");
  const pixels = new Uint8Array(1024);
  const filled = await decoder.call.fill(transfer(pixels));
  const parts = [];
  for await (const part of decoder.stream.parts(5)) if (typeof part === "number") parts.push(part);
  await system.stop();
  return { text, left: pixels.byteLength, first: filled[0], length: filled.length, parts };
};
`;

/** How a bundler is told: resolves with its warnings. It writes to `dist` below the folder. */
type Build = (folder: string) => Promise<readonly string[]>;

/** The four bundlers, each with the least that this app asks of it. */
export const builds: Readonly<Record<string, { build: Build; html: string }>> = {
  Vite: {
    html: "",
    async build(folder) {
      const warnings: string[] = [];
      const warn = (text: string) => warnings.push(text);
      await vite({
        root: folder,
        configFile: false,
        logLevel: "warn",
        customLogger: {
          ...{ info() {}, clearScreen() {}, hasErrorLogged: () => false, hasWarned: false },
          ...{ warn, warnOnce: warn, error: warn },
        },
      });
      return warnings;
    },
  },

  webpack: {
    html: `<script defer src="main.js"></script>`,
    async build(folder) {
      const compiler = webpack({
        mode: "production",
        context: folder,
        entry: "./page.js",
        output: { path: join(folder, "dist") },
      });
      const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
        compiler?.run((error, result) => (error ? reject(error) : resolve(result)));
      });
      await new Promise((resolve) => compiler?.close(resolve));
      const { errors = [], warnings = [] } = stats?.toJson({ errors: true, warnings: true }) ?? {};
      if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
      return warnings.map(({ message }) => message);
    },
  },

  rollup: {
    html: `<script type="module" src="page.js"></script>`,
    async build(folder) {
      const warnings: string[] = [];
      const build = await rollup({
        // The worker is an input of its own, and keeps the name that the page asks for.
        input: [join(folder, "page.js"), join(folder, "decoder.worker.js")],
        plugins: [nodeResolve({ browser: true })],
        onwarn: ({ message }) => warnings.push(message),
      });
      await build.write({
        dir: join(folder, "dist"),
        entryFileNames: "[name].js",
        plugins: [terser({ module: true })],
      });
      await build.close();
      return warnings;
    },
  },

  esbuild: {
    html: `<script type="module" src="page.js"></script>`,
    async build(folder) {
      const { warnings } = await esbuild({
        absWorkingDir: folder,
        // The same: esbuild does not look into new URL(…).
        entryPoints: ["page.js", "decoder.worker.js"],
        outdir: "dist",
        bundle: true,
        splitting: true,
        format: "esm",
        minify: true,
        logLevel: "silent",
      });
      return warnings.map(({ text }) => text);
    },
  },
};

/** Writes the app into a project that has the package installed. */
export async function writeApp(folder: string): Promise<void> {
  const html = `<!doctype html><title>App</title><script type="module" src="./page.js"></script>`;
  const files = {
    "decoder.js": decoder,
    "decoder.worker.js": decoderWorker,
    "page.js": page,
    "index.html": html,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

/** What serves a folder on loopback, and was asked for. */
export interface Served {
  readonly url: string;
  /** The files of JavaScript that were asked for so far, each once. */
  readonly asked: ReadonlySet<string>;
  close(): void;
}

/** Serves the files below `folder`, as any web server would; `html` stands in for a page it lacks. */
export async function serveFolder(folder: string, html: string): Promise<Served> {
  const asked = new Set<string>();
  const names = await readdir(folder, { recursive: true });
  const server: Server = createServer(async (request, response) => {
    const name = (request.url ?? "/").slice(1);
    const isScript = names.includes(name) && name.endsWith(".js");
    if (isScript) asked.add(name);
    if (!isScript && name !== "") return void response.writeHead(404).end();
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    const hasPage = names.includes("index.html");
    if (isScript) response.end(await readFile(join(folder, name)));
    else response.end(hasPage ? await readFile(join(folder, "index.html")) : html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, asked, close };
}
