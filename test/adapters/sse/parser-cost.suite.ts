// SSE-1: the event stream's parser costs linear time, however small the chunks are. In real time, and so
// run alone: what is compared is a short stream with a long one. Owns no case of parsing; parser.suite.ts
// and parser-chunking.suite.ts do.
import { createEventStreamParser } from "../../../src/adapters/sse/parser.js";
import { defineSuite } from "../../harness/suite.js";

/** How many times 8 short streams one long one may take. */
const BOUND = 30 / 8;

export const suite = defineSuite("sse parser cost", ({ test, expect }) => {
  // A quadratic parser takes 8 times as long for a stream of 8 times the bytes as for 8 short ones, a linear one
  // as long; the bound is far from both. Both take the same time then, and the best of some runs is compared,
  // so a busy machine does not decide: it lets a short run through, and breaks into a long one.
  const shapes = [
    ["one long line", (bytes: number) => `data:${"x".repeat(bytes)}\n\n`],
    ["many data lines", (bytes: number) => `${"data:x\n".repeat(bytes / 7)}\n`],
    ["many events", (bytes: number) => "data:x\n\n".repeat(bytes / 8)],
    ["one long comment", (bytes: number) => `:${"x".repeat(bytes)}\ndata:\n\n`],
  ] as const;
  for (const [name, make] of shapes) {
    test(`SSE-1: one-byte chunks of ${name} cost linear time`, () => {
      const [short, long] = [bytesOf(make(32_768)), bytesOf(make(262_144))];
      let [small, large] = [Infinity, Infinity];
      for (let run = 0; run < 20 && (run < 4 || large >= BOUND * Math.max(small, 4)); run++) {
        small = Math.min(small, timeMs(short, 8));
        large = Math.min(large, timeMs(long, 1));
      }
      expect(large / Math.max(small, 4)).toBeLessThan(BOUND);
    });
  }

  const bytesOf = (stream: string) => new TextEncoder().encode(stream);

  /** How long it takes to parse a stream so many times. */
  function timeMs(bytes: Uint8Array, times: number): number {
    const start = performance.now();
    for (let time = 0; time < times; time++) {
      let events = 0;
      const parser = createEventStreamParser({ onEvent: () => events++ });
      for (let at = 0; at < bytes.length; at++) parser.push(bytes.subarray(at, at + 1));
      expect(events).toBeGreaterThan(0);
    }
    return performance.now() - start;
  }
});
