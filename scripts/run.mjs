// How the scripts start other programs: the project's root, its own Node, and one function that
// waits for a child process. Uses nothing but Node ≥ 20 itself, because scripts/test.mjs needs it
// before anything is installed. Decides nothing: exit codes go back to the caller.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of package.json. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** True on a continuous-integration machine: what cannot be had is a failure there. */
export const isCi = process.env.CI === "true";

/**
 * The Node of the devDependency `node`, which the test runner needs, or the running one where that
 * package has no binary for this machine. Evaluated at each call: an installation may come between.
 */
export function localNode() {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const path = join(root, "node_modules", "node", "bin", name);
  return existsSync(path) ? path : process.execPath;
}

/** The Node of the user's own shell, which runs what we ship. */
export const outerNode =
  process.env.TROUPE_NODE ?? process.env.npm_node_execpath ?? process.execPath;

/**
 * Runs a program to its end; never rejects.
 * `show` prints its output as it comes, otherwise `output` collects it. After `timeoutMs` the child
 * is killed, and the exit code is not 0; with a `signal` it is killed once that aborts, and not before. A
 * program that does not exist has the code 127.
 */
export function run(
  command,
  args,
  { show = false, env = {}, cwd = root, timeoutMs = 600_000, signal } = {},
) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: {
        ...process.env,
        TROUPE_NODE: outerNode,
        PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
        ...env,
      },
      stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
      // npm is a .cmd file on Windows, which only a shell can start.
      shell: process.platform === "win32" && !command.endsWith(".exe"),
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    const kill = (why) => {
      output += `\n${command} was killed ${why}\n`;
      child.kill("SIGKILL");
    };
    const onAbort = () => kill(`because ${signal.reason.message}`);
    signal?.addEventListener("abort", onAbort);
    const timer = signal ? undefined : setTimeout(kill, timeoutMs, `after ${timeoutMs} ms`);
    const forget = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    child.on("error", (error) => {
      forget();
      resolve({ code: 127, output: `${output}${error.message}\n` });
    });
    child.on("close", (code) => {
      forget();
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Runs a JavaScript file under the project's own Node. */
export function runNode(args, options) {
  return run(localNode(), args, options);
}
