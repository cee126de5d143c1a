// Frames as they cross: what is written shorter, and what must not be. Owns the tests of lists and runs;
// what a session does with frames is the business of the other suites.

import { compact, expand } from "../../src/realms/wire/compact.js";
import { joinRuns } from "../../src/realms/wire/runs.js";
import type { Frame } from "../../src/realms/wire/wire.js";
import { defineSuite } from "../harness/suite.js";

/** One of each kind that is frequent, with its number. */
const frequent: readonly ((id: number) => Frame)[] = [
  (id) => ({ t: "call", id, to: 1, m: "add", args: [id], ttl: 5_000 }),
  (id) => ({ t: "call", id, to: 1, m: "add", args: [id], from: ["realm", "life", 2, "asker"] }),
  (id) => ({ t: "cast", to: 1, m: "add", args: [id] }),
  (id) => ({ t: "reply", id, ok: { count: id } }),
];
const meta = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", more: [1] };

export const suite = defineSuite("realms wire", ({ test, expect }) => {
  test("what is written as a list is read as the same frame", () => {
    for (const of of frequent) {
      const frame = of(7);
      expect(Array.isArray(compact(frame))).toBe(true);
      expect(expand(compact(frame))).toEqual(frame);
    }
  });

  test("a frame that carries meta crosses with it", () => {
    for (const of of frequent) {
      const frame = { ...of(7), meta };
      expect(expand(compact(frame))).toEqual(frame);
    }
  });

  test("a frame that carries meta is joined with no other, and those around it are", () => {
    for (const of of frequent) {
      const frames = [of(1), of(2), { ...of(3), meta }, of(4), { ...of(5), meta }];
      const joined = joinRuns(frames);
      expect(joined.filter((frame) => frame.meta !== undefined)).toEqual([frames[2], frames[4]]);
      const isCallFrom = "from" in of(1);
      expect(joined).toHaveLength(isCallFrom ? 5 : 4);
    }
  });
});
