// Registries against a model: a plain list of entries, under random scripts of operations.
// Owns the properties of REG-1, REG-2 and REG-4 whatever the order of operations; single cases are in
// registry.suite.ts.

import * as fc from "fast-check";
import { AlreadyRegistered, genServer, type Key, registry } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";

const Member = genServer({ id: "member", init: () => 0 });
const keys: readonly Key[] = [
  "a",
  "b",
  ["a"],
  ["a", 1],
  ["a", "1"],
  ["a", 1n],
  [["a"], null, true],
];

type Op = readonly [kind: string, process: number, key: number, value: number];
interface Row {
  readonly process: number;
  readonly key: number;
  readonly value: number;
}

const ops: fc.Arbitrary<Op[]> = fc.array(
  fc.tuple(
    fc.constantFrom("register", "register", "register", "unregister", "clear", "kill", "stop"),
    fc.nat({ max: 4 }),
    fc.nat({ max: keys.length - 1 }),
    fc.nat({ max: 9 }),
  ),
  { maxLength: 60 },
);

export const suite = defineSuite("registry against a model", ({ test, expect }) => {
  for (const kind of ["unique", "duplicate"] as const) {
    test(`REG-1: a registry of ${kind} keys holds what a list of entries would hold`, async () => {
      await fc.assert(
        fc.asyncProperty(ops, fc.integer({ min: 1, max: 5 }), async (script, partitions) => {
          const { system } = testSystem();
          const rooms = await system.start(registry<number>({ keys: kind, partitions }));
          const processes = await Promise.all(
            Array.from({ length: 5 }, () => system.start(Member)),
          );
          const dead = new Set<number>();
          let rows: Row[] = [];
          for (const [op, process, at, value] of script) {
            const ref = processes[process] as (typeof processes)[number];
            const key = keys[at] as Key;
            if (op === "register") {
              const isTaken = kind === "unique" && rows.some((row) => row.key === at);
              if (dead.has(process)) {
                expect(() => rooms.register(key, ref, value)).toThrow();
              } else if (isTaken) {
                expect(() => rooms.register(key, ref, value)).toThrow(AlreadyRegistered);
              } else {
                rooms.register(key, ref, value);
                rows.push({ process, key: at, value });
              }
            } else if (op === "unregister") {
              const kept = rows.filter((row) => row.process !== process || row.key !== at);
              expect(rooms.unregister(key, ref)).toBe(kept.length < rows.length);
              rows = kept;
            } else if (op === "clear") {
              const kept = rows.filter((row) => row.key !== at);
              expect(rooms.unregister(key)).toBe(kept.length < rows.length);
              rows = kept;
            } else {
              if (op === "kill") ref.kill();
              else await ref.stop();
              dead.add(process);
              rows = rows.filter((row) => row.process !== process);
            }
            // Whatever was done: both say the same, of every key and every process.
            expect(rooms.count()).toBe(rows.length);
            keys.forEach((each, index) => {
              const here = rows.filter((row) => row.key === index);
              expect(rooms.lookup(each).map((entry) => [entry.ref.id, entry.value])).toEqual(
                here.map((row) => [processes[row.process]?.id, row.value]),
              );
              let told = 0;
              rooms.dispatch(each, () => told++);
              expect(told).toBe(here.length);
            });
            processes.forEach((each, index) => {
              const own = dead.has(index) ? [] : rows.filter((row) => row.process === index);
              expect(new Set(rooms.keys(each))).toEqual(new Set(own.map((row) => keys[row.key])));
            });
          }
          await system.stop();
        }),
        { numRuns: 60 },
      );
    });
  }
});
