// How a check of a platform fails: with a sentence that names the member and what it must do.
//
// Owns the error's shape and the two waits that checks share. It needs no test framework: whoever runs
// a check sees a rejection, which every framework shows.

import type { Platform } from "../../kernel/platform.js";

/** What a check is given: the platform's members, taken off it, since none may need `this`. */
export type Members = Readonly<Platform>;

/** @throws Error with the sentence `Cannot rely on <host>.<member>: <what is wrong>`. */
export function broken(platform: Members, member: string, what: string): never {
  throw new Error(`Cannot rely on ${platform.host}.${member}: ${what}`);
}

/** Resolves when a timer of the platform has fired. */
export function slept({ setTimer }: Members, delayMs: number): Promise<void> {
  return new Promise((resolve) => void setTimer(resolve, delayMs));
}

/** Resolves in a macrotask of the platform. */
export function turned({ macrotask }: Members): Promise<void> {
  return new Promise((resolve) => macrotask(resolve));
}
