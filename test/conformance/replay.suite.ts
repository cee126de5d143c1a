// The replayer: that it compares everything, says where it differs, and counts what it replayed.
// Its group is one of its own; no actor takes part.

import { defineSuite } from "../harness/suite.js";
import { describeDifference, firstDifference, type Group, replay } from "./replay.js";
import { replayFiles } from "./replay-files.js";

/** Gives what a scenario says was seen. */
const echo: Group = {
  name: "echo",
  isOf: (scenario) => "seen" in scenario,
  replay: async (scenario) => {
    const { seen } = scenario as unknown as { seen: unknown };
    if (seen === "a crash") throw new Error("no actor takes part");
    return seen;
  },
};

const trace = (id: string, expected: unknown, seen: unknown = expected) => ({
  scenario: { id, seen },
  expected,
});

async function told(...texts: string[]): Promise<string[]> {
  const lines: string[] = [];
  const files = texts.map((text, index) => ({ name: `${index}.json`, text }));
  await replayFiles(files, (line) => lines.push(line), [echo]);
  return lines;
}

export const suite = defineSuite("conformance: the replayer", ({ test, expect }) => {
  const events = Array.from({ length: 9 }, (_, at) => ({ event: "start", child: `child ${at}` }));

  test("data is the same whatever the order of its keys, and a key without a value is none", () => {
    const one = { a: 1, b: [{ c: 2, d: 3 }] };
    expect(firstDifference(one, { b: [{ d: 3, c: 2, e: undefined }], a: 1 })).toBeNull();
  });

  test("an order, a value, a missing key and one too many are differences, told by their path", () => {
    const expected = { steps: [{ result: "ok", events }] };
    const differs = (actual: unknown) => firstDifference(expected, { steps: [actual] })?.path;
    expect(differs({ result: "ok", events: events.slice().reverse() })).toBe("steps[0].events[0]");
    expect(differs({ result: "no", events })).toBe("steps[0].result");
    expect(differs({ events })).toBe("steps[0].result");
    expect(differs({ result: "ok", events: events.slice(0, 8) })).toBe("steps[0].events[8]");
    expect(differs({ result: "ok", events: [...events, events[0]] })).toBe("steps[0].events[9]");
    expect(differs({ result: "ok", events, state: {} })).toBe("steps[0].state");
    expect(firstDifference([1], { 0: 1 })?.path).toBe("everything");
  });

  test("a difference is shown with both values side by side", () => {
    const text = describeDifference({ path: "steps[1]", expected: { a: 1 }, actual: { a: 2 } });
    expect(text.split("\n")).toEqual([
      "at steps[1]:",
      "  expected | actual",
      '  {"a":1}  | {"a":2}',
    ]);
  });

  test("a replay that throws is a difference, and a trace of no group is refused by name", async () => {
    const crash = await replay(trace("x", "nothing", "a crash"), [echo]);
    expect(crash?.actual).toContain("no actor takes part");
    const unknown = { scenario: { id: "y" }, expected: {} };
    await expect(replay(unknown, [echo])).rejects.toThrow("y is of no known group: there are echo");
  });

  test("the last line counts, and a file that holds no traces is a failure", async () => {
    const good = JSON.stringify([trace("a", 1), trace("b", 2)]);
    const bad = JSON.stringify([trace("c", 1, 2)]);
    expect((await told(good)).at(-1)).toBe("2 passed, 0 failed");
    const lines = await told(good, bad, "[]", "{", '[{"scenario":{}}]');
    expect(lines.at(-1)).toBe("2 passed, 4 failed");
    expect(lines.find((line) => line.startsWith("failed  c"))).toContain("at everything:");
  });
});
