// Runs in a real page what each bundler makes of a user's program for pages.
// needs: chromium
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundlers } from "../harness/bundlers.js";
import { type Consumer, installedConsumer } from "../harness/consumer.js";
import { counterProgram } from "./subjects.js";

const debianChromium = "/usr/bin/chromium";

let consumer: Consumer | undefined;
let browser: Browser | undefined;
beforeAll(async () => {
  [consumer, browser] = await Promise.all([
    installedConsumer(),
    chromium.launch({
      ...(existsSync(debianChromium) ? { executablePath: debianChromium } : {}),
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    }),
  ]);
});
afterAll(() => Promise.all([consumer?.remove(), browser?.close()]));

test.each(Object.entries(bundlers))(
  "what %s bundled answers a call in a page",
  async (name, bundle) => {
    const { folder } = consumer as Consumer;
    const { files } = await bundle(await counterProgram(folder, "page", `page-${name}`));
    const page = await (browser as Browser).newPage();
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    const [said] = await Promise.all([
      page.waitForEvent("console", { timeout: 120_000 }),
      page.addScriptTag({ type: "module", content: files["counter.mjs"] ?? "" }),
    ]);
    expect(said.text()).toBe("42");
    expect(errors).toEqual([]);
    await page.close();
  },
);
