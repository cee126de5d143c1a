// The worker of the raw subject: a function for each name.

import { onMessage, parent } from "../start-worker.ts";

/** A request: number 0 wants no answer. */
interface Request {
  readonly id: number;
  readonly name: string;
  readonly arg: unknown;
}

/** The answer of the request with that number. */
export interface Answer {
  readonly id: number;
  readonly value: unknown;
}

let hits = 0;
const handlers: Record<string, (arg: never) => unknown> = {
  add: (by: number) => by,
  hit: (by: number) => {
    hits += by;
  },
  hits: () => hits,
  copy: (buffer: ArrayBuffer) => buffer,
  move: (buffer: ArrayBuffer) => buffer,
};

onMessage(parent, (data) => {
  const { id, name, arg } = data as Request;
  const value = handlers[name]?.(arg as never);
  if (id === 0) return;
  const answer: Answer = { id, value };
  if (name === "move") parent.postMessage(answer, [value as ArrayBuffer]);
  else parent.postMessage(answer);
});
