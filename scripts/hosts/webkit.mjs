// WebKitGTK: one MiniBrowser in a virtual display, driven by plain W3C WebDriver over HTTP. Debian's
// packages webkit2gtk-driver and xvfb have all of it.
// Owns the three processes and the session. It opens pages and nothing else. Playwright's own WebKit
// is a build of its own; this one is what people run.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const START_MS = 60_000;
const MOST_PORTS = 5;

/** Where Debian has the browser, for each architecture that it has it for. */
const miniBrowsers = ["x86_64", "aarch64"].flatMap((machine) =>
  ["4.1", "4.0"].map((api) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-${api}/MiniBrowser`),
);

/** Starts it; gives { version, open(url), close() }. */
export async function startWebKit() {
  const binary = miniBrowsers.find(existsSync);
  if (binary === undefined) throw new Error("WebKitGTK's MiniBrowser is not installed");
  const children = [];
  const kill = () => {
    for (const child of children.splice(0).reverse()) child.kill();
  };
  try {
    const env = {
      ...process.env,
      DISPLAY: await startDisplay(children),
      LIBGL_ALWAYS_SOFTWARE: "1",
      WEBKIT_DISABLE_DMABUF_RENDERER: "1",
      GSETTINGS_BACKEND: "memory",
      // Off by default in WebKitGTK, on in Safari where a page is isolated.
      JSC_useSharedArrayBuffer: "1",
    };
    const ask = await startDriver(env, children);
    const alwaysMatch = {
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": { binary, args: ["--automation"] },
    };
    const session = await ask("POST", "/session", { capabilities: { alwaysMatch } });
    const path = `/session/${session.sessionId}`;
    const go = (url) => ask("POST", `${path}/url`, { url });
    return {
      version: session.capabilities.browserVersion,
      async open(url) {
        await go(url);
        return () => go("about:blank");
      },
      async close() {
        await ask("DELETE", path).catch(() => {});
        kill();
      },
    };
  } catch (error) {
    kill();
    throw error;
  }
}

/** Starts Xvfb, which chooses a free display and writes its number to file descriptor 3. */
function startDisplay(children) {
  const args = ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"];
  const display = spawn("Xvfb", args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  children.push(display);
  return new Promise((resolve, reject) => {
    display.once("error", reject);
    display.once("exit", (code) => reject(new Error(`Xvfb ended with code ${code}`)));
    display.stdio[3].once("data", (text) => resolve(`:${String(text).trim()}`));
  });
}

/**
 * Starts the driver, which does not choose its port by itself. One that was free may be somebody else's when the
 * driver gets there, of whatever connects meanwhile: then it ends, and is given another.
 */
async function startDriver(env, children) {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const args = [`--port=${port}`, "--host=127.0.0.1"];
    const driver = spawn("WebKitWebDriver", args, { stdio: "ignore", env });
    const ended = new AbortController();
    driver.once("error", (error) => ended.abort(error));
    driver.once("exit", (code) =>
      ended.abort(new Error(`WebKitWebDriver ended with code ${code}`)),
    );
    children.push(driver);
    const ask = asker(`http://127.0.0.1:${port}`);
    try {
      await untilReady(ask, ended.signal);
      return ask;
    } catch (error) {
      if (!ended.signal.aborted || tries === MOST_PORTS) throw error;
    }
  }
}

async function untilReady(ask, ended) {
  const giveUpAt = Date.now() + START_MS;
  for (;;) {
    ended.throwIfAborted();
    try {
      return await ask("GET", "/status");
    } catch (cause) {
      if (Date.now() > giveUpAt) {
        throw new Error(`WebKitWebDriver is not ready after ${START_MS} ms`, { cause });
      }
      await sleep(50);
    }
  }
}

/** Gives a function that sends one command of WebDriver. */
function asker(driver) {
  return async (method, path, body) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(driver + path, init);
    const { value } = await response.json();
    if (value?.error) throw new Error(`WebDriver ${path}: ${value.error}: ${value.message}`);
    return value;
  };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
