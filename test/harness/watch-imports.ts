// Watches what a module does to its host while it is imported: the first import of a host's file
// starts it, test/harness/imports.ts ends it behind the last entry of the package.
// Owns the list of what no import may touch: timers, listeners, random ids, channels, the network.
// Everything still works while it is watched.

type Owner = Record<string, unknown>;

const page = globalThis as unknown as Owner;
const watched: readonly (readonly [owner: unknown, names: readonly string[]])[] = [
  [page, ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "addEventListener"]],
  [page, ["requestAnimationFrame", "requestIdleCallback", "fetch", "WebSocket", "Worker"]],
  [page, ["MessageChannel", "BroadcastChannel", "SharedWorker", "EventSource"]],
  [page.scheduler, ["postTask", "yield"]],
  [page.crypto, ["getRandomValues", "randomUUID"]],
  [page.process, ["on", "once", "addListener", "nextTick"]],
  [page.document, ["addEventListener", "createElement"]],
  [Math, ["random"]],
];

const touched: string[] = [];
let restore: (() => void)[] = [];

/** Writes down from now on what is called or made. */
export function beginWatch(): void {
  for (const [owner, names] of watched) {
    for (const name of names) watch(owner as Owner | undefined, name);
  }
}

/** Puts everything back; gives the names of what was called or made. */
export function endWatch(): string[] {
  for (const undo of restore.reverse()) undo();
  restore = [];
  return touched.splice(0);
}

function watch(owner: Owner | undefined, name: string): void {
  const original = owner?.[name];
  if (owner === undefined || typeof original !== "function") return;
  const value = new Proxy(original, {
    apply(target, self, args) {
      touched.push(name);
      return Reflect.apply(target, self, args);
    },
    construct(target, args) {
      touched.push(`new ${name}`);
      return Reflect.construct(target, args);
    },
  });
  const isOwn = Object.hasOwn(owner, name);
  owner[name] = value;
  restore.push(() => {
    if (isOwn) owner[name] = original;
    else delete owner[name];
  });
}

beginWatch();
