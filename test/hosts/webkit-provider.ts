// A Vitest browser provider for WebKitGTK: one MiniBrowser in a virtual display, driven by plain W3C
// WebDriver over HTTP. Debian's packages webkit2gtk-driver and xvfb have all of it.
// Owns the three processes and the session. It has no commands for clicks or keys: the suites need a
// page and nothing else. Playwright's own WebKit is a build of its own; this one is what people run.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { defineBrowserProvider } from "@vitest/browser";
import type { BrowserProvider } from "vitest/node";

const START_MS = 20_000;

/** Where Debian has the browser, for each architecture that it has it for. */
const miniBrowsers = ["x86_64", "aarch64"].flatMap((machine) =>
  ["4.1", "4.0"].map((api) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-${api}/MiniBrowser`),
);

/** Gives the option `provider` of a browser project. */
export function webkitGtk(): ReturnType<typeof defineBrowserProvider> {
  return defineBrowserProvider({
    name: "webkitgtk",
    options: {},
    providerFactory: (project) => {
      // Vitest resizes each tester; the window here is as large as its display.
      project.browser?.registerCommand("__vitest_viewport" as never, (async () => {}) as never);
      return new WebKitGtk();
    },
  });
}

class WebKitGtk implements BrowserProvider {
  readonly name = "webkitgtk";
  readonly supportsParallelism = false;
  readonly #children: ChildProcess[] = [];
  #driver = "";
  #session: Promise<string> | null = null;

  getCommandsContext(): Record<string, unknown> {
    return {};
  }

  async openPage(_sessionId: string, url: string): Promise<void> {
    this.#session ??= this.#start();
    await this.#ask("POST", `${await this.#session}/url`, { url });
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => "");
    if (session) await this.#ask("DELETE", session).catch(() => {});
    this.#session = null;
    for (const child of this.#children.splice(0).reverse()) child.kill();
  }

  /** Starts the display, the driver and the browser; resolves with the path of the session. */
  async #start(): Promise<string> {
    const browser = miniBrowsers.find(existsSync);
    if (browser === undefined) {
      throw new Error(
        "WebKitGTK's MiniBrowser is not installed: apt-get install webkit2gtk-driver",
      );
    }
    const env = {
      ...process.env,
      DISPLAY: await this.#startDisplay(),
      LIBGL_ALWAYS_SOFTWARE: "1",
      WEBKIT_DISABLE_DMABUF_RENDERER: "1",
      GSETTINGS_BACKEND: "memory",
      // Off by default in WebKitGTK, on in Safari where a page is isolated.
      JSC_useSharedArrayBuffer: "1",
    };
    const port = await freePort();
    const args = [`--port=${port}`, "--host=127.0.0.1"];
    this.#children.push(spawn("WebKitWebDriver", args, { stdio: "ignore", env }));
    this.#driver = `http://127.0.0.1:${port}`;
    await this.#untilReady();
    const browserOptions = { binary: browser, args: ["--automation"] };
    const alwaysMatch = {
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": browserOptions,
    };
    const session = await this.#ask("POST", "/session", { capabilities: { alwaysMatch } });
    return `/session/${(session as { sessionId: string }).sessionId}`;
  }

  /** Starts Xvfb, which chooses a free display and writes its number to file descriptor 3. */
  #startDisplay(): Promise<string> {
    const args = ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"];
    const display = spawn("Xvfb", args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    this.#children.push(display);
    return new Promise((resolve, reject) => {
      display.once("error", reject);
      display.once("exit", (code) => reject(new Error(`Xvfb ended with code ${code}`)));
      display.stdio[3]?.once("data", (text) => resolve(`:${String(text).trim()}`));
    });
  }

  async #untilReady(): Promise<void> {
    const giveUpAt = Date.now() + START_MS;
    for (;;) {
      try {
        await this.#ask("GET", "/status");
        return;
      } catch (cause) {
        if (Date.now() > giveUpAt) {
          throw new Error(`WebKitWebDriver is not ready after ${START_MS} ms`, { cause });
        }
        await sleep(50);
      }
    }
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(this.#driver + path, init);
    const { value } = (await response.json()) as { value: { error?: string; message?: string } };
    if (value?.error) throw new Error(`WebDriver ${path}: ${value.error}: ${value.message}`);
    return value;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
