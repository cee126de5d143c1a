// The silences of a serial line, as numbers.
// Owns the proof of MB-6 and of the idle gap of MB-5. That somebody waits for them is the client's
// and the slave's suites.

import { rtuIdleGapMs, rtuSendGapMs, rtuSilenceMs } from "../../../src/adapters/modbus/timing.js";
import { defineSuite } from "../../harness/suite.js";

export const suite = defineSuite("modbus timing", ({ test, expect }) => {
  test("MB-6: the silence is 3.5 characters of 11 bits up to 19,200 baud", () => {
    expect(rtuSilenceMs(9_600)).toBeCloseTo(4.0104, 3);
    expect(rtuSilenceMs(1_200)).toBeCloseTo(32.083, 3);
    expect(rtuSilenceMs(19_200)).toBeCloseTo(2.0052, 3);
  });

  test("MB-6: the silence is 1.75 ms above 19,200 baud", () => {
    expect(rtuSilenceMs(19_201)).toBe(1.75);
    expect(rtuSilenceMs(115_200)).toBe(1.75);
  });

  test("MB-6: the send gap is rounded up to what a timer can hold", () => {
    expect([1_200, 9_600, 19_200, 115_200].map(rtuSendGapMs)).toEqual([33, 5, 3, 2]);
  });

  test("MB-5: the idle gap is 20 ms, or 3.5 characters where that is longer", () => {
    expect([300, 1_200, 1_925, 9_600, 115_200].map(rtuIdleGapMs)).toEqual([129, 33, 20, 20, 20]);
  });

  test("a rate that is none is refused, whatever is asked of it", () => {
    for (const ask of [rtuSilenceMs, rtuSendGapMs, rtuIdleGapMs]) {
      for (const rate of [0, -9_600, Number.NaN, Infinity]) {
        expect(() => ask(rate)).toThrow(RangeError);
      }
      expect(() => ask("9600" as unknown as number)).toThrow(TypeError);
    }
  });
});
