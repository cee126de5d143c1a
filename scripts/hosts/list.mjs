// Every host of the matrix: its rows, how the suites run there, and which capabilities each is known to
// lack: a test that is skipped for anything else is a failure. A host is one entry here and a file of
// ten lines in test/hosts/. `run(part)` runs one of two parts: the suites, or those of real time, which
// want the machine for themselves. Owns no table and no sum.
import { localNode, run } from "../run.mjs";
import { bundleHost } from "./bundle.mjs";
import { ofLines } from "./outcome.mjs";
import { startRunServer } from "./run-server.mjs";
import { installed, versionOf } from "./runtimes.mjs";
import { askWorkerd } from "./workerd.mjs";

/** A test that hangs ends within one of those, and so does what is left of a batch of reports. */
const SILENCE_MS = 240_000;
/** What no host has that is neither a page nor a program. */
const serverless = ["frames", "sockets", "threads", "windows", "sharedWorkers"];

/** The name of a row as that of a file. */
const slug = (name) => name.toLowerCase().replaceAll(" ", "-");

/** Runs with a server of its own; `start` resolves, when the host ended, with what it wrote. */
async function withServer(start) {
  const server = await startRunServer();
  try {
    const said = await start(server);
    return ofLines(server.reported(), said);
  } finally {
    server.close();
  }
}

/** A host that runs a file by a command line. */
function program(name, host, command, { args = [], lacks = [] } = {}) {
  return {
    rows: [{ name, platform: host, lacks: ["frames", "windows", "sharedWorkers", ...lacks] }],
    needs: [],
    run: async (part) => [
      await withServer(async ({ url, silence }) => {
        const file = await bundleHost(host, { as: slug(name), url, part });
        return (await run(command(), [...args, file], { signal: silence(SILENCE_MS) })).output;
      }),
    ],
  };
}

/** What edge-runtime has not of what other servers have. */
const edgeLacks = ["broadcast", "locks", "messagePorts", "ownClones", "webSocketServer", "workers"];

/** Vercel's edge-runtime, which has no modules: a script for Node that has it evaluate one bundle. */
const edge = {
  rows: [
    {
      name: "edge-runtime",
      platform: "workerd",
      lacks: [...serverless, ...edgeLacks],
    },
  ],
  needs: [],
  async run(part) {
    const outcome = await withServer(async ({ url, silence }) => {
      const conditions = ["edge-light", "worker", "browser"];
      const file = await bundleHost("edge", { as: "edge", url, part, conditions, format: "iife" });
      const args = ["scripts/hosts/edge.mjs", file];
      return (await run(localNode(), args, { signal: silence(SILENCE_MS) })).output;
    });
    return [{ ...outcome, version: versionOf("edge-runtime") }];
  },
};

/** What workerd has not of what other servers have. */
const workerdLacks = ["strictStreams", "workers", "portTransfer", "broadcast", "locks"];

/** workerd answers a request, in its handler or in a Durable Object. */
function workerd(name, path) {
  return {
    rows: [{ name, platform: "workerd", lacks: [...serverless, ...workerdLacks] }],
    needs: [],
    async run(part) {
      const outcome = await withServer(async ({ url, silence }) => {
        const conditions = ["workerd", "worker", "browser"];
        const bundle = await bundleHost("workerd", { as: slug(name), url, part, conditions });
        return askWorkerd(installed(".bin/workerd"), bundle, path, silence(SILENCE_MS));
      });
      return [{ ...outcome, version: versionOf("workerd") }];
    },
  };
}

/** The realms of a browser: the file of each, the conditions of its bundler, its name in the table. */
const realms = {
  page: {
    file: "page",
    conditions: ["browser"],
    lacks: ["sockets", "threads", "webSocketServer"],
  },
  worker: {
    file: "worker",
    conditions: ["worker", "browser"],
    lacks: [...serverless, "webSocketServer"],
  },
  "shared-worker": {
    file: "worker",
    conditions: ["worker", "browser"],
    lacks: [...serverless, "workers", "endableWorkers", "webSocketServer"],
  },
  // Classic: Firefox has no modules there.
  "service-worker": {
    file: "service-worker",
    conditions: ["worker", "browser"],
    lacks: [...serverless, "workers", "endableWorkers", "webSocketServer"],
    format: "iife",
  },
};

/** A browser, in one realm after the other. */
function browser(name, binary, needs, { lacks = [] } = {}) {
  const names = Object.keys(realms);
  return {
    rows: names.map((realm) => ({
      name: `${name} ${realm.replace("-", " ")}`,
      platform: realms[realm].conditions[0],
      lacks: [...lacks, ...realms[realm].lacks],
    })),
    needs,
    async run(part) {
      // Playwright is there only after an installation.
      const { launch } = await import("./browsers.mjs");
      const { version, open, close } = await launch[binary]();
      const outcomes = [];
      try {
        for (const realm of names) {
          const outcome = await withServer(async (server) => {
            const { file, ...options } = realms[realm];
            const as = slug(`${name} ${realm}`);
            server.serve(await bundleHost(file, { ...options, as, part, url: server.url }));
            const closePage = await open(`${server.url}/${realm}`);
            await server.untilDone(server.silence(SILENCE_MS));
            await closePage();
            return "";
          });
          outcomes.push({ ...outcome, version });
        }
      } finally {
        // A browser left open would keep the whole run from ending.
        await close();
      }
      return outcomes;
    },
  };
}

/** All hosts. The first one's tests are what every other one must run. */
export const hosts = [
  program("Node 20", "node", () => installed("node20/bin/node"), { lacks: ["workers", "locks"] }),
  program("Node 22", "node", () => installed("node22/bin/node"), { lacks: ["workers", "locks"] }),
  program("Node 24", "node", localNode, { lacks: ["workers"] }),
  program("Deno", "deno", () => installed(".bin/deno"), {
    args: ["run", "--allow-all"],
    lacks: ["endableWorkers"],
  }),
  program("Bun", "bun", () => installed(".bin/bun"), { lacks: ["locks"] }),
  edge,
  workerd("workerd", "/"),
  workerd("Durable Object", "/durable-object"),
  browser("Chromium", "chromium", ["chromium"]),
  browser("Firefox", "firefox", ["firefox"]),
  browser("WebKit", "webkit", ["webkit", "xvfb"], { lacks: ["byteStreams"] }),
];
