// A page as a Platform.
//
// Owns the page's wake-up events (online, visible) and its error channel. The macrotask is that of
// all browsers; it works in workers too, which a bundler without a "worker" condition relies on.

import type { Platform } from "../../src/kernel/platform.js";
import { clock } from "../shared/clock.js";
import { webMacrotask } from "../shared/web-macrotask.js";

/** The platform of pages. */
export const platform: Platform = {
  ...clock,
  host: "browser",
  macrotask: webMacrotask(),
  reportError: (error) => globalThis.reportError(error),
  onWake: (listener) => {
    const { document } = globalThis as { document?: Document };
    const visible = (): void => {
      if (document?.visibilityState === "visible") listener();
    };
    globalThis.addEventListener("online", listener);
    document?.addEventListener("visibilitychange", visible);
    return () => {
      globalThis.removeEventListener("online", listener);
      document?.removeEventListener("visibilitychange", visible);
    };
  },
};
