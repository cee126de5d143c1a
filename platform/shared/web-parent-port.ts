// The scope of a web worker, if this realm is one: what reaches whoever started it.
//
// Owns the question alone, asked by the names that only such scopes have. A bundler may choose what is
// for pages for a worker's file too, so both ask.

/** This realm's scope in a dedicated or shared worker; `undefined` in a page and in a service worker. */
export function webParentPort(): typeof globalThis | undefined {
  const isWorker =
    "DedicatedWorkerGlobalScope" in globalThis || "SharedWorkerGlobalScope" in globalThis;
  return isWorker ? globalThis : undefined;
}
