// What a test may need of its host beyond the language and the plain web, by name.
// Owns the one list, with the question that finds each out. Which host lacks which is not said here:
// `npm run hosts` has that list, and a skip that is not on it is a failure there.

interface CapableHost {
  readonly process?: {
    readonly versions?: { readonly node?: string };
    getBuiltinModule?(name: string): unknown;
  };
  readonly navigator?: { readonly userAgent?: string; readonly locks?: unknown };
  readonly document?: unknown;
  readonly Worker?: unknown;
  readonly SharedWorker?: unknown;
  readonly MessageChannel?: unknown;
  readonly BroadcastChannel?: unknown;
  readonly ReadableStream?: new (source: { readonly type: "bytes" }) => unknown;
}

const host = globalThis as unknown as CapableHost;

/** Every capability that a test may name, with whether this host has it. */
export const capabilities = {
  /** `new ReadableStream({ type: "bytes" })`: WebKit has none. */
  byteStreams: (): boolean => {
    try {
      return host.ReadableStream !== undefined && !!new host.ReadableStream({ type: "bytes" });
    } catch {
      return false;
    }
  },
  /**
   * Streams that ask for more as soon as there is room, and byte streams that keep chunks apart.
   * workerd's wait for a reader, and give it all that there is; it takes a turn to find that out, so
   * it is asked by its name.
   */
  strictStreams: (): boolean => host.navigator?.userAgent !== "Cloudflare-Workers",
  /** Clones of its own realm: edge-runtime clones a Date into that of the Node around it. */
  ownClones: (): boolean => structuredClone(new Date(0)) instanceof Date,
  /** TCP: what has Node's modules has it. */
  sockets: (): boolean => host.process?.versions?.node !== undefined,
  /** Frames that somebody may look at: only a page has them. */
  frames: (): boolean => host.document !== undefined,
  /**
   * Frames go before the tasks of a busy page. Firefox draws 15 to 25 a second then, whatever the tasks
   * are (postTask of any priority, messages, messages after a timer), unless the page rests.
   */
  promptFrames: (): boolean =>
    host.document !== undefined && !/ Firefox\//.test(host.navigator?.userAgent ?? ""),
  /**
   * `new Worker(url)`: Node's are of another kind, and an edge and Service Workers have none. Of shared
   * workers only Firefox's have some, and one is ended by what its own do not catch.
   */
  workers: (): boolean => host.Worker !== undefined && !("SharedWorkerGlobalScope" in host),
  /** Workers that end when they are told to, busy or not: Deno's of the web's kind run on. */
  endableWorkers: (): boolean => host.Worker !== undefined && !("Deno" in host),
  /** Workers of `node:worker_threads`. */
  threads: (): boolean => host.process?.getBuiltinModule?.("node:worker_threads") !== undefined,
  /** Only pages start shared workers. */
  sharedWorkers: (): boolean => host.SharedWorker !== undefined,
  /** Ports: edge-runtime has none. */
  messagePorts: (): boolean => host.MessageChannel !== undefined,
  /** Ports that move buffers: workerd's only copy. */
  portTransfer: (): boolean => host.navigator?.userAgent !== "Cloudflare-Workers",
  /** Channels of one origin. */
  broadcast: (): boolean => host.BroadcastChannel !== undefined,
  /** Web Locks. */
  locks: (): boolean => host.navigator?.locks !== undefined,
  /** A server of WebSockets in this very realm: Node's with the package ws. */
  webSocketServer: (): boolean =>
    host.process?.versions?.node !== undefined || "WebSocketPair" in host,
  /** Windows in windows: only a page has them. */
  windows: (): boolean => host.document !== undefined,
} as const;

/** The name of a capability. */
export type Capability = keyof typeof capabilities;

/** Whether this host has it. */
export function hasCapability(name: Capability): boolean {
  return capabilities[name]();
}
