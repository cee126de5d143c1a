// Vitest's `expect` for hosts where Vitest itself cannot run: the same matchers, put together from
// chai and @vitest/expect the way Vitest does it.
// Leaves out what needs Vitest's runner: snapshots, `expect.poll`, `expect.soft`, counted
// assertions. A suite that uses one of them fails here, so suites do not.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  ChaiStyleAssertions,
  customMatchers,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";
import * as chai from "chai";
import type { ExpectStatic } from "vitest";

type BareExpect = Parameters<typeof getState>[0];

/** What the plugin JestExtend adds to chai. */
interface Extendable {
  extend(expect: BareExpect, matchers: object): void;
}

/** Makes an `expect`. Call it once for each realm: chai's plugins are global to the realm. */
export function createExpect(): ExpectStatic {
  for (const plugin of [JestExtend, JestChaiExpect, ChaiStyleAssertions, JestAsymmetricMatchers])
    chai.use(plugin);
  const expect = ((value: unknown, message?: string) => {
    setState({ assertionCalls: getState(expect).assertionCalls + 1 }, expect);
    return chai.expect(value, message);
  }) as BareExpect;
  const realm = globalThis as unknown as Record<symbol, object>;
  Object.assign(expect, chai.expect, realm[ASYMMETRIC_MATCHERS_OBJECT]);
  setState({ assertionCalls: 0 }, expect);
  (chai.expect as unknown as Extendable).extend(expect, customMatchers);
  Object.assign(expect, {
    assert: chai.assert,
    getState: () => getState(expect),
    unreachable(message?: string): never {
      chai.assert.fail(`expected ${message ? `"${message}" ` : ""}not to be reached`);
    },
  });
  return expect as unknown as ExpectStatic;
}
