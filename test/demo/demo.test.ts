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
/**
 * What `look` sees in the page from now on, after each change, also what stands there for a moment only: whoever
 * looks from here may look away for seconds. `look` is taken there by its source.
 */
async function watch<Seen>(page: Page, look: () => Seen) {
  const handle = await page.evaluateHandle<{ seen: Seen[]; end(): void }>(`(() => {
    const look = ${look};
    const seen = [];
    const note = () => {
      const now = look();
      if (JSON.stringify(now) !== JSON.stringify(seen.at(-1))) seen.push(now);
    };
    const observer = new MutationObserver(note);
    const all = { subtree: true, childList: true, attributes: true, characterData: true };
    observer.observe(document.body, all);
    note();
    return { seen, end: () => observer.disconnect() };
  })()`);
  return {
    seen: (): Promise<Seen[]> => handle.evaluate(({ seen }) => seen),
    end: (): Promise<void> => handle.evaluate(({ end }) => end()),
  };
}
/** In the page: what the panel of the history shows, and its first worker in the tree. */
function archiveNow() {
  const of = (name: string) => document.querySelector<HTMLElement>(`[data-testid="${name}"]`);
  const textOf = (name: string) => of(`archive-${name}`)?.textContent ?? "";
  const isOff = (name: string) => of(`archive-${name}`)?.ariaDisabled === "true";
  const worker = of("node-analyst 1");
  const state = worker?.querySelector<HTMLElement>(".state");
  return {
    phase: of("archive-status")?.dataset.phase,
    ...{ step: textOf("step"), status: textOf("status"), lanes: textOf("lanes") },
    ...{ isKillOff: isOff("kill"), isFreezeOff: isOff("freeze") },
    worker: {
      look: worker?.dataset.look,
      text: state?.textContent,
      // The word that matters is whole.
      isWhole: !!state && state.offsetWidth > 0 && state.scrollWidth <= state.clientWidth,
    },
  };
}
/** Begins a reading and presses a button while it goes on: in the page, or it might be over by then. */
const pressWhileReading = (page: Page, name: string): Promise<void> =>
  page.evaluate(
    (pressed) =>
      new Promise<void>((resolve) => {
        const of = (id: string) =>
          document.querySelector<HTMLElement>(`[data-testid="archive-${id}"]`) as HTMLElement;
        const percent = of("percent");
        of("read").click();
        new MutationObserver((_, observer) => {
          if (of("status").dataset.phase !== "reading" || percent.textContent === "0 %") return;
          observer.disconnect();
          of(pressed).click();
          resolve();
        }).observe(percent, { childList: true, characterData: true, subtree: true });
      }),
    name,
  );
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
    let tookMs = Number.POSITIVE_INFINITY;
    // By the page's own clock. A machine that is busy for a moment spoils one or two.
    for (let visit = 0; visit < 3 && tookMs >= 10_000; visit++) {
      const { page, problems } = await open();
      tookMs = await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            let first: string | undefined;
            new MutationObserver((_, observer) => {
              const gauge = document.querySelector<HTMLElement>("[data-testid=gauge-flow]");
              const { value } = gauge?.dataset ?? {};
              first ??= value;
              if (value === first) return;
              observer.disconnect();
              resolve(performance.now());
            }).observe(document.body, { subtree: true, attributeFilter: ["data-value"] });
          }),
      );
      expect(problems).toEqual([]);
      await page.close();
    }
    expect(tookMs).toBeLessThan(10_000);
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
    for (const name of ["feed", "chat"]) {
      await until(
        () => page.getByTestId(`status-${name}`).getAttribute("data-status"),
        (found) => found === "open",
      );
    }
    const meter = node(page, "meter");
    const looks = await watch(
      page,
      () => document.querySelector<HTMLElement>("[data-testid=node-meter]")?.dataset.look,
    );
    await page.getByTestId("crash").click();
    await until(looks.seen, (all) => {
      const fallen = all.indexOf("fallen");
      return fallen >= 0 && all.includes("well", fallen);
    });
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
    const press = () => page.getByTestId("write-setpoint").click();
    await press();
    await until(
      async () => {
        const text = await page.getByTestId("write-status").innerText();
        // A server that stood still for a second gave no answer: the page says so, and one presses again.
        if (text.includes("no answer came")) await press();
        return text;
      },
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
    const states = await watch(
      page,
      () => document.querySelector<HTMLElement>("[data-testid=status-chat]")?.dataset.status,
    );
    await page.getByTestId("drop-network").click();
    await until(states.seen, (all) => all.some((found) => found !== "open"));
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
    const restarted = await watch(page, () => {
      const meter = document.querySelector<HTMLElement>("[data-testid=node-meter]");
      return meter?.dataset.restarts === "1" ? performance.now() : 0;
    });
    const [, atMs = 0] = await until(restarted.seen, ({ length }) => length > 1);
    await restarted.end();
    expect(await restartsOf(page, "meter")).toBe(1);
    expect(atMs).toBeLessThan(12_000);
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
    /** Reads, and gives how long the page's thread computed from the press to the end. */
    const read = async () => {
      const before = await computedMs();
      await page.getByTestId("archive-read").click();
      // A button that the press has turned off keeps the focus.
      expect(await focused(page)).toBe("archive-read");
      await see(false);
      await done();
      const ms = (await computedMs()) - before;
      await see(true);
      return ms;
    };
    const hint = page.getByTestId("archive-hint");
    const workers = /by (1 worker|[23] workers)$/;
    await until(
      () => hint.innerText(),
      (words) => workers.test(words),
    );
    // Two steps, each with a bar of its own.
    const first = await watch(page, archiveNow);
    await read();
    await first.end();
    const written = (await first.seen()).filter((now) => now.phase === "writing");
    expect(new Set(written.map(({ step }) => step))).toEqual(
      new Set(["Step 1 of 2: writing the recording"]),
    );
    expect(written[0]).toMatchObject({
      status: expect.stringMatching(/Kill and Freeze are for step 2/),
      isKillOff: true,
    });
    expect((await first.seen()).find((now) => now.phase === "reading")?.step).toMatch(
      /^Step 2 of 2: reading, \d+ MB$/,
    );
    const inWorkers = await read();
    expect(await page.getByTestId("archive-status").innerText()).toMatch(WHOLE);
    expect(await page.getByTestId("archive-volume").innerText()).toBe("767k m³");
    expect(await page.getByTestId("archive-alarm").innerText()).toBe("66 h");

    await page.getByTestId("archive-where").click();
    expect(await page.getByTestId("archive-where").getAttribute("aria-checked")).toBe("true");
    expect(await hint.innerText()).toMatch(/on the page’s thread$/);
    const other = await watch(page, archiveNow);
    const onPage = await read();
    await other.end();
    expect((await other.seen()).find((now) => now.phase === "reading")).toMatchObject({
      step: expect.stringMatching(/^Reading, \d+ MB$/),
      ...{ isKillOff: true, isFreezeOff: true },
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
    const restarts = await analystRestarts(page);
    const watched = await watch(page, archiveNow);
    await pressWhileReading(page, "kill");
    await phase(page, "done");
    await until(watched.seen, (all) => all.some(({ worker }) => worker.look === "fallen"));
    await watched.end();
    const all = await watched.seen();
    expect(all.find(({ worker }) => worker.look === "fallen")?.worker).toEqual({
      ...{ look: "fallen", text: "crashed", isWhole: true },
    });
    const lost = all.findIndex(({ status }) =>
      /^Part \d+ is read again: worker 1 has gone\.$/.test(status),
    );
    expect(lost).toBeGreaterThanOrEqual(0);
    // Only until that part is through, of which there are many.
    const after = all.slice(lost).find(({ status }) => !status.includes("is read again:"));
    expect(after?.phase).toBe("reading");
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
    const before = await analystRestarts(page);
    const watched = await watch(page, archiveNow);
    await pressWhileReading(page, "freeze");
    await until(watched.seen, (all) => all.some(({ lanes }) => /part \d+: busy, \d/.test(lanes)));
    await until(
      () => analystRestarts(page),
      (restarts) => restarts === before + 1,
    );
    await phase(page, "done");
    await watched.end();
    expect(await page.getByTestId("archive-status").innerText()).toMatch(WHOLE);
    expect(problems).toEqual([]);
  });

  test("a reading that is cancelled stops at once and costs no worker", {
    timeout: 120_000,
  }, async () => {
    const restarts = await analystRestarts(page);
    // A key is pressed from here, which takes its time: a reading that was over before is not the one.
    for (let ended: string | null = null; ended !== "cancelled"; ) {
      await page.getByTestId("archive-read").click();
      await until(
        () => page.getByTestId("archive-percent").innerText(),
        (share) => share !== "0 %",
      );
      // Not with the mouse: what a button does, a key does too.
      await page.getByTestId("archive-cancel").press("Enter");
      ended = await until(
        () => page.getByTestId("archive-status").getAttribute("data-phase"),
        (found) => found === "cancelled" || found === "done",
      );
    }
    expect(await focused(page)).toBe("archive-cancel");
    expect(await page.getByTestId("archive-percent").innerText()).toBe("0 %");
    await page.getByTestId("archive-read").press("Enter");
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
      // Colours change slowly.
      await page.evaluate(() =>
        Promise.allSettled(
          document
            .getAnimations()
            .filter((animation) => animation instanceof CSSTransition)
            .map(({ finished }) => finished),
        ),
      );
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
