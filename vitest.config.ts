// The test projects: `node` runs the host-neutral suites and the Node-only tests, `chromium` runs
// the same suites in a page and, from there, in a module Web Worker, `package` looks at what is
// published and builds it first when it is stale. `fairness` and `chromium-fairness` measure real time,
// each alone and after everything else. Two files at least run beside each other: many wait, and Vitest
// would leave one core of two idle.
// Browsers: Debian's own where it is installed, otherwise the one Playwright downloaded.
import { availableParallelism } from "node:os";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { chromiumOptions } from "./scripts/chromium.mjs";
import { viteWorkerSources } from "./scripts/worker-source.mjs";
import { DEFAULT_TIMEOUT_MS } from "./test/harness/runner.js";

const browserTests = [
  "test/browser/**/*.test.ts",
  "test/hosts/page.test.ts",
  "test/hosts/worker.test.ts",
];
/** What compares real times: run one file after the other, when all others are done. */
const realTimeTests = {
  node: ["test/kernel/fairness.test.ts"],
  page: ["test/browser/fairness.test.ts", "test/browser/worker-time.test.ts"],
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

/** As long as on the hosts where Vitest does not run; what is waited for may come late among busy cores. */
const times = {
  testTimeout: DEFAULT_TIMEOUT_MS,
  hookTimeout: DEFAULT_TIMEOUT_MS,
  expect: { poll: { timeout: 10_000 } },
};

/** What takes longest begins first: begun last, it would run on alone. */
const longestFirst = [
  "test/demo/demo.test.ts",
  "test/conformance/mutants.test.ts",
  "test/packaging/workers.test.ts",
  "test/packaging/bundlers.test.ts",
  "test/hosts/node.test.ts",
  "test/adapters/webserial/webserial.test.ts",
  "test/bench-realms.test.ts",
  "test/realms/tabs.test.ts",
  "test/registry/ordered-scale.test.ts",
];
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = longestFirst.findIndex((path) => moduleId.endsWith(path));
      return at < 0 ? longestFirst.length : at;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

/** The projects run in this order, one group after the other: each has the cores for itself. */
const order = { chromium: 0, node: 1, package: 2, fairness: 3, "chromium-fairness": 4 } as const;

/** A project of tests that run in pages of one Chromium. */
function chromium(
  name: "chromium" | "chromium-fairness",
  include: string[],
  exclude: string[] = [],
) {
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
      ...times,
      name,
      include,
      exclude,
      globalSetup: "test/browser/peers.setup.ts",
      sequence: { groupOrder: order[name] },
      ...(name === "chromium" ? {} : { maxWorkers: 1 }),
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
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: [viteWorkerSources(["node"])],
        test: {
          ...times,
          name: "node",
          environment: "node",
          include: ["test/**/*.test.ts"],
          exclude: [...browserTests, ...packageTests, ...realTimeTests.node],
          sequence: { groupOrder: order.node },
        },
      },
      {
        test: {
          ...times,
          name: "package",
          environment: "node",
          include: packageTests,
          globalSetup: "test/build.setup.ts",
          // Compilers, npm and bundlers: work, whose time is the machine's matter.
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // Compilers and npm take all cores: not while others measure real time.
          sequence: { groupOrder: order.package },
        },
      },
      chromium("chromium", browserTests, realTimeTests.page),
      {
        plugins: [viteWorkerSources(["node"])],
        test: {
          ...times,
          name: "fairness",
          environment: "node",
          include: realTimeTests.node,
          maxWorkers: 1,
          sequence: { groupOrder: order.fairness },
        },
      },
      chromium("chromium-fairness", realTimeTests.page),
    ],
  },
});
