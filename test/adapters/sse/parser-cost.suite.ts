// SSE-1: the event stream's parser costs linear time, however small the chunks are. In real time, and so
// run alone: what is compared is a short stream with a long one. Owns no case of parsing; parser.suite.ts
// and parser-chunking.suite.ts do.
import { createEventStreamParser } from "../../../src/adapters/sse/parser.js";
import { defineSuite } from "../../harness/suite.js";

export const suite = defineSuite("sse parser cost", ({ test, expect }) => {
  // A quadratic parser takes 64 times as long for 8 times the bytes, a linear one 8 times; the
  // bound is far from both, and the best of several runs is compared, so a busy machine does not
  // decide.
  const shapes = [
    ["one long line", (bytes: number) => `data:${"x".repeat(bytes)}\n\n`],
    ["many data lines", (bytes: number) => `${"data:x\n".repeat(bytes / 7)}\n`],
    ["many events", (bytes: number) => "data:x\n\n".repeat(bytes / 8)],
    ["one long comment", (bytes: number) => `:${"x".repeat(bytes)}\ndata:\n\n`],
  ] as const;
  for (const [name, make] of shapes) {
    test(`SSE-1: one-byte chunks of ${name} cost linear time`, () => {
      const small = bestTimeMs(make(32_768));
      const large = bestTimeMs(make(262_144));
      expect(large / Math.max(small, 0.5)).toBeLessThan(30);
    });
  }

  function bestTimeMs(stream: string): number {
    const bytes = new TextEncoder().encode(stream);
    let best = Infinity;
    for (let run = 0; run < 4; run++) {
      let events = 0;
      const parser = createEventStreamParser({ onEvent: () => events++ });
      const start = performance.now();
      for (let at = 0; at < bytes.length; at++) parser.push(bytes.subarray(at, at + 1));
      best = Math.min(best, performance.now() - start);
      expect(events).toBeGreaterThan(0);
    }
    return best;
  }
});
