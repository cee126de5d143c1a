// An empty project of a user's, with the packed tarball installed into it, and the Node that a user
// has. Needs no network: the package has no dependency.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./source-tree.js";

const exec = promisify(execFile);

/** The user's own Node, which may be older than the one that runs the tests. */
export const userNode: string =
  process.env.TROUPE_NODE ?? process.env.npm_node_execpath ?? process.execPath;

/** A project that has installed the package. */
export interface Consumer {
  readonly folder: string;
  /** The files of the tarball. */
  readonly packed: readonly string[];
  remove(): Promise<void>;
}

/** Packs the package and installs it. */
export async function installedConsumer(): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), "troupe-consumer-"));
  const { stdout } = await npm(["pack", "--json", "--pack-destination", folder], root);
  const [{ filename, files }] = JSON.parse(stdout);
  await writeFile(join(folder, "package.json"), `{ "private": true, "type": "module" }`);
  await npm(["install", "--ignore-scripts", `./${filename}`], folder);
  return {
    folder,
    packed: files.map(({ path }: { path: string }) => path),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Runs npm as the user's shell would, without the network. */
function npm(args: string[], cwd: string): Promise<{ stdout: string }> {
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith("npm-cli.js") ? [userNode, [cli]] : ["npm", []];
  return exec(command, [...first, ...args, "--offline", "--no-audit", "--no-fund"], { cwd });
}
