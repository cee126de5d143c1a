// Empty projects of users', with the packed tarball installed into them, and the Node that a user
// has. The package is packed and installed once (test/build.setup.ts); each project gets a copy of
// its own, so that tests neither wait for npm nor meet. Needs no network: there is no dependency.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";
import { root } from "./source-tree.js";

const exec = promisify(execFile);

/** The user's own Node, which may be older than the one that runs the tests. */
export const userNode: string =
  process.env.TROUPE_NODE ?? process.env.npm_node_execpath ?? process.execPath;

/** The package as npm packed it. */
export interface Packed {
  /** A project with the tarball installed, to be copied. */
  readonly folder: string;
  /** The files of the tarball. */
  readonly files: readonly string[];
  /** The bytes of those files. */
  readonly unpackedSize: number;
}

declare module "vitest" {
  interface ProvidedContext {
    /** What the setup made, or why it could not. */
    packed: Packed | string;
  }
}

/** A project that has installed the package. */
export interface Consumer {
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * Packs what is built, without building it again, and installs it into a new folder.
 * @throws Error with npm's own words.
 */
export async function packAndInstall(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), "troupe-packed-"));
  try {
    // The setup has built; a user's `npm pack` does it by `prepack`.
    const options = ["--json", "--ignore-scripts", "--pack-destination", folder];
    const { stdout } = await npm(["pack", ...options], root);
    const [{ filename, files, unpackedSize }] = JSON.parse(stdout);
    await writeFile(join(folder, "package.json"), `{ "private": true, "type": "module" }`);
    await npm(["install", "--ignore-scripts", `./${filename}`], folder);
    return { folder, files: files.map(({ path }: { path: string }) => path), unpackedSize };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The package as it was packed before the tests. */
export function packed(): Packed {
  const made = inject("packed");
  if (typeof made === "string") throw new Error(`The package could not be packed: ${made}`);
  return made;
}

/** Makes a project of its own that has installed the package. */
export async function installedConsumer(): Promise<Consumer> {
  const from = packed().folder;
  const folder = await mkdtemp(join(tmpdir(), "troupe-consumer-"));
  for (const name of await readdir(from)) {
    if (!name.endsWith(".tgz")) await cp(join(from, name), join(folder, name), { recursive: true });
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Runs npm as the user's shell would, without the network. */
export function npm(args: string[], cwd: string): Promise<{ stdout: string }> {
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith("npm-cli.js") ? [userNode, [cli]] : ["npm", []];
  const quiet = ["--offline", "--no-audit", "--no-fund"];
  return exec(command, [...first, ...args, ...quiet], { cwd });
}
