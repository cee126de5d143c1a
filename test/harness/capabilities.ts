// What a test may need of its host beyond the language and the plain web, by name.
// Owns the one list, with the question that finds each out. Which host lacks which is not said here:
// `npm run hosts` has that list, and a skip that is not on it is a failure there.

interface CapableHost {
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
} as const;

/** The name of a capability. */
export type Capability = keyof typeof capabilities;

/** Whether this host has it. */
export function hasCapability(name: Capability): boolean {
  return capabilities[name]();
}
