// A real Chromium with real Web Serial, and a USB adapter whose cable can be pulled.
//
//   page ── Web Serial ── Chromium ── open("/dev/ttyUSB0") ── browser_shim.c ── the line of the test
//                            └────── udev: umockdev ── usb_testbed.py: /plug and /unplug
//
// Owns the browser, its policy, the page's server and the testbed, and stops them without a trace. The
// policy grants every port to the page, so the browser must never see the machine's own ports: it
// sees the testbed's alone, and the page asks for the adapter by vendor and product. The policy is a
// file of the test's own folder: nothing is written below /etc.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, type BrowserServer, chromium } from "playwright";
import { chromiumOptions } from "../../../scripts/chromium.mjs";
import { type Child, startChild } from "../../peers/child.js";
import type { PageApi, Place } from "./page.js";
import type { Stack } from "./stack.js";

/** The stack of a tab, from here: each function is a promise, for it runs elsewhere. */
export type RemoteStack = {
  readonly [Name in keyof Stack]: (
    ...args: Parameters<Stack[Name]>
  ) => Promise<Awaited<ReturnType<Stack[Name]>>>;
};

/** A tab of its own. Disposing it closes the tab, and with it its ports. */
export type SerialTab = RemoteStack & AsyncDisposable;

/** The browser with its adapter. */
export interface SerialBrowser extends AsyncDisposable {
  /**
   * Opens a tab, whose stack runs in the page or in a Worker of it. With `granted: false` the
   * policy refuses its origin all ports, and the picker comes up empty.
   */
  open(place: Place, options?: { granted?: boolean }): Promise<SerialTab>;
  /** The adapter leaves the bus: the browser fires `disconnect`. The line itself is not cut. */
  unplug(): Promise<void>;
  /** It comes back, as a new device of the same vendor and product: `connect`. */
  plug(): Promise<void>;
  /** All its files, the policy among them. */
  readonly folder: string;
  /** Ends everything and removes its files. Idempotent. */
  stop(): Promise<void>;
}

/** Starts it. `line` is the path of the tty that the adapter leads to; it may come and go. */
export async function startSerialBrowser(line: string): Promise<SerialBrowser> {
  const folder = mkdtempSync(join(tmpdir(), "troupe-webserial-"));
  const parts = { folder } as Parts;
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll(parts);
    return stopping;
  };
  try {
    const [library, scripts] = await Promise.all([compileShim(folder), bundle()]);
    parts.server = await serve(scripts);
    const { port } = parts.server.address() as AddressInfo;
    const origin = `http://127.0.0.1:${port}`;
    const refused = `http://localhost:${port}`;
    writePolicy(folder, {
      SerialAllowAllPortsForUrls: [origin],
      SerialBlockedForUrls: [refused],
    });
    const testbed = await startTestbed(folder);
    parts.testbed = testbed.child;
    parts.browser = await chromium.launchServer({
      ...chromiumOptions,
      env: {
        ...process.env,
        // Into the browser alone. Ours comes first: umockdev would emulate the tty's ioctls.
        LD_PRELOAD: `${library}:libumockdev-preload.so.0`,
        UMOCKDEV_DIR: testbed.root,
        SHIM_TTY: "/dev/ttyUSB0",
        SHIM_LINE: line,
        SHIM_POLICY: join(folder, "policies"),
      },
    });
    const browser = await chromium.connect(parts.browser.wsEndpoint());
    return {
      open: (place, { granted = true } = {}) => openTab(browser, granted ? origin : refused, place),
      unplug: () => testbed.tell("unplug"),
      plug: () => testbed.tell("plug"),
      folder,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Parts {
  folder: string;
  server?: Server;
  testbed?: Child;
  browser?: BrowserServer;
}

async function stopAll({ folder, server, testbed, browser }: Parts): Promise<void> {
  // Not asked to close: with preloaded libraries in it, it now and then never does.
  await browser?.kill();
  await testbed?.stop();
  if (server?.listening === true) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(folder, { recursive: true, force: true });
}

async function compileShim(folder: string): Promise<string> {
  const library = join(folder, "browser_shim.so");
  const args = ["-shared", "-fPIC", "-Wall", "-Werror", "-o", library, beside("browser_shim.c")];
  const compiler = startChild("gcc", [...args, "-ldl"], { needs: "gcc libc6-dev" });
  if ((await compiler.exited) === 0) return library;
  throw new Error(
    `Cannot compile browser_shim.c: apt-get install gcc libc6-dev; its output:\n${compiler.output()}`,
  );
}

/** The scripts of the page by their paths. */
async function bundle(): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: [beside("page.ts"), beside("stack.worker.ts")],
    bundle: true,
    format: "esm",
    target: "es2022",
    outdir: "/",
    write: false,
  });
  return new Map(outputFiles.map(({ path, text }) => [path, text]));
}

async function serve(scripts: Map<string, string>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    const script = scripts.get(path);
    if (script !== undefined) {
      response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    } else if (path === "/") {
      response
        .writeHead(200, { "content-type": "text/html" })
        .end('<!doctype html><title>serial</title><script type="module" src="/page.js"></script>');
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return server;
}

function writePolicy(folder: string, policy: Record<string, unknown>): void {
  const managed = join(folder, "policies", "managed");
  mkdirSync(managed, { recursive: true });
  writeFileSync(join(managed, "serial.json"), JSON.stringify(policy));
}

interface Testbed {
  readonly child: Child;
  readonly root: string;
  tell(what: "plug" | "unplug"): Promise<void>;
}

async function startTestbed(folder: string): Promise<Testbed> {
  const args = ["/usr/bin/python3", beside("usb_testbed.py"), folder];
  const child = startChild("/usr/bin/umockdev-wrapper", args, { needs: "umockdev" });
  const [, root = ""] = await child.waitForLine(/^root (.+)$/);
  const [, port] = await child.waitForLine(/^listening (\d+)$/);
  return {
    child,
    root,
    async tell(what) {
      const options = { headers: { connection: "close" } };
      const { status } = await fetch(`http://127.0.0.1:${port}/${what}`, options);
      if (status !== 204) throw new Error(`Cannot ${what} the adapter: ${child.output()}`);
    },
  };
}

async function openTab(browser: Browser, origin: string, place: Place): Promise<SerialTab> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (line) => {
    if (line.type() === "error") complaints.push(line.text());
  });
  await page.goto(origin);
  await page.waitForFunction(() => "api" in globalThis);
  const call = async (name: keyof Stack, args: readonly unknown[]): Promise<unknown> => {
    try {
      return await page.evaluate(
        ([where, what, values]) => {
          const { api } = globalThis as unknown as { api: PageApi };
          return api.call(where, what, values);
        },
        [place, name, args] as const,
      );
    } catch (error) {
      throw new Error(`Cannot ${name} in the ${place}: ${error}\n${complaints.join("\n")}`);
    }
  };
  const methods: (keyof Stack)[] = [
    ...(["ports", "exchange", "start", "reach", "ask", "choosePort"] as const),
    ...(["readUntilGood", "startCounting", "countOn", "stopCounting"] as const),
    ...(["standing", "stop"] as const),
  ];
  const stack = Object.fromEntries(
    methods.map((name) => [name, (...args: unknown[]) => call(name, args)]),
  );
  return Object.assign(stack as unknown as RemoteStack, {
    [Symbol.asyncDispose]: () => page.close(),
  });
}

function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
