// `npm run demo`: installs what is missing, builds the demo's page and server, and runs the server in
// this very process. Starts on a bare Node ≥ 20 without node_modules.
// Owns no option: everything after `--` goes to demo/server/main.ts.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { provideNpm } from "./provide.mjs";
import { root, runNode } from "./run.mjs";

/** Builds both halves; false if one of them failed, with its output shown. */
async function build() {
  const results = await Promise.all(
    ["page", "server"].map((mode) =>
      runNode([
        "node_modules/vite/bin/vite.js",
        ...["build", "--config", "demo/vite.config.ts", "--mode", mode, "--logLevel", "warn"],
      ]),
    ),
  );
  for (const { code, output } of results) if (code !== 0) process.stderr.write(output);
  return results.every(({ code }) => code === 0);
}

async function demo() {
  if (!(await provideNpm())) {
    console.error(
      "npm ci failed: see above; a network that reaches the npm registry is needed once",
    );
    return 1;
  }
  if (!(await build())) return 1;
  const server = await import(pathToFileURL(join(root, "demo/dist/server/main.js")).href);
  return server.main(process.argv.slice(2));
}

process.exitCode = await demo();
