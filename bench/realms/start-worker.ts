// Starts the worker of a subject: a thread of Node, or a module worker of a page.
//
// Owns the one difference between the two that subjects meet: how a message is listened for. In a page
// the script is what chromium.ts serves under this name.

type Data = (data: unknown) => void;
type Emitter = { on(type: "message", listener: Data): unknown };

/** What both kinds of workers, and the scope within them, have. */
export interface Endpoint {
  postMessage(data: unknown, transfer?: readonly Transferable[]): void;
  terminate(): unknown;
}

type Threads = {
  readonly Worker: new (file: URL) => Endpoint;
  readonly parentPort: Endpoint;
};

/** Not imported: a page has no such module, and a worker must listen before it has waited for anything. */
const threads = (
  globalThis as {
    readonly process?: { getBuiltinModule(name: "node:worker_threads"): Threads };
  }
).process?.getBuiltinModule("node:worker_threads");

/** Starts the worker in that file of peers/ or subjects/. */
export function startWorker(file: string): Endpoint {
  if (threads === undefined) return new Worker("worker.js", { type: "module" });
  return new threads.Worker(new URL(file, import.meta.url));
}

/** In a worker: the way to whoever started it. */
export const parent: Endpoint = threads?.parentPort ?? (globalThis as unknown as Endpoint);

/** Calls `listener` with each message. */
export function onMessage(endpoint: Endpoint, listener: Data): void {
  if (threads !== undefined) (endpoint as unknown as Emitter).on("message", listener);
  else (endpoint as unknown as Worker).onmessage = ({ data }) => listener(data);
}
