// The test projects: `node` runs the host-neutral suites and the Node-only tests, `chromium` runs
// the same suites in a page and, from there, in a module Web Worker, `package` looks at what is
// published and builds it first when it is stale. `fairness` and `chromium-fairness` measure real time,
// each alone and after everything else.
// Browsers: Debian's own where it is installed, otherwise the one Playwright downloaded.
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumOptions } from "./scripts/chromium.mjs";
import { viteWorkerSources } from "./scripts/worker-source.mjs";

const browserTests = [
  "test/browser/**/*.test.ts",
  "test/hosts/page.test.ts",
  "test/hosts/worker.test.ts",
];
/** What compares a host under load with itself at rest: run alone, when all others are done. */
const realTimeTests = {
  node: "test/kernel/fairness.test.ts",
  page: "test/browser/fairness.test.ts",
};
const packageTests = [
  "test/adapters/packed.test.ts",
  "test/bench.test.ts",
  "test/development.test.ts",
  "test/examples.test.ts",
  "test/packaging/**/*.test.ts",
  "test/size.test.ts",
  "test/types-budget.test.ts",
];

/** A project of tests that run in pages of one Chromium. */
function chromium(name: string, include: string[], more: { exclude?: string[]; after?: number }) {
  const { exclude = [], after = 0 } = more;
  return {
    server: {
      headers: {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      },
    },
    optimizeDeps: { include: ["chai", "@vitest/expect"] },
    plugins: [viteWorkerSources(["worker"])],
    worker: { format: "es" as const, plugins: () => [viteWorkerSources(["worker"])] },
    test: {
      name,
      include,
      exclude,
      globalSetup: "test/browser/peers.setup.ts",
      sequence: { groupOrder: after },
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: chromiumOptions }),
        instances: [{ browser: "chromium" as const }],
      },
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [viteWorkerSources(["node"])],
        test: {
          name: "node",
          environment: "node",
          include: ["test/**/*.test.ts"],
          exclude: [...browserTests, ...packageTests, realTimeTests.node],
        },
      },
      {
        test: {
          name: "package",
          environment: "node",
          include: packageTests,
          globalSetup: "test/build.setup.ts",
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Compilers and npm take all cores: not while others measure real time.
          sequence: { groupOrder: 1 },
        },
      },
      chromium("chromium", browserTests, { exclude: [realTimeTests.page] }),
      {
        test: {
          name: "fairness",
          environment: "node",
          include: [realTimeTests.node],
          sequence: { groupOrder: 2 },
        },
      },
      chromium("chromium-fairness", [realTimeTests.page], { after: 3 }),
    ],
  },
});
