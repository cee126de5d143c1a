// Every host of the matrix: its name, how its version is asked for, how the suites run there, and
// which capabilities it is known to lack: a test that is skipped for anything else is a failure.
// A host is one entry here and a file of ten lines in test/hosts/. Owns no table and no sum.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { localNode, root, run, runNode } from "../run.mjs";
import { bundleHost } from "./bundle.mjs";
import { ofLines, ofVitest } from "./outcome.mjs";
import { askWorkerd } from "./workerd.mjs";

const installed = (path) => join(root, "test", "hosts", "runtimes", "node_modules", path);
const RUN_MS = 240_000;

/** A host that runs a file by a command line. */
function program(name, host, command, args = []) {
  return {
    rows: [{ name, platform: host }],
    needs: [],
    async run() {
      const file = await bundleHost(host);
      const { output } = await run(command(), [...args, file], { timeoutMs: RUN_MS });
      return [ofLines(output)];
    },
  };
}

/** workerd answers a request, in its handler or in a Durable Object. */
function workerd(name, path) {
  return {
    rows: [{ name, platform: "workerd" }],
    needs: [],
    async run() {
      const bundle = await bundleHost("workerd", { conditions: ["workerd", "worker", "browser"] });
      const outcome = ofLines(await askWorkerd(installed(".bin/workerd"), bundle, path));
      const { output } = await run(installed(".bin/workerd"), ["--version"]);
      return [{ ...outcome, version: output.replace("workerd", "").trim() }];
    },
  };
}

/** A browser's page and its Web Worker, by Vitest. */
function browser(name, project, needs, version, lacks = []) {
  return {
    rows: [
      { name: `${name} page`, lacks },
      { name: `${name} worker`, lacks },
    ],
    needs,
    async run() {
      const file = join(root, ".cache", "hosts", `${project}.json`);
      rmSync(file, { force: true });
      const { output } = await runNode(
        [
          ...["node_modules/vitest/vitest.mjs", "run", "-c", "test/hosts/vitest.config.ts"],
          ...["--project", project, "--reporter=json", `--outputFile.json=${file}`],
        ],
        { timeoutMs: RUN_MS },
      );
      const said = await run(version[0], version.slice(1));
      const common = { version: /\d+(?:\.\d+)+/.exec(said.output)?.[0] ?? "" };
      try {
        const report = JSON.parse(readFileSync(file, "utf8"));
        return [
          { ...ofVitest(report, "page.test.ts"), ...common },
          { ...ofVitest(report, "worker.test.ts", "worker"), ...common },
        ];
      } catch (error) {
        const crash = { tests: [], crashes: [`${error.message}\n${output.slice(-2_000)}`] };
        return [crash, crash];
      }
    },
  };
}

/** All hosts. The first one's tests are what every other one must run. */
export const hosts = [
  program("Node 20", "node", () => installed("node20/bin/node")),
  program("Node 22", "node", () => installed("node22/bin/node")),
  program("Node 24", "node", localNode),
  program("Deno", "deno", () => installed(".bin/deno"), ["run", "--allow-all"]),
  program("Bun", "bun", () => installed(".bin/bun")),
  workerd("workerd", "/"),
  workerd("Durable Object", "/durable-object"),
  browser("Chromium", "chromium", ["chromium"], ["/usr/bin/chromium", "--version"]),
  browser("Firefox", "firefox", ["firefox"], ["firefox-esr", "--version"]),
  browser(
    "WebKit",
    "webkit",
    ["webkit", "xvfb"],
    ["/usr/bin/dpkg-query", "-W", "webkit2gtk-driver"],
    ["byteStreams"],
  ),
];
