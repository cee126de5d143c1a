// The stack in a dedicated Worker: answers the page's calls.
//
// Owns the Worker's messages, and nothing else. A Worker has no picker; the port that the page was
// granted is its own too (SER-1).
import { createSystem, platform } from "../../../platform/worker/index.js";
import type { StackCall, StackReply } from "./page.js";
import { makeStack } from "./stack.js";

const stack = makeStack({ platform, createSystem });
// TypeScript's DOM library knows the page's globals, not the Worker's.
const host = globalThis as unknown as {
  onmessage: (event: MessageEvent<StackCall>) => void;
  postMessage(reply: StackReply): void;
};

host.onmessage = async ({ data: { id, name, args } }) => {
  try {
    const value = await (stack[name] as (...all: readonly unknown[]) => unknown)(...args);
    host.postMessage({ id, value });
  } catch (error) {
    host.postMessage({ id, error: String(error) });
  }
};
