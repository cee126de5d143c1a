// What an editor shows of a user's program, by TypeScript's own language service against the built
// declarations: hovers, definitions, completions. That such programs compile is types.test.ts'.
import { describe, expect, test } from "vitest";
import { editorOf } from "../harness/editor.js";

const editor = editorOf(`
import { createSystem, genServer, postpone, stateMachine, streams, supervisor } from "troupe";
import { remote, worker } from "troupe/realms";

const Counter/*^Counter*/ = genServer({
  id: "counter",
  streams,
  init: (self, start: number, options: { label: "big" | "small"; step?: number }) => ({
    count: start,
    secret: options.label,
  }),
  call: {
    /** Adds to it and gives the sum. */
    increment: (self, by: number) => (self.state.count += by),
  },
  cast: {
    /** Back to zero. */
    reset(self) { self.state.count = 0; },
  },
  stream: {
    /** One after the other. */
    async *count(self, from: number) { yield from; },
  },
  view: (state) => ({ of: state.count }),
});
const Door/*^Door*/ = stateMachine({
  id: "door",
  init: (self, code: string) => ({ state: "locked", data: { code } }),
  states: {
    locked: {
      call: {
        /** Opens it. */
        unlock(self, code: string) { self.nextState("open"); return true; },
      },
      cast: { push: postpone },
    },
    open: {
      cast: {
        /** Closes it. */
        push: (self) => self.nextState("locked"),
      },
    },
  },
});
const place = worker(() => new Worker("counter.worker.js"), { grace/*^place*/Ms: 1 });
const Far/*^Far*/ = remote<typeof Counter>("counter", place);
const App/*^App*/ = supervisor({
  children: (child) => ({ counter: child(Counter, [1, { label: "/*^childLabel*/small" }]) }),
});
const system = createSystem();
const counter/*^handle*/ = await system.start(Counter, 1, { label: "/*^label*/big" });
const far/*^farHandle*/ = await system.start(Far, 1, { /*^option*/label: "big" });
const { child } = await system.start(App);
await counter.call./*^calls*/increment/*^call*/(/*^argument*/1);
counter.cast.reset/*^cast*/();
const door = await system.start(Door, "1234");
await door.call.unlock/*^machineCall*/("1234");
door.cast.push/*^machineCast*/();
await counter.offer.reset/*^offer*/();
counter.stream.count/*^stream*/(1);
await far.call.increment/*^farCall*/(1);
await child.counter.with({ timeoutMs: 1 }).call.increment/*^childCall*/(1);
const snapshot/*^snapshot*/ = counter.getSnapshot();
await system.start(Counter, /*^start*/);
`);

const HANDLE =
  "ServerHandle<{ increment: (by: number) => number; }, { reset: () => void; }, " +
  "{ of: number; }, { count: (from: number) => number; }>";
const ARGS = '[start: number, options: { label: "big" | "small"; step?: number; }]';

describe("an editor", () => {
  test.each([
    ["call", "increment: (by: number) => Promise<number>", "Adds to it and gives the sum."],
    ["farCall", "increment: (by: number) => Promise<number>", "Adds to it and gives the sum."],
    ["childCall", "increment: (by: number) => Promise<number>", "Adds to it and gives the sum."],
    ["cast", "reset(): boolean", "Back to zero."],
    ["offer", "reset(): Promise<void>", "Back to zero."],
    ["machineCall", "unlock(code: string): Promise<boolean>", "Opens it."],
    ["machineCast", "push: () => boolean", "Closes it."],
    ["stream", "count(from: number): AsyncGenerator<number", "One after the other."],
  ])("shows at a %s what its handler is documented with", (mark, type, doc) => {
    const shown = editor.hover(mark);
    expect(shown.type).toContain(type);
    expect(shown.doc).toBe(doc);
  });

  test("leads from what a machine takes to the handlers of all its states", () => {
    expect(editor.definition("machineCall")).toEqual([
      expect.stringMatching(/^unlock\(self, code/),
    ]);
    expect(editor.definition("machineCast")).toEqual([
      "push: postpone },",
      expect.stringMatching(/^push: \(self\)/),
    ]);
  });

  test.each(["call", "farCall", "childCall", "cast", "offer", "stream"])(
    "leads from a %s to its handler",
    (mark) => {
      const [line, ...others] = editor.definition(mark);
      expect(line).toMatch(/^(increment: \(self, by|reset\(self\)|count\(self, from)/);
      expect(others).toEqual([]);
    },
  );

  test("shows what can be called of a server, and neither its state nor what types are made of", () => {
    expect(editor.hover("Counter").type).toBe(`const Counter: Behaviour<${ARGS}, ${HANDLE}>`);
    expect(editor.hover("Far").type).toBe(`const Far: Behaviour<${ARGS}, ${HANDLE}>`);
    expect(editor.hover("handle").type).toBe(`const counter: ${HANDLE}`);
    expect(editor.hover("farHandle").type).toBe(`const far: ${HANDLE}`);
    expect(editor.hover("snapshot").type).toBe("const snapshot: { of: number; } | undefined");
  });

  test("shows that of a machine, and the children of a supervisor", () => {
    expect(editor.hover("Door").type).toBe(
      "const Door: Behaviour<[code: string], " +
        "ServerHandle<{ unlock: (code: string) => boolean; }, { push: () => void; }, undefined, {}>>",
    );
    expect(editor.hover("App").type).toBe(
      `const App: Behaviour<[], SupervisorHandle<{ counter: SiblingSpec<${HANDLE}>; }>>`,
    );
  });

  test("completes what init takes, names of handlers, and options", () => {
    expect(editor.completions("label")).toEqual(["big", "small"]);
    expect(editor.completions("childLabel")).toEqual(["big", "small"]);
    expect(editor.completions("option")).toEqual(["label", "step"]);
    expect(editor.completions("calls")).toEqual(["increment"]);
    expect(editor.completions("place")).toContain("graceMs");
  });

  test("shows at a start and at a call which arguments they take", () => {
    expect(editor.signature("start")).toMatch(
      /, start: number, options: \{ label: "big" \| "small"/,
    );
    expect(editor.signature("argument")).toBe("increment(by: number");
  });
});
