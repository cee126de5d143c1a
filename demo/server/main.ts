// The demo's server: starts the station, says where it is, and ends it on Ctrl-C.
//
// Owns the command line, the words for what goes wrong at the start, and the signals. Everything
// that lives afterwards is an actor of station.ts. Runs on the user's own Node ≥ 20, in one
// process.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createSystem } from "troupe";
import { Station } from "./station.js";

const HELP = `npm run demo [-- --port <number>] [-- --no-open]

  --port <number>  where to listen on 127.0.0.1; default: any free port
  --no-open        print the address, open no browser
`;

/** Runs the demo until a signal ends it. Resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  if (typeof options === "string") {
    process.stderr.write(`${options}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const system = createSystem();
  const ended = signal();
  try {
    const pageFolder = fileURLToPath(new URL("../page", import.meta.url));
    const station = await system.start(Station, options.port, pageFolder);
    const url = await station.child.gateway.call.url();
    console.log(`\n  Pump station  ${url}\n\n  Ctrl-C ends it.\n`);
    if (options.open) openInBrowser(url);
    await ended;
    return 0;
  } catch (error) {
    process.stderr.write(`${inWords(error, options.port)}\n`);
    return 1;
  } finally {
    await system.stop();
  }
}

/** The options, or what is wrong with them. */
function readArguments(
  args: readonly string[],
): { port: number; open: boolean; help: boolean } | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: "0" },
        "no-open": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65_535) {
      return `--port is ${JSON.stringify(values.port)}: it must be a number from 0 to 65535`;
    }
    return { port, open: !values["no-open"], help: values.help };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Resolves at the first Ctrl-C. npm passes it on as well, so one press may arrive twice. */
function signal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => resolve());
  });
}

function inWords(error: unknown, port: number): string {
  for (let at = error; at instanceof Error; at = at.cause as unknown) {
    const { code } = at as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      return `Port ${port} is taken: leave --port out for a free one, or end what listens there`;
    }
    if (code === "EACCES") return `Port ${port} needs more rights: choose one from 1024 on`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Opens the user's browser where there is a screen. That it fails is no reason to end. */
function openInBrowser(url: string): void {
  const { platform, env } = process;
  const isHeadless =
    env.CI !== undefined || (platform === "linux" && !env.DISPLAY && !env.WAYLAND_DISPLAY);
  if (isHeadless) return;
  const [command, ...args] =
    platform === "darwin"
      ? ["open", url]
      : platform === "win32"
        ? ["cmd", "/c", "start", "", url]
        : ["xdg-open", url];
  const child = spawn(command!, args, { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
