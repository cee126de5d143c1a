// What the kernel relies upon in a platform's channels to people, and in how it is made.
//
// Owns these checks alone. Where uncaught errors come out differs by host and ends programs on some,
// so whoever runs the checks says how to see them; without that, only `reportFault` is called.

import { printed } from "../../kernel/exit-reason.js";
import type { Platform } from "../../kernel/platform.js";
import { broken, type Members, slept } from "./broken.js";

/** Runs something, and resolves with the errors that reached the host's uncaught errors meanwhile. */
export type Uncaught = (run: () => Promise<void>) => Promise<readonly unknown[]>;

/** What code throws: not always errors. */
const thrown = (): unknown[] => [new Error("a fault that a test reports"), "text", undefined, null];

const required = [
  ...["now", "wallTime", "random", "microtask", "macrotask"],
  ...["setTimer", "clearTimer", "reportError"],
] as const;
const optional = ["microtaskOf", "reportFault", "warn", "onWake"];

/** What starts work, or reads the world, where a host has it. */
const effects = [
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "fetch"],
  ...["addEventListener", "requestAnimationFrame", "MessageChannel", "Worker"],
];

/** Every member is there, and the host has a name. */
export async function membersAreThere(platform: Members): Promise<void> {
  if (typeof platform.host !== "string" || platform.host === "") {
    broken(platform, "host", "it is no name: give the host's in words");
  }
  const members = platform as unknown as Record<string, unknown>;
  for (const name of [...required, ...optional]) {
    const isLeftOut = optional.includes(name) && members[name] === undefined;
    if (!isLeftOut && typeof members[name] !== "function") {
      broken(platform, name, `it is ${printed(members[name])}: it must be a function`);
    }
  }
}

/** Making the platform starts no timer, no turn and no listener. */
export async function makingStartsNothing(make: () => Platform): Promise<void> {
  const host = globalThis as unknown as Record<string, unknown>;
  const used: string[] = [];
  const undo: (() => void)[] = [];
  for (const name of effects) {
    const own = Object.getOwnPropertyDescriptor(host, name);
    const original = host[name];
    if (typeof original !== "function") continue;
    const value = function (this: unknown, ...args: unknown[]): unknown {
      used.push(name);
      return new.target ? Reflect.construct(original, args) : Reflect.apply(original, this, args);
    };
    // edge-runtime lets its globals be changed, not defined anew.
    if (own?.configurable === false) {
      if (Reflect.set(host, name, value)) undo.push(() => Reflect.set(host, name, original));
      continue;
    }
    Object.defineProperty(host, name, { value, configurable: true, writable: true });
    undo.push(() => {
      if (own === undefined) Reflect.deleteProperty(host, name);
      else Object.defineProperty(host, name, own);
    });
  }
  let platform: Platform;
  try {
    platform = make();
  } finally {
    for (const back of undo) back();
  }
  if (used.length > 0) {
    broken(
      platform,
      "host",
      `making the platform used ${used.join(", ")}: do it when first needed`,
    );
  }
}

/** An error of an observer is shown: nothing throws, and nothing ends. */
export async function faultsEndNothing(platform: Members): Promise<void> {
  const { reportFault } = platform;
  if (reportFault === undefined) return;
  for (const error of thrown()) {
    try {
      reportFault(error);
    } catch (why) {
      broken(platform, "reportFault", `it threw ${printed(why)}: show the error, and return`);
    }
  }
  await slept(platform, 1);
}

/** An error that nobody handles comes out at the host's channel, and not at who reports it. */
export async function errorsReachTheHost(platform: Members, uncaught: Uncaught): Promise<void> {
  const { reportError } = platform;
  const errors = thrown();
  const seen = await uncaught(async () => {
    for (const error of errors) {
      try {
        reportError(error);
      } catch (why) {
        broken(platform, "reportError", `it threw ${printed(why)}: hand the error to the host`);
      }
    }
    await slept(platform, 20);
  });
  if (!seen.includes(errors[0])) {
    broken(platform, "reportError", "the error did not come out where uncaught errors do");
  }
}

/** A listener for the host's return can be added and taken away, more than once. */
export async function wakingCanBeEnded(platform: Members): Promise<void> {
  const { onWake } = platform;
  if (onWake === undefined) return;
  const ends = [onWake(() => {}), onWake(() => {})];
  for (const end of [...ends, ...ends]) {
    if (typeof end !== "function") broken(platform, "onWake", "it gave no function that ends it");
    end();
  }
}
