// Actors in a frame of another site, in a real Chromium: what crosses, who is left without an answer, and
// how its end is noticed. The handshake with strangers that send what they like is window-link.suite.ts.
// needs: chromium
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumOptions } from "../../scripts/chromium.mjs";
import type { Around } from "./frame.page.js";
import { type PageFile, type PageServer, passing, servePages, textOf } from "./page-server.js";

declare const page: Around;
declare const heard: unknown[];

/** What a browser needs for itself, on a machine that does much else. */
const timeout = 60_000;

let browser: Browser;
let server: PageServer;
/** Two sites, not only two origins: a browser runs them in processes of their own. */
let [shop, bank] = ["", ""];

beforeAll(async () => {
  const html = (script: string): PageFile => [
    "text/html",
    `<!doctype html><title>frame</title><script type="module" src="${script}"></script>`,
  ];
  const files: Record<string, PageFile> = {
    "/page.js": ["text/javascript", await textOf("realms/frame.page.ts")],
    "/guest.js": ["text/javascript", await textOf("realms/frame.guest.ts")],
    "/page": html("/page.js"),
    "/guest": html("/guest.js"),
    "/stranger": [
      "text/html",
      `<!doctype html><script>var heard = []; onmessage = (event) => heard.push(event.data);</script>`,
    ],
  };
  server = await servePages(files);
  const { port } = server;
  [shop, bank] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  browser = await chromium.launch(chromiumOptions);
}, timeout);
afterAll(async () => {
  await browser?.close();
  server?.close();
}, timeout);

/** Opens the shop around a frame; `origin` is whom the shop believes to be in it. */
async function open(frame: string, origin = bank): Promise<Page> {
  const opened = await browser.newPage();
  await opened.goto(`${shop}/page?frame=${encodeURIComponent(frame)}&origin=${origin}`);
  await opened.waitForFunction("globalThis.page");
  return opened;
}

const widget = (host = shop): string => `${bank}/guest?host=${encodeURIComponent(host)}`;
const call = (opened: Page, method: "pay" | "where" | "fail" | "never") =>
  opened.evaluate((m) => page.call(m), method);

/** Lets time go by in the page around it. */
const passIn = (opened: Page) => () => opened.evaluate(() => page.pass(100));

/** What the stranger in the frame has heard, once it is there. */
async function heardBy(opened: Page): Promise<unknown> {
  const [, stranger] = opened.frames();
  await stranger?.waitForFunction("globalThis.heard");
  return stranger?.evaluate(() => heard);
}

describe("a frame of another site", { timeout }, () => {
  test("RLM-10: is called as any actor where it shares one, and its crash is heard of, with the error's class", async () => {
    const opened = await open(widget());
    expect(await call(opened, "where")).toBe(bank);
    expect([await call(opened, "pay"), await call(opened, "pay")]).toEqual([100, 200]);
    expect(await opened.evaluate(() => page.status())).toBe("live");
    expect(await call(opened, "fail")).toMatchObject({ name: "ActorExit", cause: "RangeError" });
    await opened.waitForFunction(() => page.downs().length === 1);
    await opened.close();
  });

  test("that serves somebody else gives no answer: the call says so", async () => {
    const opened = await open(widget("https://elsewhere.example"));
    await opened.frames()[1]?.waitForFunction(() => document.title === "served");
    expect(await passing(passIn(opened), call(opened, "pay"))).toMatchObject({ name: "ActorExit" });
    await opened.close();
  });

  test("that is not who the page believes hears nothing of it", async () => {
    const opened = await open(`${bank}/stranger`, "https://bank.example");
    await heardBy(opened);
    expect(await passing(passIn(opened), call(opened, "pay"))).toMatchObject({ name: "ActorExit" });
    expect(await heardBy(opened)).toEqual([]);
    await opened.close();
  });

  test("that is led elsewhere ends its calls and is down once; whoever came hears nothing", async () => {
    const opened = await open(widget());
    expect(await call(opened, "pay")).toBe(100);
    const pending = call(opened, "never");
    await opened.evaluate((url) => page.lead(url), `${bank}/stranger`);
    const lost = { name: "ActorExit", reason: "noconnection" };
    expect(await passing(passIn(opened), pending)).toMatchObject(lost);
    await opened.waitForFunction(() => page.downs().length > 0);
    expect(await opened.evaluate(() => page.downs())).toEqual(["noconnection"]);
    expect(await heardBy(opened)).toEqual([]);
    await opened.close();
  });
});
