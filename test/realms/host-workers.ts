// The workers of whatever host this is, started from the text of a module.
// Owns how each host is given that text: as a URL of a blob or of data. What a worker does is the
// text's; bundled texts come from `worker-source:…` (scripts/worker-source.mjs).
import type { SharedWorkerLike } from "../../src/realms/links/shared-worker-link.js";
import type { WorkerLike } from "../../src/realms/links/worker-link.js";

interface NodeModules {
  readonly process?: {
    getBuiltinModule?(name: string): { Worker: new (url: URL) => WorkerLike } | undefined;
  };
}

/** `node:worker_threads`, where this host has it. */
const threads = () =>
  (globalThis as NodeModules).process?.getBuiltinModule?.("node:worker_threads");

/** A URL of `source`. Workers of data have no origin in browsers, and so no locks: those get a blob. */
function urlOf(source: string): string {
  const isBrowser =
    "navigator" in globalThis && "location" in globalThis && !("Deno" in globalThis);
  return isBrowser
    ? URL.createObjectURL(new Blob([source], { type: "text/javascript" }))
    : `data:text/javascript,${encodeURIComponent(source)}`;
}

/** A worker of the web's kind. */
export function startWorker(source: string): WorkerLike {
  return new Worker(urlOf(source), { type: "module" });
}

/** A worker of Node's kind. */
export function startThread(source: string): WorkerLike {
  const { Worker: Thread } = threads() ?? {};
  if (Thread === undefined) throw new Error("this host has no worker_threads");
  return new Thread(new URL(urlOf(source)));
}

/** A shared worker of its own. */
export function startSharedWorker(source: string): SharedWorkerLike {
  return new SharedWorker(urlOf(source), { type: "module" });
}

/** Of a system whose actors are in real workers: how long one stands still on a busy machine is no news. */
export const patientSystem = { callTimeoutMs: Infinity } as const;

/** As much for a place: what never comes at all is noticed by the test's own limit. */
export const patientPlace = {
  helloTimeoutMs: Infinity,
  graceMs: Infinity,
  unresponsiveMs: Infinity,
} as const;

/** Both kinds, each with what a host must have for it. */
export const workerKinds = [
  { name: "worker", needs: { needs: "workers" }, start: startWorker },
  { name: "thread", needs: { needs: "threads" }, start: startThread },
] as const;
