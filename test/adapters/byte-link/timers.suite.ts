// Waiting for a limited time, with timers that a test moves.
import { settledWithin } from "../../../src/adapters/byte-link/timers.js";
import { defineSuite } from "../../harness/suite.js";
import { manualTimers, stateOf } from "./link-probes.js";

export const suite = defineSuite("byte-link timers", ({ test, expect }) => {
  test("settledWithin tells that work settled either way, and leaves no timer", async () => {
    const timers = manualTimers();
    expect(await settledWithin(Promise.resolve(1), 100, timers)).toBe(true);
    expect(await settledWithin(Promise.reject(new Error("no")), 100, timers)).toBe(true);
    expect(timers.pending).toBe(0);
  });

  test("settledWithin stops waiting at the limit, and what comes later changes nothing", async () => {
    const timers = manualTimers();
    let finish = () => {};
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const waiting = settledWithin(work, 100, timers);
    await timers.advance(99);
    expect(await stateOf(waiting)).toBe("pending");
    await timers.advance(1);
    expect(await stateOf(waiting)).toEqual({ value: false });
    finish();
    expect(await stateOf(waiting)).toEqual({ value: false });
    expect(timers.pending).toBe(0);
  });
});
