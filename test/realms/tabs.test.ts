// Actors that live once for all tabs, in tabs of a real Chromium: closed, frozen, left and come back to.
// Nothing is measured, for a browser among busy cores takes its time. A leader may be silent for ever, so what
// follows one that is gone follows its going; where it may not, time goes by only while it is frozen.
// needs: chromium
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromiumOptions } from "../../scripts/chromium.mjs";
import { type PageFile, type PageServer, passing, servePages, textOf } from "./page-server.js";
import type { Tab } from "./tab.page.js";

declare global {
  var tab: Tab;
}

let browser: Browser;
let server: PageServer;
let origin = "";
let context: BrowserContext;
let lastName = 0;
let name = "";

/** What a browser needs for itself, on a machine that does much else. */
const timeout = 60_000;

beforeAll(async () => {
  const [page, hub] = await Promise.all([
    textOf("realms/tab.page.ts"),
    textOf("realms/tab-hub.worker.ts"),
  ]);
  const files: Record<string, PageFile> = {
    "/page.js": ["text/javascript", page],
    "/hub.js": ["text/javascript", hub],
    "/": [
      "text/html",
      `<!doctype html><title>tab</title><script type="module" src="/page.js"></script>`,
    ],
    "/other": ["text/html", "<!doctype html><title>other</title>elsewhere"],
  };
  server = await servePages(files);
  origin = `http://127.0.0.1:${server.port}`;
  browser = await chromium.launch({
    ...chromiumOptions,
    // Playwright switches the cache off that a page is kept in while another is shown.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
}, timeout);
afterAll(async () => {
  await browser?.close();
  server?.close();
}, timeout);
beforeEach(async () => {
  name = `app${++lastName}`;
  context = await browser.newContext();
});
afterEach(() => context.close(), timeout);

/** Opens a tab; resolves when its counter answers. */
async function open(tabName: string, query = ""): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${origin}/?name=${name}&tab=${tabName}${query}`);
  await page.waitForFunction("globalThis.tab");
  return page;
}

const call = (page: Page, method: "add" | "where" | "never", timeoutMs?: number) =>
  page.evaluate(([m, ms]) => tab.call(m, ms), [method, timeoutMs] as const);
const epochOf = (page: Page): Promise<number> => page.evaluate(() => tab.epoch());
const leads = (page: Page) => page.waitForFunction(() => tab.epoch() > 0);

/** Lets time go by in a page. */
const passIn = (page: Page) => () => page.evaluate(() => tab.pass(100));

/**
 * Lets time go by in pages, a little in each in turn, until one of them steals the lock, and no longer: whoever
 * is awake may take all the time it wants. Gives what that one had said before.
 */
async function untilStolen(pages: readonly Page[]): Promise<readonly string[]> {
  for (;;) {
    for (const page of pages) {
      const said = await page.evaluate(async () => {
        await tab.pass(20);
        return tab.said();
      });
      if (said.includes("stealing")) return said.slice(0, said.indexOf("stealing"));
    }
  }
}

/** Resolves once a page has lost the leader that it reached. */
const lost = (page: Page) => page.waitForFunction(() => tab.reasons().length > 0);

/** Goes back, behind the answer of the page that is left by it. */
const goBack = (page: Page) => page.evaluate(() => void setTimeout(() => history.back(), 0));

/**
 * Freezes a page: no task of it runs, and its locks stay held. Gives the function that wakes it up. By
 * its debugger: a browser freezes only hidden pages, and Playwright keeps all of them visible.
 */
async function freeze(page: Page): Promise<() => Promise<void>> {
  const session = await context.newCDPSession(page);
  await session.send("Debugger.enable");
  const paused = new Promise((resolve) => session.once("Debugger.paused", resolve));
  await session.send("Debugger.pause");
  const resumed = page.evaluate(() => 0);
  resumed.catch(() => {});
  await paused;
  return async () => {
    await session.send("Debugger.disable");
    await resumed;
  };
}

describe("a leader that is closed", { timeout }, () => {
  test("RLM-15: is followed by the other tab, with a higher number and an actor of its own", async () => {
    const [one, two] = [await open("one"), await open("two")];
    expect([await call(one, "add"), await call(two, "add")]).toEqual([1, 2]);
    expect([await epochOf(one), await epochOf(two)]).toEqual([expect.any(Number), 0]);
    const before = await epochOf(one);
    const pending = call(two, "never");
    await one.close();
    expect(await pending).toMatchObject({ reason: "noconnection" });
    expect(await call(two, "add")).toBe(1);
    expect(await epochOf(two)).toBeGreaterThan(before);
    expect(await two.evaluate(() => tab.reasons())).toEqual(["noconnection"]);
  });

  test("is followed also where its process crashed", async () => {
    const one = await open("one");
    await leads(one);
    const two = await open("two");
    expect(await call(two, "where")).toBe("one");
    const pending = call(two, "never");
    const crashed = one.waitForEvent("crash");
    const session = await context.newCDPSession(one);
    session.send("Page.crash").catch(() => {});
    await crashed;
    expect(await pending).toMatchObject({ reason: "noconnection" });
    expect(await call(two, "where")).toBe("two");
  });

  test("of three tabs is followed by one, and both reach its actor", async () => {
    const one = await open("one");
    await leads(one);
    const others = [await open("two"), await open("three")];
    expect(await Promise.all(others.map((page) => call(page, "where")))).toEqual(["one", "one"]);
    await one.close();
    const where = await Promise.all(others.map((page) => call(page, "where")));
    expect(where[0]).toBe(where[1]);
    expect(["two", "three"]).toContain(where[0]);
    const epochs = await Promise.all(others.map(epochOf));
    expect(epochs.filter((epoch) => epoch > 0).length).toBe(1);
  });
});

describe("a leader that is frozen", { timeout }, () => {
  /** Four questions, one each 150 ms or more. */
  const silent = "&unresponsiveMs=600";

  test("RLM-15 RLM-16: is replaced once somebody waits for it, and is fenced when it wakes up", async () => {
    const one = await open("one", silent);
    await leads(one);
    const [two, three] = [await open("two", silent), await open("three", silent)];
    expect(await Promise.all([call(one, "add"), call(two, "where"), call(three, "where")])).toEqual(
      [1, "one", "one"],
    );
    const before = await epochOf(one);
    const wake = await freeze(one);

    expect(await passing(passIn(two), call(two, "never"))).toMatchObject({
      reason: "noconnection",
    });
    // Asked every 500 ms: one question is too few, and two are enough.
    expect(await two.evaluate(() => tab.silences())).toEqual([2]);
    await untilStolen([two, three]);
    await lost(three);
    const where = await call(two, "where");
    expect(["two", "three"]).toContain(where);
    expect(await call(three, "where")).toBe(where);
    const leader = where === "two" ? two : three;
    expect(await epochOf(leader)).toBeGreaterThan(before);

    await wake();
    await one.waitForFunction(() => tab.epoch() === 0 && tab.ends().length > 0);
    await lost(one);
    expect(await one.evaluate(() => tab.ends())).toEqual([{ shutdown: "fenced" }]);
    // It is a tab like any other now, and takes its turn when that comes.
    expect(await call(one, "where")).toBe(where);
    await two.close();
    await three.close();
    expect(await call(one, "where")).toBe("one");
  });

  test("is not found by a tab that is opened then: that waits, and finds the next", async () => {
    const one = await open("one", silent);
    await leads(one);
    const two = await open("two", silent);
    await call(two, "where");
    const wake = await freeze(one);
    const three = await open("three", silent);
    const said = await untilStolen([two, three]);
    await lost(two);
    const where = await call(three, "where");
    expect(["two", "three"]).toContain(where);
    expect(await call(two, "where")).toBe(where);
    // Its four questions are the time that a leader has: whoever takes its place has asked them all.
    expect(said.filter((word) => word === "ask").length).toBeGreaterThanOrEqual(4);
    await wake();
  });
});

describe("a page that is kept while another is shown", { timeout }, () => {
  const kept = async (page: Page): Promise<void> => {
    await page.evaluate(() => Object.assign(globalThis, { same: true }));
    await page.goto(`${origin}/other`);
  };
  const comeBack = async (page: Page): Promise<void> => {
    await goBack(page);
    await page.waitForFunction(() => globalThis.tab?.shows().includes("pageshow true"));
    expect(await page.evaluate("same")).toBe(true);
  };

  test("RLM-17: as a leader gives way, and is another tab when it comes back", async () => {
    const one = await open("one");
    await leads(one);
    expect(await call(one, "add")).toBe(1);
    await kept(one);
    const two = await open("two");
    expect(await call(two, "add")).toBe(1);
    await comeBack(one);
    expect(await one.evaluate(() => tab.shows())).toContain("pagehide true");
    expect([await call(one, "add"), await epochOf(one)]).toEqual([2, 0]);
    expect(await one.evaluate(() => [tab.reasons(), tab.ends()])).toEqual([
      ["noconnection"],
      [{ shutdown: "its page was left" }],
    ]);
    await two.close();
    expect(await call(one, "where")).toBe("one");
  });

  test("as a leader that others wait for gives way at once, whether it is kept or not", async () => {
    const one = await open("one");
    await leads(one);
    const two = await open("two");
    expect([await call(one, "add"), await call(two, "add")]).toEqual([1, 2]);
    const pending = call(two, "never");
    await kept(one);
    expect(await pending).toMatchObject({ reason: "noconnection" });
    expect(await call(two, "where")).toBe("two");
    // Chromium keeps no page that held a lock while others waited for it, if it looks too early.
    await goBack(one);
    await one.waitForFunction(() => globalThis.tab?.shows().at(-1)?.startsWith("pageshow"));
    expect([await call(one, "where"), await epochOf(one)]).toEqual(["two", 0]);
  });

  test("RLM-17: as a follower reaches the leader anew, which has kept its state", async () => {
    const one = await open("one");
    await leads(one);
    const two = await open("two");
    expect([await call(one, "add"), await call(two, "add")]).toEqual([1, 2]);
    await kept(two);
    expect(await call(one, "add")).toBe(3);
    await comeBack(two);
    expect(await call(two, "add")).toBe(4);
    expect(await two.evaluate(() => tab.reasons())).toEqual(["noconnection"]);
  });

  test("of a shared worker reaches that anew", async () => {
    const [one, two] = [await open("one", "&worker"), await open("two", "&worker")];
    expect([await call(one, "add"), await call(two, "add")]).toEqual([1, 2]);
    await kept(two);
    expect(await call(one, "add")).toBe(3);
    await comeBack(two);
    expect(await call(two, "add")).toBe(4);
  });
});

describe("a shared worker", { timeout }, () => {
  test("where there are any has the actor, which outlives every tab but the last", async () => {
    const [one, two] = [await open("one", "&worker"), await open("two", "&worker")];
    expect([await call(one, "where"), await call(one, "add")]).toEqual(["hub", 1]);
    await one.close();
    expect([await call(two, "add"), await epochOf(two)]).toEqual([2, 0]);
    expect(await two.evaluate(() => tab.reasons())).toEqual([]);
  });

  test("where there are none is not missed: a tab leads", async () => {
    await context.addInitScript("delete globalThis.SharedWorker");
    const [one, two] = [await open("one", "&worker"), await open("two", "&worker")];
    await leads(one);
    expect(await call(two, "where")).toBe("one");
  });
});
