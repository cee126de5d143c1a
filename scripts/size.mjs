// Measures what a user of a page pays: bundles the built package with esbuild, minified and gzipped,
// for the core's usual imports, for a page with a worker and for each entry alone. Prints a table; with
// --write it puts the table into the README between the markers <!-- sizes --> and <!-- /sizes -->.
// Sets no budget: test/size.test.ts holds the budgets and the README's table.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./run.mjs";

/** The lines of the README between the markers. */
export const markers = /(<!-- sizes -->\n)[\s\S]*?(<!-- \/sizes -->)/;

const core = [
  { label: "server + ref", code: `export { createSystem, genServer } from "troupe";` },
  {
    label: "with supervisors",
    code: `export { createSystem, genServer, supervisor } from "troupe";`,
  },
  {
    label: "with supervisors and registry",
    code: `export { createSystem, genServer, registry, supervisor } from "troupe";`,
  },
  {
    label: "server + ref, and one in a worker",
    code: `export { createSystem, genServer } from "troupe";
      export { remote, worker } from "troupe/realms";`,
  },
  {
    label: "a worker that serves one",
    code: `export { genServer } from "troupe"; export { serve } from "troupe/realms";`,
  },
];

/** Everything that is measured, with the code that a user would write. */
function subjects() {
  const { exports, peerDependencies } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const entries = Object.keys(exports).filter((path) => path !== "./package.json");
  return {
    peers: Object.keys(peerDependencies),
    list: [
      ...core,
      ...entries.map((path) => {
        const label = path.replace(".", "troupe");
        // A page's TCP only says that there is none.
        const platform = path === "./tcp" ? "node" : "browser";
        return { label: `\`${label}\``, code: `export * from "${label}";`, platform };
      }),
    ],
  };
}

/** Bundles each subject; resolves with rows of a label and its bytes, minified and gzipped. */
export async function measure() {
  const { list, peers } = subjects();
  return Promise.all(
    list.map(async ({ label, code, platform = "browser" }) => {
      const { outputFiles } = await build({
        stdin: { contents: code, resolveDir: root, sourcefile: "measured.js" },
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        target: "es2022",
        platform,
        external: peers,
        logLevel: "silent",
      });
      return { label, bytes: gzipSync(outputFiles[0].contents, { level: 9 }).length };
    }),
  );
}

/** The table of the README. */
export function table(rows) {
  const lines = rows.map(({ label, bytes }) => `| ${label} | ${bytes.toLocaleString("en")} B |`);
  return ["| import | min + gzip |", "| --- | ---: |", ...lines, ""].join("\n");
}

if (process.argv[1] === join(root, "scripts", "size.mjs")) {
  const text = table(await measure());
  process.stdout.write(text);
  if (process.argv.includes("--write")) {
    const path = join(root, "README.md");
    const before = readFileSync(path, "utf8");
    if (!markers.test(before)) throw new Error("README.md has no <!-- sizes --> markers: add them");
    writeFileSync(
      path,
      before.replace(markers, (_, open, close) => `${open}${text}${close}`),
    );
  }
}
