// Whether the page is hidden: the default of the option `visibility`.
//
// Owns the reading of the host's `document`, when it is asked and not before. Where there is none (a
// worker, a server) nothing is ever hidden.

import type { Visibility } from "./options.js";

/** The visibility of this page. */
export const pageVisibility: Visibility = {
  get hidden(): boolean {
    return hostDocument()?.visibilityState === "hidden";
  },
  subscribe(listener) {
    const document = hostDocument();
    document?.addEventListener("visibilitychange", listener);
    return () => document?.removeEventListener("visibilitychange", listener);
  },
};

function hostDocument(): Document | undefined {
  return (globalThis as { document?: Document }).document;
}
