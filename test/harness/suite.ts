// A suite is a function of its harness, so that one file of tests runs wherever JavaScript does:
// under Vitest in Node and in a page, under our small runner in a Web Worker.
// Owns the shape of a suite and of a harness. Imports no test framework at run time and starts
// nothing by itself: a host file in test/hosts/ instantiates the suites.
import type { ExpectStatic } from "vitest";
import type { Platform } from "../../src/kernel/platform.js";
import { type Capability, hasCapability } from "./capabilities.js";

/** What tests need of their host beyond what all have. */
export interface Needs {
  readonly needs: Capability;
}

/** What a suite may use of its host's test framework. */
export interface Harness {
  /**
   * Groups tests under a name; may be nested. Where the host lacks what the group needs, its tests
   * are skipped with the capability's name as the reason.
   */
  describe(name: string, define: () => void): void;
  describe(name: string, needs: Needs, define: () => void): void;
  /** Declares one test. `timeoutMs` is a minute when left out (runner.ts). */
  test(name: string, run: () => void | Promise<void>, timeoutMs?: number): void;
  test(name: string, needs: Needs, run: () => void | Promise<void>, timeoutMs?: number): void;
  /** Vitest's `expect`, or the same matchers in a host where Vitest cannot run. */
  expect: ExpectStatic;
  /** The host's own platform: real time. What is not about the host itself uses a virtual one. */
  platform: Platform;
}

/** What a test of the host's framework is called with. */
export interface TestContext {
  /** Ends the test as skipped. */
  skip(reason: string): never;
}

/** What a host's test framework gives: Vitest's own functions, or the small runner's. */
export interface HarnessHost extends Omit<Harness, "describe" | "test"> {
  describe(name: string, define: () => void): void;
  test(
    name: string,
    run: (context: TestContext) => void | Promise<void>,
    timeoutMs?: number | undefined,
  ): void;
}

/** A named group of host-neutral tests. */
export interface Suite {
  /** Unique among all suites; the outermost `describe`. */
  readonly name: string;
  /** Declares the suite's tests on a host. */
  define(host: HarnessHost): void;
}

type Run = () => void | Promise<void>;
type Define = (harness: Harness) => void;

/**
 * Declares a host-neutral suite.
 *
 * @example
 * export const suite = defineSuite("modbus crc", ({ test, expect }) => {
 *   test("the empty message has the initial value", () => expect(crc16([])).toBe(0xffff));
 * });
 */
export function defineSuite(name: string, define: Define): Suite;
export function defineSuite(name: string, needs: Needs, define: Define): Suite;
export function defineSuite(name: string, first: Needs | Define, second?: Define): Suite {
  const [needs, define] = split(first, second);
  return {
    name,
    define(host) {
      let missing: Capability | undefined;
      const describe = (group: string, one: Needs | (() => void), two?: () => void): void => {
        const [needed, defineGroup] = split(one, two);
        const inherited = missing ?? lacking(needed);
        // Vitest runs it later, the small runner at once.
        host.describe(group, () => {
          const outer = missing;
          missing = inherited;
          defineGroup();
          missing = outer;
        });
      };
      const test = (
        title: string,
        one: Needs | Run,
        two?: Run | number | undefined,
        three?: number,
      ): void => {
        const isPlain = typeof one === "function";
        const run = isPlain ? one : (two as Run);
        const timeoutMs = isPlain ? (two as number | undefined) : three;
        const capability = missing ?? lacking(isPlain ? undefined : one);
        if (capability === undefined) host.test(title, () => run(), timeoutMs);
        else host.test(title, (context) => skipFor(context, capability), timeoutMs);
      };
      const harness: Harness = { describe, test, expect: host.expect, platform: host.platform };
      const defineAll = () => define(harness);
      if (needs === undefined) describe(name, defineAll);
      else describe(name, needs, defineAll);
    },
  };
}

function split<T>(first: Needs | T, second: T | undefined): [Needs | undefined, T] {
  return second === undefined ? [undefined, first as T] : [first as Needs, second];
}

/** Ends a test as skipped, for the capability that its host lacks. */
export function skipFor(context: TestContext, capability: string): never {
  return context.skip(capability);
}

function lacking(needed: Needs | undefined): Capability | undefined {
  return needed === undefined || hasCapability(needed.needs) ? undefined : needed.needs;
}
