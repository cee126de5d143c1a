// Small helpers of the core's suites: promises to hold, errors to look at, and a server that shows
// what it is told. Owns no assertion.
import { genServer, type Info, type Server } from "../../src/index.js";

/** A promise that a test settles. */
export interface Latch<T = void> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function latch<T = void>(): Latch<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((ok, bad) => {
    resolve = ok;
    reject = bad;
  });
  return { promise, resolve, reject };
}

/** What a promise rejects with; fails the test if it does not. */
export async function rejection(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error(`expected a rejection, got ${String(value)}`);
}

/** What a function throws; fails the test if it does not. */
export function thrown(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected a throw");
}

/** Runs `body` with its own process as `self`: whatever a test wants to do from inside one. */
// biome-ignore lint/suspicious/noExplicitAny: a test does with self what it likes
export type Body = (self: any) => unknown;

/** A server that does what it is told, and writes down what `info` gets. */
export const Puppet: Server<
  [log?: Info[]],
  { call: { run(body: Body): unknown; log(): Info[] }; cast: { run(body: Body): void } }
> = genServer({
  id: "puppet",
  init: (_self, log: Info[] = []) => log,
  call: { run: (self, body: Body) => body(self), log: (self) => self.state },
  cast: { run: (self, body: Body) => body(self) },
  info(self, message) {
    self.state.push(message);
  },
});

/** What was asked for, once all that happens at this moment has happened. */
export async function settled<T>(
  clock: { settle(): Promise<void> },
  asked: Promise<T>,
): Promise<T> {
  await clock.settle();
  return asked;
}
