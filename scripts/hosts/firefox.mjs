// Firefox: Debian's own, headless, with a profile on disk, driven by Marionette, which is what geckodriver
// speaks to it. Owns the process, its profile and the session. It opens pages and nothing else.
//
// Not by WebDriver BiDi, as Playwright does it: with its session Firefox listens for new workers, and a worker
// that starts one stands still until the main thread has told the listeners. Both that worker and the new one
// then wait on one condition variable, of which Firefox wakes one waiter (`SetIsDebuggerRegistered` in
// dom/workers/WorkerPrivate.h): when it wakes the wrong one, the worker with the suites never goes on.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const BINARY = "/usr/bin/firefox-esr";
const START_MS = 60_000;
const END_MS = 5_000;

/** Starts it; gives { version, open(url), close() }. */
export async function startFirefox() {
  const profile = mkdtempSync(join(tmpdir(), "troupe-firefox-"));
  // A port of its own choice, which it writes into the profile.
  writeFileSync(join(profile, "user.js"), 'user_pref("marionette.port", 0);\n');
  const args = ["--headless", "--no-remote", "--marionette", "--profile", profile, "about:blank"];
  const child = spawn(BINARY, args, { stdio: "ignore" });
  const ended = new Promise((resolve) => {
    child.once("exit", resolve);
    child.once("error", resolve);
  });
  let socket;
  const end = async () => {
    const late = setTimeout(() => child.kill("SIGKILL"), END_MS);
    await ended;
    clearTimeout(late);
    socket?.destroy();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const port = await portOf(profile, child);
    socket = createConnection({ port, host: "127.0.0.1" });
    const ask = asker(socket);
    // A page is there once it is asked for: its module may run as long as the suites do.
    const session = await ask("WebDriver:NewSession", { pageLoadStrategy: "none" });
    const [home] = await ask("WebDriver:GetWindowHandles");
    return {
      version: session.capabilities.browserVersion,
      async open(url) {
        const { handle } = await ask("WebDriver:NewWindow", { type: "tab", focus: true });
        await ask("WebDriver:SwitchToWindow", { handle });
        await ask("WebDriver:Navigate", { url });
        return async () => {
          await ask("WebDriver:CloseWindow");
          await ask("WebDriver:SwitchToWindow", { handle: home });
        };
      },
      async close() {
        await ask("Marionette:Quit", { flags: ["eForceQuit"] }).catch(() => child.kill());
        await end();
      },
    };
  } catch (error) {
    child.kill();
    await end();
    throw error;
  }
}

/** The port that it listens at, once it does. */
async function portOf(profile, child) {
  const file = join(profile, "MarionetteActivePort");
  const giveUpAt = Date.now() + START_MS;
  while (!existsSync(file) || readFileSync(file, "utf8") === "") {
    if (child.pid === undefined) throw new Error(`${BINARY} could not be started`);
    if (child.exitCode !== null) throw new Error(`Firefox ended with code ${child.exitCode}`);
    if (Date.now() > giveUpAt) throw new Error(`Firefox is not ready after ${START_MS} ms`);
    await sleep(50);
  }
  return Number(readFileSync(file, "utf8"));
}

/**
 * Gives a function that sends one command. A packet is its length in bytes, a colon and JSON: a greeting
 * first, then `[0, id, command, parameters]` there and `[1, id, error, result]` back.
 */
function asker(socket) {
  const waiting = new Map();
  let lost;
  let ids = 0;
  let bytes = Buffer.alloc(0);
  const lose = (error) => {
    lost ??= error;
    for (const { reject } of waiting.values()) reject(lost);
    waiting.clear();
  };
  socket.on("error", lose);
  socket.on("close", () => lose(new Error("Firefox closed the connection of Marionette")));
  socket.on("data", (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const colon = bytes.indexOf(":");
      if (colon < 0) return;
      const from = colon + 1;
      const to = from + Number(bytes.subarray(0, colon));
      if (bytes.length < to) return;
      const packet = JSON.parse(bytes.subarray(from, to));
      bytes = bytes.subarray(to);
      if (!Array.isArray(packet)) continue;
      const [, id, error, result] = packet;
      const { resolve, reject, command } = waiting.get(id);
      waiting.delete(id);
      if (error) reject(new Error(`Marionette ${command}: ${error.error}: ${error.message}`));
      // What has one value has it under this name, and lists come as they are.
      else resolve(result !== null && "value" in result ? result.value : result);
    }
  });
  return (command, parameters = {}) =>
    new Promise((resolve, reject) => {
      if (lost) return reject(lost);
      const id = ++ids;
      waiting.set(id, { resolve, reject, command });
      const text = JSON.stringify([0, id, command, parameters]);
      socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
}
