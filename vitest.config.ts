// The test projects: `node` runs the host-neutral suites and the Node-only tests, `chromium` runs
// the same suites in a page and, from there, in a module Web Worker.
// Browsers: Debian's own where it is installed, otherwise the one Playwright downloaded.
import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const debianChromium = "/usr/bin/chromium";
const launchOptions = {
  ...(existsSync(debianChromium) ? { executablePath: debianChromium } : {}),
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // A test that reaches for the internet fails instead of depending on it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
  ],
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          environment: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["test/browser/**", "test/hosts/chromium.test.ts", "test/hosts/worker.test.ts"],
        },
      },
      {
        server: {
          headers: {
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Embedder-Policy": "require-corp",
          },
        },
        optimizeDeps: { include: ["chai", "@vitest/expect"] },
        worker: { format: "es" },
        test: {
          name: "chromium",
          include: [
            "test/browser/**/*.test.ts",
            "test/hosts/chromium.test.ts",
            "test/hosts/worker.test.ts",
          ],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
