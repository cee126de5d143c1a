// A probe over lines: a program that says "ready" or "no scenario", and then answers each number of
// operations with what they came to. JavaScript's children and native programs speak it alike.
//
// Owns the child process and its end: closing its input is its order to go.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Probe } from "../measure.ts";
import { MISSING } from "./host.ts";

/** Starts the program; null if it says that it has no such scenario. */
export async function openLines(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<Probe | null> {
  const child = spawn(command, args, { cwd, stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const gone = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", (error) => {
      complaint += error.message;
      resolve();
    });
  });
  // A program that is gone takes no more orders: the next read tells why.
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) {
      await gone;
      throw new Error(`${command} ${args.join(" ")} ended:\n${complaint.trim()}`);
    }
    return value;
  };
  const close = async (): Promise<void> => {
    child.stdin.end();
    await gone;
  };
  if ((await read()) === MISSING) {
    await close();
    return null;
  }
  return {
    async sample(count) {
      child.stdin.write(`${count}\n`);
      return Number(await read());
    },
    close,
  };
}
