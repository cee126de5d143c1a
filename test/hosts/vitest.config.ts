// Vitest in browsers beside the one that every test run has: each runs the host-neutral suites in a
// page and, from there, in a module Web Worker. `npm run hosts` starts one project at a time.
import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { webkitGtk } from "./webkit-provider.js";

const root = new URL("../..", import.meta.url).pathname;
const chromium = "/usr/bin/chromium";
const chromiumArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

const browsers = {
  chromium: {
    browser: "chromium",
    provider: playwright({
      launchOptions: {
        args: chromiumArgs,
        ...(existsSync(chromium) ? { executablePath: chromium } : {}),
      },
    }),
  },
  firefox: {
    browser: "firefox",
    provider: playwright({
      launchOptions: { channel: "moz-firefox", executablePath: "/usr/bin/firefox-esr" },
    }),
  },
  webkit: { browser: "webkit", provider: webkitGtk() },
} as const;

// biome-ignore lint/style/noDefaultExport: what Vitest reads
export default defineConfig({
  root,
  test: {
    projects: Object.entries(browsers).map(([name, { browser, provider }]) => ({
      root,
      // A folder of its own: two projects that optimise at once would take each other's files.
      cacheDir: `.cache/vite-${name}`,
      server: {
        headers: {
          "Cross-Origin-Opener-Policy": "same-origin",
          "Cross-Origin-Embedder-Policy": "require-corp",
        },
      },
      optimizeDeps: { include: ["chai", "@vitest/expect", "fast-check"] },
      worker: { format: "es" as const },
      test: {
        name,
        testTimeout: 20_000,
        include: ["test/hosts/page.test.ts", "test/hosts/worker.test.ts"],
        browser: {
          enabled: true,
          headless: name !== "webkit",
          screenshotFailures: false,
          provider,
          instances: [{ browser }],
        },
      },
    })),
  },
});
