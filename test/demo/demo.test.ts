// The demo as a stranger has it: a fresh clone, its one command, a real browser, the buttons pressed.
// Owns what the README promises of `npm run demo`. Covers what is committed, not the working tree.
// needs: chromium, git
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Locator, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../harness/source-tree.js";
import { faintTexts } from "./faint-texts.js";

const INSTALL_MS = 240_000;
/** Most of what npm would ask the registry for was asked for by whoever runs this test. */
const quickNpm = {
  npm_config_prefer_offline: "true",
  npm_config_audit: "false",
  npm_config_fund: "false",
};
let folder = "";
let demo: Demo;
let browser: Browser;

interface Demo {
  readonly process: ChildProcess;
  readonly url: string;
  output(): string;
  /** Presses Ctrl-C, and waits for the end. npm ends by the signal itself, so it has no code. */
  interrupt(): Promise<unknown>;
}

/** Runs `npm run demo -- …` in the clone and waits for the address it prints. */
async function startDemo(...args: string[]): Promise<Demo> {
  const child = spawn("npm", ["run", "demo", "--", "--no-open", ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...quickNpm },
    // A group of its own: Ctrl-C in a terminal reaches npm and the server alike.
    detached: true,
  });
  let output = "";
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(output)?.[0];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void ended.then((code) => reject(new Error(`the demo ended with ${code}: ${output}`)));
  });
  return {
    process: child,
    url,
    output: () => output,
    interrupt: () => {
      process.kill(-(child.pid as number), "SIGINT");
      return ended;
    },
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "troupe-demo-"));
  execFileSync("git", ["clone", "--quiet", root, folder]);
  demo = await startDemo();
  const executablePath = "/usr/bin/chromium";
  browser = await chromium.launch({
    ...(existsSync(executablePath) ? { executablePath } : {}),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}, INSTALL_MS);

afterAll(async () => {
  await browser?.close();
  const { exitCode = 0, signalCode = null } = demo?.process ?? {};
  if (exitCode === null && signalCode === null) await demo.interrupt();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

/** Opens the page; `problems` collects what a console would show in red. */
async function open(
  query = "?tour=0",
  size = { width: 1440, height: 900 },
  colorScheme: "light" | "dark" = "light",
): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage({ viewport: size, colorScheme });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  await page.goto(`${demo.url}${query}`);
  return { page, problems };
}

const node = (page: Page, name: string): Locator => page.getByTestId(`node-${name}`);
const restartsOf = async (page: Page, name: string): Promise<number> =>
  Number(await node(page, name).getAttribute("data-restarts"));
const bytesOf = async (page: Page): Promise<number> =>
  Number(await page.getByTestId("link-bytes").getAttribute("data-bytes"));

/** What the history says when it has read every line, once. */
const WHOLE = /^1,576,800 readings in /;
/** Waits until the history is so far. */
const phase = (page: Page, name: string): Promise<unknown> =>
  until(
    () => page.getByTestId("archive-status").getAttribute("data-phase"),
    (found) => found === name,
  );
const PHONE = { width: 390, height: 844 };
/** The test id of what has the focus. */
const focused = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => (document.activeElement as HTMLElement).dataset.testid);
/** Where the panels stand, and how high the page is. */
const layout = (page: Page): Promise<unknown> =>
  page.evaluate(() => [
    document.documentElement.scrollHeight,
    ...[...document.querySelectorAll(".panel")].map((panel) => {
      const { x, y, width, height } = panel.getBoundingClientRect();
      return [panel.id, x, y + scrollY, width, height];
    }),
  ]);
