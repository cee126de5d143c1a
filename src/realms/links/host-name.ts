// The name of this host where no system is at hand to tell it, for errors alone.
//
// Owns the reading of what the host calls itself, when it is asked and not before. Nothing may be
// decided by it: what a host can do is asked of the capability itself.

/** Such as `Deno/2.9.6` or a browser's user agent; `this host` where it says nothing (Node 20). */
export function hostName(): string {
  const { navigator } = globalThis as { navigator?: { readonly userAgent?: string } };
  return navigator?.userAgent || "this host";
}
