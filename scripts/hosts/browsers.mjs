// The browsers of the matrix, each as { version, open(url), close() }. Chromium by Playwright, with Debian's
// own binary where it is installed; Firefox by Marionette and WebKit by its WebDriver.
// Owns how each is started. What runs in them is test/hosts, and what they open scripts/hosts/run-server.mjs.
import { chromium } from "playwright";
import { chromiumOptions } from "../chromium.mjs";
import { startFirefox } from "./firefox.mjs";
import { startWebKit } from "./webkit.mjs";

async function startChromium() {
  // A profile in a folder, as users have one: a private window keeps at most a few megabytes of a service
  // worker's script, fewer than the suites are, and refuses the rest with "Failed to access storage".
  const context = await chromium.launchPersistentContext("", chromiumOptions);
  return {
    version: context.browser().version(),
    async open(url) {
      const page = await context.newPage();
      // It is there once it is asked for: its module may run as long as the suites do.
      await page.goto(url, { waitUntil: "commit", timeout: chromiumOptions.timeout });
      return () => page.close();
    },
    close: () => context.close(),
  };
}

/** Starts each browser. `open` gives the function that closes the page. */
export const launch = { chromium: startChromium, firefox: startFirefox, webkit: startWebKit };