/** What an element says from now on, also what stands there for a moment only. */
const saidBy = (locator: Locator) =>
  locator.evaluateHandle((element) => {
    const said: string[] = [];
    const listen = () => void said.push(element.textContent ?? "");
    new MutationObserver(listen).observe(element, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    return said;
  });
/** How often an analyst in a worker was started again. */
const analystRestarts = async (page: Page): Promise<number> => {
  const [one = 0, other = 0, third = 0] = await Promise.all(
    (await page.locator('[data-testid^="node-analyst "]').all())
      .map((found) => found.getAttribute("data-restarts"))
      .map(async (found) => Number(await found)),
  );
  return one + other + third;
};

/** Waits until `get` gives a value that `isIt` accepts. */
async function until<T>(get: () => Promise<T>, isIt: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await get();
    if (isIt(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("the demo in a browser", () => {
  test("values move within ten seconds", { timeout: 30_000 }, async () => {
    const { page, problems } = await open();
    const gauge = page.getByTestId("gauge-flow");
    const value = () => gauge.getAttribute("data-value");
    const first = await until(value, (found) => found !== null);
    await until(value, (found) => found !== first);
    const tookMs = await page.evaluate(() => performance.now());
    expect(tookMs).toBeLessThan(10_000);
    expect(problems).toEqual([]);
    await page.close();
  });

  test("Unplug makes values stale with an age, and live again, and uses up no restart", {
    timeout: 60_000,
  }, async () => {
    const { page, problems } = await open();
    const gauge = page.getByTestId("gauge-flow");
    const quality = () => gauge.getAttribute("data-quality");
    const bus = page.getByTestId("status-bus");
    await until(quality, (found) => found === "live");
    const before = await bytesOf(page);
    expect(
      await until(
        () => bytesOf(page),
        (bytes) => bytes > before,
      ),
    ).toBeGreaterThan(before);

    await page.getByTestId("unplug").click();
    await until(quality, (found) => found === "stale");
    const age = async () => Number(await gauge.getAttribute("data-age-ms"));
    const young = await age();
    expect(await until(age, (ms) => ms > young + 500)).toBeGreaterThan(young);
    expect(await bus.getAttribute("data-status")).not.toBe("open");
    const during = await bytesOf(page);

    const pluggedAt = performance.now();
    await page.getByTestId("unplug").click();
    await until(quality, (found) => found === "live");
    console.log(`from plugging in to live values: ${Math.round(performance.now() - pluggedAt)} ms`);
    expect(
      await until(
        () => bytesOf(page),
        (bytes) => bytes > during,
      ),
    ).toBeGreaterThan(during);
    expect(await bus.getAttribute("data-status")).toBe("open");
    for (const name of ["station", "line", "bus", "meter", "feed", "chat", "counter"]) {
      expect([name, await restartsOf(page, name)]).toEqual([name, 0]);
    }
    expect(problems).toEqual([]);
    await page.close();
  });

  test("Crash turns a node red and green again, and the timeline says so in words", {
    timeout: 30_000,
  }, async () => {
    const { page, problems } = await open();
    await until(
      () => page.getByTestId("gauge-flow").getAttribute("data-quality"),
      (found) => found === "live",
    );
    const meter = node(page, "meter");
    await page.getByTestId("crash").click();
    await until(
      () => meter.getAttribute("data-look"),
      (look) => look === "fallen",
    );
    await until(
      () => meter.getAttribute("data-look"),
      (look) => look === "well",
    );
    expect(await restartsOf(page, "meter")).toBe(1);
    expect(await meter.getAttribute("data-status")).toBe("live");
    // Who hears the page hears the names and the states that others see.
    const heard = await page.getByTestId("tree").ariaSnapshot();
    expect(heard).toMatch(/^- list "Supervision tree":/);
    for (const words of ["feed open", "meter 1 restart", "history"]) {
      expect(heard).toMatch(new RegExp(`listitem: ${words}$`, "m"));
    }
    await until(
      () => page.getByTestId("timeline").innerText(),
      (text) => /meter crashed in \w+: .+restarted in \d+ ms/.test(text.replaceAll("\n", " ")),
    );
    expect(await restartsOf(page, "bus")).toBe(0);
    expect(problems).toEqual([]);
    await page.close();
  });

  test("a setpoint is written, then verified by reading it back", {
    timeout: 30_000,
  }, async () => {
    const { page, problems } = await open();
    await until(
      () => page.getByTestId("gauge-speed").getAttribute("data-quality"),
      (found) => found === "live",
    );
    await page.getByTestId("setpoint").fill("1800");
    await page.getByTestId("write-setpoint").click();
    await until(
      () => page.getByTestId("write-status").innerText(),
      (text) => /verified/i.test(text),
    );
    const speed = async () =>
      Number(await page.getByTestId("gauge-speed").getAttribute("data-value"));
    await until(speed, (rpm) => Math.abs(rpm - 1_800) < 60);
    expect(problems).toEqual([]);
    await page.close();
  });

  test("the chat echoes, and both streams come back after the network did", {
    timeout: 60_000,
  }, async () => {
    const { page } = await open();
    const status = (name: string) => page.getByTestId(`status-${name}`).getAttribute("data-status");
    await until(
      () => status("chat"),
      (found) => found === "open",
    );
    await until(
      () => status("feed"),
      (found) => found === "open",
    );
    await page.getByTestId("drop-network").click();
    await until(
      () => status("chat"),
      (found) => found !== "open",
    );
    await until(
      () => status("chat"),
      (found) => found === "open",
    );
    await until(
      () => status("feed"),
      (found) => found === "open",
    );
    await page.getByTestId("chat-input").fill("Is pump 1 running?");
    await page.getByTestId("chat-send").click();
    await until(
      () => page.getByTestId("chat-lines").innerText(),
      (text) => text.includes("Is pump 1 running?"),
    );
    for (const name of ["feed", "chat"]) {
      expect([name, await restartsOf(page, name)]).toEqual([name, 0]);
    }
    await page.close();
  });

  test("the tour crashes an actor by itself while the other panels go on", {
    timeout: 60_000,
  }, async () => {
    const { page, problems } = await open("");
    await until(
      () => restartsOf(page, "meter"),
      (restarts) => restarts === 1,
    );
    expect(await page.evaluate(() => performance.now())).toBeLessThan(12_000);
    for (const name of ["bus", "feed", "chat", "counter"]) {
      expect([name, await restartsOf(page, name)]).toEqual([name, 0]);
    }
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe("the history in the demo", () => {
  let page: Page;
  let problems: string[];

  // One page for all: the recording is written once, by whichever reads first.
  beforeAll(async () => {
    ({ page, problems } = await open());
  });
  afterAll(() => page.close());

  test("a year of readings is read in workers, and the page's thread has more to do where it reads itself", {
    timeout: 180_000,
  }, async () => {
    // Latency is what a visitor sees, but whether the cores are busy with other things decides as much of
    // it: what is compared is how long the page's own thread computed while the year was read.
    const latency = () =>
      page.getByTestId("latency-p99").evaluate(({ dataset }) => Number(dataset.ms));
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    const computedMs = async () => {
      const { metrics } = await session.send("Performance.getMetrics");
      return 1_000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN);
    };
    /** What is drawn is that thread's work too, and more of it the longer a busy machine takes. */
    const see = (isSeen: boolean) =>
      page.evaluate(
        (state) => {
          document.body.style.display = state === "hidden" ? "none" : "";
          Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
          Object.defineProperty(document, "hidden", {
            value: state === "hidden",
            configurable: true,
          });
        },
        isSeen ? "visible" : "hidden",
      );
    const done = () =>
      page.waitForFunction(
        () => document.querySelector("[data-phase=done][role=status]") !== null,
        undefined,
        { polling: 250, timeout: 0 },
      );
    const read = async (meanwhile = async () => {}) => {
      await page.getByTestId("archive-read").click();
      // A button that the press has turned off keeps the focus.
      expect(await focused(page)).toBe("archive-read");
      await meanwhile();
      await phase(page, "reading");
      await see(false);
      const before = await computedMs();
      await done();
      const ms = (await computedMs()) - before;
      await see(true);
      return ms;
    };
    const hint = page.getByTestId("archive-hint");
    const step = page.getByTestId("archive-step");
    const workers = /by (1 worker|[23] workers)$/;
    await until(
      () => hint.innerText(),
      (words) => workers.test(words),
    );
    // Two steps, each with a bar of its own.
    const inWorkers = await read(async () => {
      expect(await step.innerText()).toBe("Step 1 of 2: writing the recording");
      expect(await page.getByTestId("archive-status").innerText()).toMatch(
        /Kill and Freeze are for step 2/,
      );
      expect(await page.getByTestId("archive-kill").isDisabled()).toBe(true);
      await phase(page, "reading");
      expect(await step.innerText()).toMatch(/^Step 2 of 2: reading, \d+ MB$/);
    });
    expect(await page.getByTestId("archive-status").innerText()).toMatch(WHOLE);
    expect(await page.getByTestId("archive-volume").innerText()).toBe("767k m³");
    expect(await page.getByTestId("archive-alarm").innerText()).toBe("66 h");

    await page.getByTestId("archive-where").click();
    expect(await page.getByTestId("archive-where").getAttribute("aria-checked")).toBe("true");
    expect(await hint.innerText()).toMatch(/on the page’s thread$/);
    const onPage = await read(async () => {
      await phase(page, "reading");
      expect(await step.innerText()).toMatch(/^Reading, \d+ MB$/);
      expect(await page.getByTestId("archive-kill").isDisabled()).toBe(true);
      expect(await page.getByTestId("archive-freeze").isDisabled()).toBe(true);
    });
    expect(await page.getByTestId("archive-status").innerText()).toMatch(/on the page’s thread/);
    expect(await page.getByTestId("archive-volume").innerText()).toBe("767k m³");
    console.log(`computed in ms: ${inWorkers} beside workers, ${onPage} on the page`);
    expect(onPage).toBeGreaterThan(2 * inWorkers);
    await until(latency, (ms) => ms > 0);
    expect(await restartsOf(page, "analysts")).toBe(0);
    await page.getByTestId("archive-where").click();
    expect(problems).toEqual([]);
  });

  test("a worker that is killed comes back, and what it read is read again", {
    timeout: 120_000,
  }, async () => {
    await page.getByTestId("archive-read").click();
    await phase(page, "reading");
    const restarts = await analystRestarts(page);
    const status = page.getByTestId("archive-status");
    // Both stand there for a moment only.
    const said = await saidBy(status);
    const fallen = page.waitForFunction(() => {
      const worker = document.querySelector<HTMLElement>('[data-testid="node-analyst 1"]');
      const state = worker?.querySelector<HTMLElement>(".state");
      if (worker?.dataset.look !== "fallen" || !state) return null;
      // The word that matters is whole.
      const isWhole = state.offsetWidth > 0 && state.scrollWidth <= state.clientWidth;
      return { text: state.textContent, isWhole };
    });
    await page.getByTestId("archive-kill").click();
    expect(await (await fallen).jsonValue()).toEqual({ text: "crashed", isWhole: true });
    await until(
      () => said.jsonValue(),
      (texts) => texts.some((text) => /^Part \d+ is read again: worker 1 has gone\.$/.test(text)),
    );
    // Only until that part is through, of which there are many.
    await until(
      () => status.innerText(),
      (words) => !words.includes("is read again:"),
    );
    expect(await status.getAttribute("data-phase")).toBe("reading");
    await phase(page, "done");
    expect(await page.getByTestId("archive-status").innerText()).toMatch(WHOLE);
    await until(
      () => page.getByTestId("timeline").innerText(),
      (text) => /analyst \d+: its worker has gone; restarted in \d+ ms/.test(text),
    );
    expect(await analystRestarts(page)).toBe(restarts + 1);
    expect(await restartsOf(page, "analysts")).toBe(0);
    expect(problems).toEqual([]);
  });

  test("a worker that hangs is shown as busy, then ended and started again, and nothing is lost", {
    timeout: 120_000,
  }, async () => {
    await page.getByTestId("archive-read").click();
    await phase(page, "reading");
    const before = await analystRestarts(page);
    await page.getByTestId("archive-freeze").click();
    await until(
      () => page.getByTestId("archive-lanes").innerText(),
      (text) => /part \d+: busy, \d/.test(text),
    );
    await until(
      () => analystRestarts(page),
      (restarts) => restarts === before + 1,
    );
    await phase(page, "done");
    expect(await page.getByTestId("archive-status").innerText()).toMatch(WHOLE);
    expect(problems).toEqual([]);
  });

  test("a reading that is cancelled stops at once and costs no worker", {
    timeout: 120_000,
  }, async () => {
    await page.getByTestId("archive-read").click();
    await phase(page, "reading");
    const restarts = await analystRestarts(page);
    // Not with the mouse: what a button does, a key does too.
    await page.getByTestId("archive-cancel").press("Enter");
    await phase(page, "cancelled");
    expect(await focused(page)).toBe("archive-cancel");
    expect(await page.getByTestId("archive-percent").innerText()).toBe("0 %");
    await page.getByTestId("archive-read").press("Enter");
    await phase(page, "reading");
    await phase(page, "done");
    expect(await page.getByTestId("archive-status").innerText()).toMatch(WHOLE);
    expect(await analystRestarts(page)).toBe(restarts);
    expect(problems).toEqual([]);
  });
});

describe("the tour", () => {
  const button = (page: Page): Locator => page.getByTestId("tour-button");
  const step = (page: Page) => page.getByTestId("tour").getAttribute("data-step");

  test("costs no room, and nothing moves when it is stopped", { timeout: 60_000 }, async () => {
    for (const size of [{ width: 1440, height: 900 }, PHONE]) {
      const { page, problems } = await open("", size);
      await until(
        () => step(page),
        (found) => found === "1",
      );
      const during = await layout(page);
      await button(page).click();
      expect(await step(page)).toBeNull();
      expect(await button(page).innerText()).toMatch(/^Take\s+the tour$/);
      expect(await layout(page)).toEqual(during);
      if (size !== PHONE) {
        expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(900);
      }
      await button(page).click();
      expect(await step(page)).toBe("1");
      expect(problems).toEqual([]);
      await page.close();
    }
  });

  test("is stopped with the keyboard: Tab leads to its button, and Enter presses it", {
    timeout: 60_000,
  }, async () => {
    const { page } = await open("");
    await until(
      () => step(page),
      (found) => found === "1",
    );
    for (let presses = 0; (await focused(page)) !== "tour-button" && presses < 20; presses++) {
      await page.keyboard.press("Tab");
    }
    expect(await focused(page)).toBe("tour-button");
    expect(await step(page)).not.toBeNull();
    await page.keyboard.press("Enter");
    expect(await step(page)).toBeNull();
    expect(await focused(page)).toBe("tour-button");
    await page.close();
  });

  test("ends when a visitor presses something, who gets what was pressed", {
    timeout: 60_000,
  }, async () => {
    const { page } = await open("");
    const more = page.getByTestId("counter-more");
    await until(
      () => page.getByTestId("counter-value").innerText(),
      (value) => value === "12",
    );
    expect(await step(page)).not.toBeNull();
    await more.click();
    expect(await step(page)).toBeNull();
    expect(await page.getByTestId("counter-value").innerText()).toBe("13");
    // The tour has pulled the cable, and the visitor plugs it in: so it is in.
    await button(page).click();
    const unplug = page.getByTestId("unplug");
    await until(
      () => unplug.innerText(),
      (words) => words === "Plug cable in",
    );
    await unplug.click();
    expect(await unplug.innerText()).toBe("Unplug cable");
    expect(await step(page)).toBeNull();
    await page.close();
  });
});

describe("the demo for everybody", () => {
  test("Tab goes where the eye does, on a phone and on a screen", {
    timeout: 60_000,
  }, async () => {
    for (const size of [PHONE, { width: 1440, height: 900 }]) {
      const { page } = await open("?tour=0", size);
      await until(
        () => page.getByTestId("status-bus").getAttribute("data-status"),
        (found) => found === "open",
      );
      const panels: string[] = [];
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press("Tab");
        const panel = await page.evaluate(() => document.activeElement?.closest(".panel")?.id);
        if (panel !== undefined && panel !== panels.at(-1)) panels.push(panel);
        if (panel === "counter-panel" && (await focused(page)) === "counter-crash") break;
      }
      for (const id of ["archive-panel", "write-panel", "chat-panel", "counter-panel"]) {
        expect(panels).toContain(id);
      }
      const places = await page.evaluate(
        (ids) =>
          ids.map((id) => {
            const { x, y } = document.getElementById(id)!.getBoundingClientRect();
            return { id, x, y: y + scrollY };
          }),
        panels,
      );
      // Column by column, and down each.
      const seen = [...places].sort((a, b) => a.x - b.x || a.y - b.y).map(({ id }) => id);
      expect(panels).toEqual(seen);
      await page.close();
    }
  });

  test("what a finger presses on a phone is at least 44 pixels high and wide", {
    timeout: 30_000,
  }, async () => {
    const { page } = await open("?tour=0", PHONE);
    await until(
      () => page.getByTestId("status-bus").getAttribute("data-status"),
      (found) => found === "open",
    );
    const small = await page.evaluate(() =>
      [...document.querySelectorAll("button, input")]
        .filter((element) => element.checkVisibility())
        .map((element) => {
          const { width, height } = element.getBoundingClientRect();
          return { element: element.outerHTML.slice(0, 120), width, height };
        })
        .filter(({ width, height }) => width < 44 || height < 44),
    );
    expect(small).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
    await page.close();
  });

  test("text stands out from its ground, 4.5 to 1 at least, in the light and in the dark", {
    timeout: 60_000,
  }, async () => {
    for (const scheme of ["light", "dark"] as const) {
      const { page } = await open("?tour=0", PHONE, scheme);
      await until(
        () => page.getByTestId("gauge-flow").getAttribute("data-quality"),
        (found) => found === "live",
      );
      expect({ scheme, faint: await page.evaluate(faintTexts) }).toEqual({ scheme, faint: [] });
      await page.getByTestId("unplug").click();
      await until(
        () => page.getByTestId("gauge-flow").getAttribute("data-quality"),
        (found) => found === "stale",
      );
      await page.waitForTimeout(300); // Colours change slowly.
      expect({ scheme, faint: await page.evaluate(faintTexts) }).toEqual({ scheme, faint: [] });
      await page.close();
    }
  });

  test("the latency is not told of at each of its changes", { timeout: 30_000 }, async () => {
    const { page } = await open();
    for (const id of ["latency-p99", "latency-median"]) {
      expect(await page.getByTestId(id).getAttribute("aria-live")).toBe("off");
    }
    await page.close();
  });
});

describe("the demo's command", () => {
  test("a taken port is said in words", { timeout: 60_000 }, async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const failure = await startDemo("--port", String(port)).catch((error: Error) => error.message);
    expect(failure).toMatch(new RegExp(`ended with 1: [\\s\\S]*Port ${port} is taken`));
    taken.close();
  });

  test("Ctrl-C ends it cleanly, with a page open", { timeout: 60_000 }, async () => {
    const { page } = await open();
    await until(
      () => page.getByTestId("status-bus").getAttribute("data-status"),
      (found) => found === "open",
    );
    await demo.interrupt();
    await expect(fetch(demo.url)).rejects.toThrow("fetch failed");
    expect(demo.output()).not.toMatch(/Error|\bat .+:\d+:\d+/);
    await page.close();
  });
});
