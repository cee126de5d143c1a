// That the traces prove something: a trace that was changed is red, and so is a kernel that was.
// Owns the changes. Each bundle of a changed kernel replays the whole file of its group.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { root } from "../harness/source-tree.js";
import { exceptionOf } from "./exceptions.js";
import { groups } from "./groups.js";
import { canonical, firstDifference, replay, type Trace } from "./replay.js";

const here = join(root, "test", "conformance");
const read = (group: string): string => readFileSync(join(here, "data", `${group}.json`), "utf8");

/** A change of a source: what stands in a file, and what shall stand there instead. */
interface Mutation {
  readonly group: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

// biome-ignore format: one mutation a line, so that branches merge
const mutations: readonly Mutation[] = [
  { group: "supervision", file: "supervision/restart.ts", from: "this.#times.length <= this.maxRestarts", to: "this.#times.length < this.maxRestarts" },
  { group: "supervision", file: "supervision/restart.ts", from: "time >= since", to: "true" },
  { group: "supervision", file: "supervision/start-child.ts", from: "[...children].reverse()", to: "[...children]" },
  { group: "supervision", file: "supervision/supervisor-program.ts", from: "all.slice(all.indexOf(failed))", to: "all" },
  { group: "supervision", file: "supervision/supervisor-program.ts", from: "deliver(process, TRY_AGAIN, again)", to: "deliver(process, TRY_AGAIN, failed)" },
  { group: "supervision", file: "kernel/ending.ts", from: 'reason !== "normal" || from === process', to: "true" },
  { group: "process", file: "kernel/ending.ts", from: 'reason !== "normal" || from === process', to: "true" },
  { group: "process", file: "kernel/ending.ts", from: "from === (extras.leader ?? parent)", to: "from === parent" },
  { group: "process", file: "behaviours/idle-timeout.ts", from: "process.turn !== idle.turn + 1", to: "false" },
  { group: "process", file: "behaviours/actor-mail.ts", from: "reader.match === undefined || reader.match(letter.message)", to: "true" },
  { group: "process", file: "behaviours/actor.ts", from: "if (options?.flush) {", to: "if (false) {" },
  { group: "process", file: "behaviours/sys.ts", from: "process.status = SUSPENDED;", to: "" },
  { group: "process", file: "behaviours/send-later.ts", from: "return timers.cancel(timer);", to: "return 1;" },
  { group: "process", file: "behaviours/gen.ts", from: 'end(process, "killed", true);', to: 'end(process, "timeout", true);' },
  { group: "statem", file: "behaviours/machine-transition.ts", from: 'if (changed) cancelTimeout(process, timeouts, "stateTimeout");', to: "" },
  { group: "statem", file: "behaviours/machine-transition.ts", from: 'cancelTimeout(process, timeouts, "eventTimeout");', to: "" },
  { group: "statem", file: "behaviours/machine-timeouts.ts", from: "deliverBeforeMail(process, timeout, NONE)", to: "deliver(process, timeout, NONE)" },
  { group: "statem", file: "behaviours/machine-timeouts.ts", from: "running.arg = payload;", to: "" },
  { group: "statem", file: "behaviours/machine-context.ts", from: "decision.repeats = true;", to: "" },
  { group: "statem", file: "kernel/call-request.ts", from: "else this.target.kernel.queue.tell(this.#resolve, value);", to: "else if (value === undefined) this.target.kernel.queue.tell(this.#resolve, value);" },
  { group: "statem", file: "kernel/inbox.ts", from: "index = events.length; index > 0; index--) front.push(events[index - 1] as Mail)", to: "index = 0; index < events.length; index++) front.push(events[index] as Mail)" },
];

/** Changes of one trace; `at` is where in the expected steps something is. */
const changes: Readonly<Record<string, (expected: string) => string>> = {
  "another order": (text) => text.replace(/("events":\[)(\{[^{}]*\}),(\{[^{}]*\})/, "$1$3,$2"),
  "another reason": (text) => text.replace('"reason":"boom"', '"reason":"bang"'),
  "one event less": (text) => text.replace(/("events":\[)\{[^{}]*\},/, "$1"),
  "one event more": (text) => text.replace(/("events":\[)(\{[^{}]*\})/, "$1$2,$2"),
  "another result": (text) => text.replace('"result":"ok"', '"result":"no_process"'),
  "another count": (text) => text.replace('"active":3', '"active":2'),
  "no callback": (text) => text.replace('"cb":true', '"cb":false'),
};

describe("a trace that was changed is red", () => {
  const [first] = JSON.parse(read("supervision")) as [Trace];
  // As it is it passes: what is red below is red for the change.
  test("and as it was recorded it is not", async () => {
    expect(await replay(first, groups)).toBeNull();
  });

  test.each(Object.entries(changes))("%s", async (_name, change) => {
    const text = JSON.stringify(first.expected).replaceAll('"normal"', '"boom"');
    const scenario = JSON.parse(JSON.stringify(first.scenario).replaceAll('"normal"', '"boom"'));
    expect(await replay({ scenario, expected: JSON.parse(text) }, groups)).toBeNull();
    const expected = JSON.parse(change(text));
    expect(expected).not.toEqual(JSON.parse(text));
    expect(await replay({ scenario, expected }, groups)).not.toBeNull();
  });
});

type Changes = Readonly<Record<string, (expected: string) => string>>;

describe.each<[string, Changes]>([
  [
    "process",
    {
      "another order": (text) =>
        text.replace(/("log":\{"s":\[)(\{[^{}]*\}),(\{[^{}]*\})/, "$1$3,$2"),
      "another reason": (text) => text.replace('"exits":{"p1":"boom"', '"exits":{"p1":"bang"'),
      "no end": (text) => text.replace(/,"exits":\{[^{}]*\}/, ""),
      "one callback less": (text) => text.replace(/("log":\{"s":\[)\{[^{}]*\},/, "$1"),
      "another message": (text) => text.replace('"result":["a","a"]', '"result":["a"]'),
      "another reply": (text) => text.replace('"reply":"default"', '"reply":"other"'),
      "another end of all": (text) => text.replace(/("final":.*)"dead"/, '$1"alive"'),
    },
  ],
  [
    "statem",
    {
      "another order": (text) => text.replace(/("trace":\[)(\{[^{}]*\}),(\{[^{}]*\})/, "$1$3,$2"),
      "another state": (text) => text.replace('"state":"a"', '"state":"b"'),
      "one reply less": (text) => text.replace(/,\{"reply":[^{}]*\}/, ""),
      "another type": (text) => text.replace('"type":"internal"', '"type":"cast"'),
      "other data": (text) => text.replace('"n":1', '"n":2'),
      "another end": (text) => text.replace('"final":{"alive":true', '"final":{"alive":false'),
    },
  ],
])("a trace of %s that was changed is red", (group, changed) => {
  const traces = JSON.parse(read(group)) as Trace[];
  test.each(Object.entries(changed))("%s", async (_name, change) => {
    const hit = traces.find(({ expected }) => {
      const text = JSON.stringify(expected);
      return change(text) !== text;
    }) as Trace;
    expect(await replay(hit, groups)).toBeNull();
    const expected = JSON.parse(change(JSON.stringify(hit.expected)));
    expect(await replay({ scenario: hit.scenario, expected }, groups)).not.toBeNull();
  });
});

/** All data that is one value away from this: each place in turn, with something else there. */
function* variants(value: unknown): Iterable<unknown> {
  if (typeof value !== "object" || value === null) {
    yield typeof value === "string" ? `not ${value}` : "something else";
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    for (const other of variants(inner)) {
      const copy = structuredClone(value) as Record<string, unknown>;
      copy[key] = other;
      yield copy;
    }
    if (!Array.isArray(value)) yield { ...value, [key]: undefined };
    else yield value.filter((_, index) => String(index) !== key);
  }
}

describe("nothing that was recorded is left out of the comparison", () => {
  test.each(groups)(
    "$name",
    async (group) => {
      const traces = (JSON.parse(read(group.name)) as Trace[]).filter(
        // Each value makes a copy of all: short ones, which hold everything too.
        (trace) => canonical(trace).length < 3_000 && exceptionOf(trace.scenario) === undefined,
      );
      for (const { scenario, expected } of traces.filter((_, index) => index % 20 === 0)) {
        const actual = await group.replay(scenario);
        expect(firstDifference(expected, actual), scenario.id).toBeNull();
        const seen = canonical(actual);
        for (const other of variants(expected)) {
          if (canonical(other) === seen) {
            throw new Error(`${scenario.id} passes as ${JSON.stringify(other).slice(0, 300)}`);
          }
        }
      }
    },
    300_000,
  );
});

describe("a kernel that was changed is red", () => {
  test.each(mutations)(
    "$file: $to",
    async ({ group, file, from, to }) => {
      const folder = mkdtempSync(join(tmpdir(), "troupe-mutant-"));
      const outfile = join(folder, "replay.mjs");
      const path = join(root, "src", file);
      const source = readFileSync(path, "utf8");
      expect(source.split(from).length, `${from} stands once in ${file}`).toBe(2);
      await build({
        entryPoints: [join(here, "replay-files.ts")],
        outfile,
        bundle: true,
        format: "esm",
        target: "es2022",
        logLevel: "error",
        plugins: [
          {
            name: "mutant",
            setup: (bundler) =>
              bundler.onLoad({ filter: /\.ts$/ }, (loaded) =>
                loaded.path === path
                  ? { contents: source.replace(from, to), loader: "ts" as const }
                  : undefined,
              ),
          },
        ],
      });
      const { replayFiles } = await import(/* @vite-ignore */ pathToFileURL(outfile).href);
      const { failed, passed } = await replayFiles([{ name: group, text: read(group) }], () => {});
      rmSync(folder, { recursive: true, force: true });
      expect([failed > 0, passed > 0]).toEqual([true, true]);
    },
    300_000,
  );
});
