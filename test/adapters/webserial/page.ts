// The page of the tests: the stack in the page itself, and the same one in a dedicated Worker, which
// is where the documentation says to run it.
//
// Owns the global `api` that the test calls, and the passing on of calls to the Worker. Does nothing
// by itself: no port is opened before the test says so.
import { createSystem, platform } from "../../../platform/browser/index.js";
import { makeStack, type Stack } from "./stack.js";

/** A call of a function of the stack, as it goes to the Worker. */
export interface StackCall {
  readonly id: number;
  readonly name: keyof Stack;
  readonly args: readonly unknown[];
}

/** What comes back. */
export interface StackReply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Where a function of the stack runs. */
export type Place = "page" | "worker";

/** What the test calls. */
export interface PageApi {
  call(place: Place, name: keyof Stack, args: readonly unknown[]): Promise<unknown>;
}

const stack = makeStack({ platform, createSystem });
const waiting = new Map<number, (reply: StackReply) => void>();
let worker: Worker | undefined;
let lastId = 0;

function startWorker(): Worker {
  const started = new Worker("/stack.worker.js", { type: "module" });
  started.onmessage = ({ data }: MessageEvent<StackReply>) => waiting.get(data.id)?.(data);
  return started;
}

async function callWorker(name: keyof Stack, args: readonly unknown[]): Promise<unknown> {
  worker ??= startWorker();
  const id = ++lastId;
  const call: StackCall = { id, name, args };
  const reply = await new Promise<StackReply>((resolve) => {
    waiting.set(id, resolve);
    worker?.postMessage(call);
  });
  waiting.delete(id);
  if (reply.error !== undefined) throw new Error(reply.error);
  return reply.value;
}

const api: PageApi = {
  async call(place, name, args) {
    if (place === "worker") return callWorker(name, args);
    return (stack[name] as (...all: readonly unknown[]) => unknown)(...args);
  },
};

Object.assign(globalThis, { api });
