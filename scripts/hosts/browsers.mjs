// The browsers of the matrix, each as { version, open(url), close() }. Chromium and Firefox by Playwright,
// with Debian's own binaries where they are installed; WebKit by its WebDriver.
// Owns how each is started. What runs in them is test/hosts, and what they open scripts/hosts/run-server.mjs.
import { existsSync } from "node:fs";
import { chromium, firefox } from "playwright";
import { startWebKit } from "./webkit.mjs";

const debianChromium = "/usr/bin/chromium";
const chromiumArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A test that reaches for the internet fails instead of depending on it.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

async function byPlaywright(type, options) {
  const browser = await type.launch(options);
  return {
    version: browser.version(),
    async open(url) {
      const page = await browser.newPage();
      await page.goto(url);
      return () => page.close();
    },
    close: () => browser.close(),
  };
}

/** Starts each browser. `open` gives the function that closes the page. */
export const launch = {
  chromium: () =>
    byPlaywright(chromium, {
      args: chromiumArgs,
      ...(existsSync(debianChromium) ? { executablePath: debianChromium } : {}),
    }),
  firefox: () =>
    byPlaywright(firefox, { channel: "moz-firefox", executablePath: "/usr/bin/firefox-esr" }),
  webkit: startWebKit,
};
