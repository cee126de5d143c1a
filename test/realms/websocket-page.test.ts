// A page of a real Chromium and a WebSocket server of Node: who is let in by the Origin that a browser names, and that
// a server which goes away and comes back is a state. Among Node's own: websocket-restart.test.ts.
// needs: chromium
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { createSystem, genServer } from "../../platform/node/index.js";
import {
  type Served,
  type SocketListener,
  serve,
  socketListener,
  webSocketUpgrade,
} from "../../platform/node/realms.js";
import { chromiumOptions } from "../../scripts/chromium.mjs";
import { type PageServer, servePages, textOf } from "./page-server.js";
import type { Visitor } from "./websocket.page.js";

declare const page: Visitor;

/** What a browser needs for itself, on a machine that does much else. */
const timeout = 60_000;
const text = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) =>
      typeof value === "string" ? { value } : { issues: [{ message: "no text" }] },
  },
} as const;

/** The actor that pages reach. */
export const Room = genServer({
  id: "room",
  init: () => [] as string[],
  accepts: { say: [text] },
  call: {
    say(self, line: string) {
      self.state.push(line);
      return self.state;
    },
  },
});

const system = createSystem();
let browser: Browser;
let server: PageServer;
let own = "";
beforeAll(async () => {
  server = await servePages({
    "/": ["text/html", `<!doctype html><script type="module" src="/page.js"></script>`],
    "/page.js": ["text/javascript", await textOf("realms/websocket.page.ts")],
  });
  own = `127.0.0.1:${server.port}`;
  browser = await chromium.launch(chromiumOptions);
}, timeout);
afterAll(async () => {
  await browser?.close();
  await system.stop();
  server?.close();
}, timeout);

/** Serves a room of its own. */
async function share(on: SocketListener): Promise<Served> {
  const room = await system.start(Room);
  return serve([], { on, system, shared: { room }, authenticate: (auth) => auth === "a token" });
}

/** Opens a page of `site`, which reaches the server under its own name. */
async function open(site: string): Promise<Page> {
  const opened = await browser.newPage();
  await opened.goto(`http://${site}/?host=${own}`);
  await opened.waitForFunction("globalThis.page");
  return opened;
}

test("RLM-22: a page's actors are back when its server is, however often it goes", {
  timeout,
}, async () => {
  const on = socketListener();
  const leave = server.onUpgrade(webSocketUpgrade(on, WebSocketServer));
  let served = await share(on);
  const opened = await open(own);
  expect(await opened.evaluate(() => page.start())).toBe("");
  expect(await opened.evaluate(() => page.say())).toEqual([`http://${own}`]);
  for (let n = 0; n < 3; n++) {
    await served.stop();
    await opened.waitForFunction(() => page.status()[0] === "restarting");
    const waits = opened.evaluate(() => page.say());
    served = await share(on);
    expect(await waits).toEqual([`http://${own}`]);
  }
  expect(await opened.evaluate(() => page.status())).toEqual(["live", "open"]);
  expect(await opened.evaluate(() => page.crashes())).toEqual([]);
  await opened.close();
  await served.stop();
  leave();
});

test("a page of another origin is let in where that is named, and only there", {
  timeout,
}, async () => {
  const other = `localhost:${server.port}`;
  for (const [origins, isLetIn] of [
    [undefined, false],
    [[`http://${own}`], false],
    [[`http://${other}`], true],
  ] as const) {
    const on = socketListener({ origins });
    const leave = server.onUpgrade(webSocketUpgrade(on, WebSocketServer));
    const served = await share(on);
    const opened = await open(other);
    const why = await opened.evaluate(() => page.start());
    if (isLetIn) {
      expect(why).toBe("");
      expect(await opened.evaluate(() => page.say())).toEqual([`http://${other}`]);
    } else
      expect(why).toContain(
        "Cannot reach the server: the WebSocket did not open (does a server answer there, and does it let this origin in?)",
      );
    await opened.close();
    await served.stop();
    leave();
  }
});
