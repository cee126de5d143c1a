// What the bundlers are given: a user's smallest program, and one file for each entry. Owns the
// sources; bundlers.test.ts and page.test.ts bundle and run them.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BundleOptions, Target } from "../harness/bundlers.js";
import { entries, manifest } from "../harness/manifest.js";

const external = Object.keys(manifest.peerDependencies as object);

/** Starts a server, calls it, stops, prints the answer. No `await` at the top: not all take that. */
export const counterCode = `import { createSystem, genServer } from "troupe";

const Counter = genServer({
  id: "counter",
  init: () => ({ count: 0 }),
  call: { add(self, by) { return (self.state.count += by); } },
});

async function run() {
  const system = createSystem();
  const counter = await system.start(Counter);
  const count = await counter.call.add(42);
  await system.stop();
  return count;
}
run().then((count) => console.log(count));
`;

/** Writes the program; gives how to bundle it into `output`, as `counter.mjs`. */
export async function counterProgram(
  project: string,
  target: Target,
  output: string,
): Promise<BundleOptions> {
  await writeFile(join(project, "counter.mjs"), counterCode);
  return { project, target, output, inputs: ["counter.mjs"], external, minify: true };
}

/** Places actors in a worker, in a module of its own. */
const placeCode = `import { remote, worker } from "troupe/realms";

const place = worker(() => new Worker(new URL("./decoder.worker.mjs", document.baseURI), { type: "module" }));
export const Decoder = remote("decoder", place);
`;

/** Calls a server, and loads the places of its workers when somebody asks for one. */
export const laterCode = `${counterCode}
globalThis.decode = async (bytes) => {
  const { Decoder } = await import("./place.mjs");
  const decoder = await createSystem().start(Decoder);
  return decoder.call.decode(bytes);
};
`;

/** Writes the program that loads its places later; gives how to bundle it into `output`, as `later.mjs`. */
export async function laterProgram(project: string, output: string): Promise<BundleOptions> {
  await writeFile(join(project, "place.mjs"), placeCode);
  await writeFile(join(project, "later.mjs"), laterCode);
  return { project, target: "page", output, inputs: ["later.mjs"], external, minify: true };
}

/** Writes a file for each entry; gives how to bundle them together into `output`. */
export async function entryFiles(
  project: string,
  target: Target,
  output: string,
): Promise<BundleOptions> {
  for (const entry of entries)
    await writeFile(join(project, fileOf(entry)), `export * from "${entry}";\n`);
  // Minifying takes ten times as long as the rest and says nothing more.
  return { project, target, output, inputs: entries.map(fileOf), external, minify: false };
}

/** The file that an entry is bundled from and to. */
export function fileOf(entry: string): string {
  return `${entry.replaceAll("/", "-")}.mjs`;
}
