// The hosts of realms: Node and its threads, and a page of Chromium and its module workers, which a server
// on this machine gives it.
//
// Owns how a subject's page and worker are bundled and served. Each subject runs in a process or a page
// of its own, with its own worker.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chromium } from "playwright";
import { chromiumOptions } from "../../scripts/chromium.mjs";
import { localNode, root } from "../../scripts/run.mjs";
import { bundle } from "../hosts/chromium.ts";
import type { Host } from "../hosts/host.ts";
import { openLines } from "../hosts/lines.ts";
import type { Probe } from "../measure.ts";

/** Libraries that have no workers of the web, or no message that a page could send to a module worker. */
const NODE_ONLY = ["workerpool", "piscina", "tinypool"];

const isOurs = (subject: string): boolean => subject === "raw" || subject === "troupe";
const pathOf = (subject: string, suffix = ""): string =>
  isOurs(subject)
    ? `./realms/subjects/${subject}${suffix}.ts`
    : `./realms/peers/${subject}${suffix}.mjs`;

/** The project's own Node. */
export function node(peers: readonly string[]): Host {
  return {
    name: "Node",
    version: process.versions.node,
    subjects: ["raw", "troupe", ...peers],
    open: (subject, scenario, unit) => {
      const flags = unit === "B" ? ["--expose-gc"] : [];
      const args = [...flags, "child.ts", pathOf(subject), scenario];
      return openLines(localNode(), args, join(root, "bench"));
    },
    close: async () => {},
  };
}

interface Bench {
  open(scenario: string): Promise<boolean>;
  sample(count: number): Promise<number>;
}
type Scope = typeof globalThis & { bench: Bench };

/** A page of Chromium; bytes are not measured there. */
export async function page(peers: readonly string[]): Promise<Host> {
  const browser = await chromium.launch(chromiumOptions);
  const files = new Map<string, Promise<string>>();
  // `/SUBJECT/` is a page, with its script and its worker beside it.
  const server = createServer(async ({ url = "/" }, response) => {
    const [, subject = "", file = ""] = url.split("/");
    const isPage = file === "";
    response.writeHead(200, {
      "Content-Type": isPage ? "text/html" : "text/javascript",
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    });
    response.end(isPage ? PAGE : await script(subject, file));
  });
  const script = (subject: string, file: string): Promise<string> => {
    const key = `${subject} ${file}`;
    const made = files.get(key) ?? make(subject, file === "worker.js");
    files.set(key, made);
    return made;
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name: "Chromium page",
    version: browser.version(),
    subjects: ["raw", "troupe", ...peers.filter((peer) => !NODE_ONLY.includes(peer))],
    async open(subject, scenario, unit): Promise<Probe | null> {
      if (unit === "B") return null;
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${port}/${subject}/`);
      await tab.waitForFunction(() => "bench" in globalThis);
      const found = await tab.evaluate((name) => (globalThis as Scope).bench.open(name), scenario);
      if (!found) await tab.close();
      if (!found) return null;
      return {
        sample: (count) =>
          tab.evaluate((operations) => (globalThis as Scope).bench.sample(operations), count),
        close: () => tab.close(),
      };
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

const PAGE = `<!doctype html><script type="module" src="page.js"></script>`;

function make(subject: string, isWorker: boolean): Promise<string> {
  // Its names are used, or a bundler would drop it: the package says that its files have no side effects.
  const code = isWorker
    ? `import * as worker from "${pathOf(subject, ".worker")}"; Object.assign(globalThis, { worker });`
    : `import { subject } from "${pathOf(subject)}";
       import { offer } from "./hosts/in-browser.ts";
       offer(subject);`;
  return bundle(code, isWorker ? ["worker", "browser"] : ["browser"]);
}
