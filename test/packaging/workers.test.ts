// Builds a user's app that has a worker with Vite, webpack, Rollup and esbuild, and runs what comes out in
// a real browser: a call, a buffer that is moved and a stream work, and neither side loads what only the
// other needs. The settings are worker-app.ts's, and the recipes of docs/realms.md.
// needs: chromium
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumOptions } from "../../scripts/chromium.mjs";
import { installedConsumer } from "../harness/consumer.js";
import { builds, marks, serveFolder, writeApp } from "./worker-app.js";

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await chromium.launch(chromiumOptions);
});
afterAll(() => browser?.close());

describe.each(Object.entries(builds))("an app with a worker, built by %s", (_, { build, html }) => {
  test("runs its worker, and keeps the worker's code out of the page's bundle", async () => {
    const { folder, remove } = await installedConsumer();
    const page = await (browser as Browser).newPage();
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    try {
      await writeApp(folder);
      expect(await build(folder)).toEqual([]);
      const dist = join(folder, "dist");
      const served = await serveFolder(dist, `<!doctype html><title>App</title>${html}`);
      const textOf = async (names: readonly string[]): Promise<string> =>
        (await Promise.all(names.map((name) => readFile(join(dist, name), "utf8")))).join("\n");

      await page.goto(served.url);
      await page.waitForFunction("globalThis.run");
      const ofPage = [...served.asked];
      const result = await page.evaluate("run()");
      const ofWorker = [...served.asked].filter((name) => !ofPage.includes(name));
      served.close();

      expect(result).toEqual({
        text: `${marks.page}, ${marks.worker}, undefined`,
        left: 0,
        first: 7,
        length: 1024,
        parts: [1, 2, 3, 4, 5],
      });
      expect(errors).toEqual([]);
      const [inPage, inWorker] = [await textOf(ofPage), await textOf(ofWorker)];
      expect(inPage).toContain(marks.page);
      expect(inPage).not.toContain(marks.worker);
      expect(inWorker).toContain(marks.worker);
      expect(inWorker).not.toContain(marks.page);
    } finally {
      await page.close();
      await remove();
    }
  });
});
