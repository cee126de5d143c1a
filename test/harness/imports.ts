// Holds that importing the package does nothing, on whatever host this is: every entry that the host
// resolves is evaluated here, at the top of a module and before any test, while everything that an
// import must not touch is watched. Owns also what becomes of a system that is made there.

// Before anything else: what is imported above it is not watched.
import "./watch-imports.js";
import { createSystem, UnsupportedError } from "troupe";
import { entries } from "troupe-entries";
import { defineSuite, type Suite } from "./suite.js";
import { beginWatch, endWatch } from "./watch-imports.js";

const touched = endWatch();

/** What a host gives or throws at the top of this module. */
function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
const hasTimers = !(attempt(() => clearTimeout(setTimeout(() => {}, 0))) instanceof Error);
const system = attempt(createSystem);

/** The suite of importing. */
export const imports: Suite = defineSuite("imports", ({ test, expect }) => {
  test("importing every entry makes no timer, listener, channel, request or random id", () => {
    expect(touched).toEqual([]);
    expect(Object.keys(entries)).toContain("troupe");
    for (const names of Object.values(entries)) expect(Object.keys(names)).not.toEqual([]);
  });

  test("every entry shares one kernel, also with development: the errors of all are the core's", () => {
    const { ActorError } = entries.troupe as { ActorError: new () => Error };
    const values: unknown[] = Object.values(entries).flatMap((names) => Object.values(names));
    const errors = values.filter(
      (value): value is new () => Error =>
        typeof value === "function" && value.prototype instanceof Error,
    );
    const isOurs = (one: new () => Error) =>
      one === ActorError || one.prototype instanceof ActorError;
    expect(errors.filter((one) => !isOurs(one)).map((one) => one.name)).toEqual([]);
    expect(errors.length).toBeGreaterThan(20);
  });

  test("what an import must not touch is seen when it is touched", () => {
    beginWatch();
    clearTimeout(setTimeout(() => {}, 0));
    Math.random();
    if (typeof MessageChannel === "function") new MessageChannel().port1.close();
    const seen = endWatch();
    expect(seen.slice(0, 2)).toEqual(["setTimeout", "random"]);
    expect(seen.length).toBe(typeof MessageChannel === "function" ? 3 : 2);
    Math.random();
    expect(endWatch()).toEqual([]);
  });

  test("a system at the top of a module works, or is refused with the remedy", () => {
    if (hasTimers) {
      expect(system).toMatchObject({ stopped: false });
      return;
    }
    expect(system).toBeInstanceOf(UnsupportedError);
    expect((system as Error).message).toMatch(/on workerd: .* inside a handler/);
  });
});
