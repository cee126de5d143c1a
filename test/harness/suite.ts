// A suite is a function of its harness, so that one file of tests runs wherever JavaScript does:
// under Vitest in Node and in a page, under our small runner in a Web Worker.
// Owns the shape of a suite and of a harness. Imports no test framework at run time and starts
// nothing by itself: a host file in test/hosts/ instantiates the suites.
import type { ExpectStatic } from "vitest";
import type { Platform } from "../../src/kernel/platform.js";

/** What a suite may use of its host's test framework. */
export interface Harness {
  /** Groups tests under a name; may be nested. The function runs at once. */
  describe(name: string, define: () => void): void;
  /** Declares one test. `timeoutMs` is the host's default (5,000 ms) when left out. */
  test(name: string, run: () => void | Promise<void>, timeoutMs?: number): void;
  /** Vitest's `expect`, or the same matchers in a host where Vitest cannot run. */
  expect: ExpectStatic;
  /** The host's own platform: real time. What is not about the host itself uses a virtual one. */
  platform: Platform;
}

/** A named group of host-neutral tests. */
export interface Suite {
  /** Unique among all suites; the outermost `describe`. */
  readonly name: string;
  /** Declares the suite's tests on a harness. */
  define(harness: Harness): void;
}

/**
 * Declares a host-neutral suite.
 *
 * @example
 * export const suite = defineSuite("modbus crc", ({ test, expect }) => {
 *   test("the empty message has the initial value", () => expect(crc16([])).toBe(0xffff));
 * });
 */
export function defineSuite(name: string, define: (harness: Harness) => void): Suite {
  return {
    name,
    define(harness) {
      harness.describe(name, () => define(harness));
    },
  };
}
