// Node, Deno and Bun as hosts: each subject in a process of its own.
//
// Owns their commands and flags, which are a user's; but where bytes are counted, Node's heap may be
// collected on demand, and its young generation holds a whole sample.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installed } from "../../scripts/hosts/runtimes.mjs";
import { provideHosts } from "../../scripts/provide.mjs";
import { localNode, root } from "../../scripts/run.mjs";
import { type Host, MESSAGES, pathOf } from "./host.ts";
import { openLines } from "./lines.ts";

const folder = join(root, "bench");
const HEAP = ["--expose-gc", "--max-semi-space-size=64", "--min-semi-space-size=64"];

function host(
  name: string,
  command: string,
  flags: readonly string[],
  subjects: readonly string[],
  scenarios?: readonly string[],
): Host {
  const version = execFileSync(command, ["--version"], { encoding: "utf8" });
  return {
    name,
    version: /\d+\.\d+\.\d+/.exec(version)?.[0] ?? version.trim(),
    subjects,
    ...(scenarios === undefined ? {} : { scenarios }),
    open: (subject, scenario, unit) => {
      const all = unit === "B" ? [...HEAP, ...flags] : flags;
      return openLines(command, [...all, "child.ts", pathOf(subject), scenario], folder);
    },
    close: async () => {},
  };
}

/** The project's own Node. */
export function node(peers: readonly string[]): Host {
  return host("Node", localNode(), [], ["floor", "troupe", ...peers]);
}

/** Deno and Bun of the matrix of hosts; those that cannot be had are left out. */
export async function runtimes(peers: readonly string[]): Promise<Host[]> {
  if (!(await provideHosts())) return [];
  const subjects = ["floor", "troupe", ...peers];
  const found: Host[] = [];
  for (const [name, file, flags] of [
    ["Deno", "deno", ["run", "--allow-all", "--quiet", "--no-lock"]],
    ["Bun", "bun", ["run"]],
  ] as const) {
    const command = installed(`.bin/${file}`);
    if (existsSync(command)) found.push(host(name, command, flags, subjects, MESSAGES));
    else console.log(`skipped  ${name}: it is not installed`);
  }
  return found;
}
