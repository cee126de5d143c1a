// Makes the host-neutral suite of one group: a test for each recorded trace.
// Owns how a trace is a test. The traces are data/, performing one is drivers/, comparing is replay.ts.
import { defineSuite, type Suite } from "../harness/suite.js";
import { exceptionOf } from "./exceptions.js";
import { describeDifference, type Group, replay, type Trace } from "./replay.js";

/**
 * Declares the suite of a group.
 *
 * @example
 * import traces from "./data/statem.json" with { type: "json" };
 * export const suite = defineTraces(statem, traces);
 */
export function defineTraces(group: Group, traces: readonly Trace[]): Suite {
  return defineSuite(`conformance: ${group.name}`, ({ test, expect }) => {
    for (const trace of traces) {
      const { id, title } = trace.scenario;
      test(title === undefined ? id : `${id}: ${title}`, async () => {
        const difference = await replay(trace, [group]);
        const reason = exceptionOf(trace.scenario);
        if (reason === undefined) {
          expect(difference === null ? "as recorded" : describeDifference(difference)).toBe(
            "as recorded",
          );
        } else expect(difference, "it passes: take it off exceptions.ts").not.toBeNull();
      });
    }
  });
}
