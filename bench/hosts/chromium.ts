// Chromium as two hosts: a page, and a dedicated worker. Each subject is a bundle of its own, in a page of
// its own, cross-origin isolated, so that the clock is as fine as a browser gives it.
//
// Owns the bundles and the pages. Peers that need Node's modules do not run here.

import { join } from "node:path";
import { build } from "esbuild";
import { chromium, type Page } from "playwright";
import { chromiumOptions } from "../../scripts/chromium.mjs";
import { root } from "../../scripts/run.mjs";
import type { Probe } from "../measure.ts";
import { type Host, MESSAGES, pathOf } from "./host.ts";

const ORIGIN = "http://localhost";
const isolated = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Bundles a module's code for a page or a worker, with what the package's conditions choose there. */
export async function bundle(code: string, conditions: readonly string[]): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(root, "bench"), loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: [...conditions],
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}

/** Opens an isolated page that has loaded the script, as a classic module. */
export async function openPage(
  browser: Awaited<ReturnType<typeof chromium.launch>>,
  script: string,
  html: string,
) {
  const page = await browser.newPage();
  await page.route(`${ORIGIN}/**`, (route) =>
    route.request().url().endsWith(".js")
      ? route.fulfill({ body: script, contentType: "text/javascript", headers: isolated })
      : route.fulfill({ body: html, contentType: "text/html", headers: isolated }),
  );
  await page.goto(`${ORIGIN}/`);
  return page;
}

const PAGE = `<!doctype html><script type="module" src="/bench.js"></script>`;
const WORKER = `<!doctype html><script>new Worker("/bench.js", { type: "module" })</script>`;

interface Bench {
  open(scenario: string): Promise<boolean>;
  sample(count: number): Promise<number>;
}
type Scope = typeof globalThis & { bench: Bench };

/** A page and a worker of one browser. */
export async function browserHosts(peers: readonly string[]): Promise<Host[]> {
  const browser = await chromium.launch(chromiumOptions);
  const make = (name: string, conditions: readonly string[], inWorker: boolean): Host => {
    const bundles = new Map<string, Promise<string>>();
    const bundleOf = (subject: string): Promise<string> => {
      const code = `import { subject } from "${pathOf(subject)}";
        import { offer } from "./hosts/in-browser.ts";
        offer(subject);`;
      const made = bundles.get(subject) ?? bundle(code, conditions);
      bundles.set(subject, made);
      return made;
    };
    return {
      name,
      version: browser.version(),
      subjects: ["floor", "troupe", ...peers.filter((peer) => peer !== "nact")],
      scenarios: MESSAGES,
      async open(subject, scenario): Promise<Probe | null> {
        const page = await openPage(browser, await bundleOf(subject), inWorker ? WORKER : PAGE);
        const worker = inWorker ? (page.workers()[0] ?? (await page.waitForEvent("worker"))) : page;
        // What both have is typed twice: a union of the two cannot be called.
        const realm = worker as Pick<Page, "evaluate">;
        // A worker is there before its script has run.
        const ready = (): Promise<boolean> => realm.evaluate(() => "bench" in globalThis);
        while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 10));
        const found = await realm.evaluate(
          (name) => (globalThis as Scope).bench.open(name),
          scenario,
        );
        if (!found) await page.close();
        return found
          ? {
              sample: (count) =>
                realm.evaluate(
                  (operations) => (globalThis as Scope).bench.sample(operations),
                  count,
                ),
              close: () => page.close(),
            }
          : null;
      },
      // Both share the browser: the worker's host, which is the last, closes it.
      close: async () => (inWorker ? browser.close() : undefined),
    };
  };
  return [
    make("Chromium page", ["browser"], false),
    make("Chromium worker", ["worker", "browser"], true),
  ];
}
