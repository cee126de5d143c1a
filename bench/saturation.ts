// A page whose actors never rest: how late its input, its timers and its frames are, by the budget of its
// system. What is compared with is the same page at rest.
//
// Owns the measurement from outside: real key presses by the browser's own input path. What runs in the
// page is saturated-page.ts.

import { chromium } from "playwright";
import { chromiumOptions } from "../scripts/chromium.mjs";
import { bundle, openPage } from "./hosts/chromium.ts";
import type { Saturation } from "./result.ts";
import type { Watch } from "./saturated-page.ts";

/** The budgets; null is a page at rest. */
const BUDGETS: readonly (number | null)[] = [null, 1, 4, 8];
/** Key presses of a measurement, and the milliseconds between two. */
const PRESSES = 200;
const EVERY_MS = 15;

type Scope = typeof globalThis & { watch: Watch };

/** Measures each budget in a page of its own. */
export async function measureSaturation(): Promise<Saturation[]> {
  const browser = await chromium.launch(chromiumOptions);
  const results: Saturation[] = [];
  try {
    const code = `import { watch } from "./saturated-page.ts"; Object.assign(globalThis, { watch });`;
    const script = await bundle(code, ["browser"]);
    const html = `<!doctype html><input autofocus><script type="module" src="/page.js"></script>`;
    for (const budgetMs of BUDGETS) {
      const page = await openPage(browser, script, html);
      await page.waitForFunction(() => "watch" in globalThis);
      await page.evaluate((ms) => (globalThis as Scope).watch.begin(ms), budgetMs);
      for (let press = 0; press < PRESSES; press++) {
        await page.keyboard.press("a");
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      }
      const found = await page.evaluate(() => (globalThis as Scope).watch.end());
      results.push({ budgetMs, ...found });
      await page.close();
    }
  } finally {
    await browser.close();
  }
  return results;
}
