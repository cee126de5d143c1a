// How Chromium is started, wherever the project starts one: Debian's own where it is installed, otherwise
// the one that Playwright downloaded. Starts nothing itself.
import { existsSync } from "node:fs";

const debian = "/usr/bin/chromium";

/** The options of Playwright's `launch`. */
export const chromiumOptions = {
  ...(existsSync(debian) ? { executablePath: debian } : {}),
  // Long enough for a machine that does much else: Playwright's own is half a minute.
  timeout: 120_000,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // A test that reaches for the internet fails instead of depending on it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
  ],
};
