// Processes of the tests: started, watched, and stopped for certain.
//
// Owns a child's life and what it printed. A child dies with the process that started it, even if
// that one is killed: `setpriv` asks the kernel for it where there is one (Linux), and an exit
// handler does what it can elsewhere. It knows nothing of what the children are.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";

/** A running process. */
export interface Child {
  /** All that it printed, for the message of a failure and for logs. */
  output(): string;
  /** The whole lines of its standard output. */
  readonly lines: readonly string[];
  /** Waits for a line of standard output that matches, and stops the child if none comes. */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Resolves with the exit code, or the name of the signal, once it has ended. */
  readonly exited: Promise<number | string>;
  /** Ends it now, like a cut cable: no handler of it runs. */
  kill(): Promise<void>;
  /** Asks it to end, and kills it after a second. Idempotent. */
  stop(): Promise<void>;
}

const SETPRIV = "/usr/bin/setpriv";
const running = new Set<ChildProcess>();
let watchingExit = false;

/** Starts a process. `needs` is the Debian package to name when the command is missing. */
export function startChild(
  command: string,
  args: readonly string[],
  options: { needs: string; cwd?: string },
): Child {
  if (command.startsWith("/") && !existsSync(command)) {
    throw new Error(`Cannot start ${command}: no such file; apt-get install ${options.needs}`);
  }
  const [program = "", ...rest] = existsSync(SETPRIV)
    ? [SETPRIV, "--pdeathsig", "KILL", command, ...args]
    : [command, ...args];
  const child = spawn(program, rest, {
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  running.add(child);
  if (!watchingExit) {
    watchingExit = true;
    process.on("exit", () => {
      for (const each of running) each.kill("SIGKILL");
    });
  }
  const name = `${command} ${args.join(" ")}`;
  const lines: string[] = [];
  const waiters = new Set<() => void>();
  let output = "";
  let partial = "";
  let ended = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    const whole = (partial + text).split("\n");
    partial = whole.pop() ?? "";
    lines.push(...whole);
    for (const wake of [...waiters]) wake();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const exited = new Promise<number | string>((resolve) => {
    const end = (result: number | string) => {
      ended = true;
      running.delete(child);
      resolve(result);
      for (const wake of [...waiters]) wake();
    };
    child.on("error", (error) => {
      output += String(error);
      end(-1);
    });
    // "close" and not "exit": by then the last of its output has been read.
    child.on("close", (code, signal) => end(code ?? signal ?? -1));
  });

  const self: Child = {
    output: () => output,
    lines,
    exited,
    async kill() {
      if (!ended) child.kill("SIGKILL");
      await exited;
    },
    async stop() {
      if (!ended) child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 1_000);
      await exited;
      clearTimeout(timer);
    },
    async waitForLine(pattern, timeoutMs = 20_000) {
      const match = await new Promise<RegExpExecArray | undefined>((resolve) => {
        const settle = (result: RegExpExecArray | undefined) => {
          clearTimeout(timer);
          waiters.delete(look);
          resolve(result);
        };
        let seen = 0;
        const look = () => {
          for (; seen < lines.length; seen++) {
            const found = pattern.exec(lines[seen] ?? "");
            if (found !== null) return settle(found);
          }
          if (ended) settle(undefined);
        };
        const timer = setTimeout(() => settle(undefined), timeoutMs);
        waiters.add(look);
        look();
      });
      if (match !== undefined) return match;
      const why = ended ? "it ended" : `nothing came within ${timeoutMs} ms`;
      await self.kill();
      throw new Error(`Cannot read ${pattern} from ${name}: ${why}; its output:\n${output}`);
    },
  };
  return self;
}
