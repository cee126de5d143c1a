// Erlang and Go beside JavaScript, where they are installed: the same scenarios, over the same protocol.
//
// Owns how their programs in native/ are compiled, into a temporary folder, and started. What is absent is
// left out by name. Both run on one thread, as JavaScript does.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "../../scripts/run.mjs";
import type { Host } from "./host.ts";
import { openLines } from "./lines.ts";

const sources = join(root, "bench", "native");

interface Language {
  readonly name: string;
  /** Says the version, and by that whether it is installed. */
  readonly version: readonly [string, ...string[]];
  readonly compile: (folder: string) => readonly [string, ...string[]];
  readonly start: (folder: string) => readonly [string, ...string[]];
}

const languages: readonly Language[] = [
  {
    name: "Erlang",
    version: [
      "erl",
      "-noshell",
      "-eval",
      'io:format("~s",[erlang:system_info(otp_release)]),halt().',
    ],
    compile: (folder) => ["erlc", "-o", folder, join(sources, "bench.erl")],
    start: (folder) => ["erl", "+S", "1:1", "-noshell", "-pa", folder, "-s", "bench", "-extra"],
  },
  {
    name: "Go",
    version: ["go", "version"],
    compile: (folder) => ["go", "build", "-o", join(folder, "bench"), join(sources, "bench.go")],
    start: (folder) => [join(folder, "bench")],
  },
];

/** The languages that are installed. Their subjects go by their own names. */
export async function natives(): Promise<Host[]> {
  const found: Host[] = [];
  for (const { name, version, compile, start } of languages) {
    const [command, ...args] = version;
    const { code, output } = await run(command, args, { timeoutMs: 20_000 });
    if (code !== 0) {
      console.log(`skipped  ${name}: it is not installed`);
      continue;
    }
    const folder = mkdtempSync(join(tmpdir(), "troupe-bench-"));
    const [compiler, ...sourcesOf] = compile(folder);
    // Go keeps what it compiled below HOME, which a bare machine may not have.
    const env = { GOCACHE: join(folder, "cache"), GOMAXPROCS: "1" };
    process.env["GOMAXPROCS"] = "1";
    const compiled = await run(compiler, sourcesOf, { env });
    if (compiled.code !== 0) throw new Error(`${compiler} failed:\n${compiled.output}`);
    const [program, ...flags] = start(folder);
    found.push({
      name,
      version: /\d+(\.\d+)*/.exec(output)?.[0] ?? output.trim(),
      subjects: [name],
      open: (_subject, scenario) => openLines(program, [...flags, scenario], folder),
      close: async () => rmSync(folder, { recursive: true, force: true }),
    });
  }
  return found;
}
