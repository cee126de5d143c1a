// A supervisor against a model of it: random scripts of requests and ends, and after each step the
// children, and the order in which they ended and started, are what the model says.
// Owns the model, which is the rules of SUP-1, SUP-2 and SUP-5 in the fewest lines. Trees, timers and calls
// under random treatment are in properties.suite.ts; what OTP does is in test/conformance.

import * as fc from "fast-check";
import {
  type ChildRefused,
  child,
  deleteChild,
  type HandleOf,
  type Refusal,
  type Restart,
  restartChild,
  type Strategy,
  startChild,
  supervisor,
  terminateChild,
  whichChildren,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import type { VirtualClock } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { type Diary, diary, Worker } from "./worker.js";

const Plain = supervisor({ children: {} });

interface ModelChild {
  readonly id: string;
  readonly restart: Restart;
  running: boolean;
}

/** What the model keeps. */
interface Model {
  readonly strategy: Strategy;
  children: ModelChild[];
}

/** What is tried out. */
interface Real {
  readonly app: HandleOf<typeof Plain>;
  readonly log: Diary;
  readonly clock: VirtualClock;
  readonly expect: (actual: unknown, expected: unknown, what: string) => void;
}

type Command = fc.AsyncCommand<Model, Real>;
type Reason = "normal" | "shutdown" | "boom" | "kill";

/** Performs a step, and compares what it answered, what happened and who is there now. */
async function step(
  what: string,
  model: Model,
  { app, log, clock, expect }: Real,
  expected: { readonly answer: Refusal | "ok"; readonly lines: readonly string[] },
  perform: () => Promise<unknown>,
): Promise<void> {
  log.lines.length = 0;
  const answer = await perform().then(
    () => "ok",
    (error) => (error as ChildRefused).why ?? String(error),
  );
  await clock.settle();
  expect(answer, expected.answer, `${what}: its answer`);
  expect(log.lines, expected.lines, `${what}: what happened`);
  const children = (await whichChildren(app)).map(({ id, state }) => `${id} ${state}`);
  const modelled = model.children.map(
    ({ id, running }) => `${id} ${running ? "running" : "stopped"}`,
  );
  expect(children, modelled, `${what}: the children`);
}

const find = (model: Model, id: string) => model.children.find((each) => each.id === id);
const remove = (model: Model, gone: ModelChild): void => {
  model.children = model.children.filter((each) => each !== gone);
};

class Request implements Command {
  readonly kind: "start" | "terminate" | "restart" | "delete";
  readonly id: string;
  readonly restart: Restart;
  constructor(kind: Request["kind"], id: string, restart: Restart) {
    this.kind = kind;
    this.id = id;
    this.restart = restart;
  }
  check = () => true;
  toString = () => `${this.kind} ${this.id} ${this.kind === "start" ? this.restart : ""}`;

  async run(model: Model, real: Real): Promise<void> {
    const { kind, id, restart } = this;
    const { app, log } = real;
    const known = find(model, id);
    let answer: Refusal | "ok" = "ok";
    const lines: string[] = [];
    if (kind === "start") {
      if (known !== undefined) answer = known.running ? "alreadyStarted" : "alreadyPresent";
      else model.children.push({ id, restart, running: true });
    } else if (known === undefined) answer = "notFound";
    else if (kind === "terminate") {
      if (known.running) lines.push(`end ${id}`);
      known.running = false;
      if (known.restart === "temporary") remove(model, known);
    } else if (known.running) answer = "running";
    else if (kind === "restart") known.running = true;
    else remove(model, known);
    if (answer === "ok" && (kind === "start" || kind === "restart")) lines.push(`start ${id}`);
    await step(String(this), model, real, { answer, lines }, async () => {
      if (kind === "start") await startChild(app, id, child(Worker, [log, id], { restart }));
      else if (kind === "terminate") await terminateChild(app, id);
      else if (kind === "restart") await restartChild(app, id);
      else await deleteChild(app, id);
    });
  }
}

class End implements Command {
  readonly id: string;
  readonly reason: Reason;
  constructor(id: string, reason: Reason) {
    this.id = id;
    this.reason = reason;
  }
  check = (model: Readonly<Model>) => find(model, this.id)?.running === true;
  toString = () => `${this.id} ends with ${this.reason}`;

  async run(model: Model, real: Real): Promise<void> {
    const { id, reason } = this;
    const ended = find(model, id) as ModelChild;
    const lines = [`end ${id}`];
    ended.running = false;
    const isFailure = reason === "boom" || reason === "kill";
    if (ended.restart === "permanent" || (ended.restart === "transient" && isFailure)) {
      const at = model.children.indexOf(ended);
      const all = {
        oneForOne: [ended],
        oneForAll: model.children,
        restForOne: model.children.slice(at),
      };
      const group = all[model.strategy];
      for (const each of [...group].reverse()) if (each.running) lines.push(`end ${each.id}`);
      for (const each of group) {
        each.running = each.restart !== "temporary";
        if (each.running) lines.push(`start ${each.id}`);
        else remove(model, each);
      }
    } else if (ended.restart === "temporary") remove(model, ended);
    await step(String(this), model, real, { answer: "ok", lines }, async () => {
      const { [id]: handle } = real.app.child as Record<string, HandleOf<typeof Worker>>;
      if (reason === "kill") handle?.kill();
      else await handle?.stop(reason);
    });
  }
}

const id = fc.constantFrom("a", "b", "c", "d");
const restart = fc.constantFrom<Restart>("permanent", "transient", "temporary");
const commands = fc.commands<Model, Real, false>(
  [
    fc.tuple(id, restart).map(([name, how]) => new Request("start", name, how)),
    fc
      .tuple(fc.constantFrom<Request["kind"]>("terminate", "restart", "delete"), id)
      .map(([kind, name]) => new Request(kind, name, "permanent")),
    fc
      .tuple(id, fc.constantFrom<Reason>("normal", "shutdown", "boom", "kill"))
      .map(([name, reason]) => new End(name, reason)),
  ],
  { maxCommands: 40 },
);

export const suite = defineSuite("supervision model", ({ test, expect }) => {
  for (const strategy of ["oneForOne", "oneForAll", "restForOne"] as const) {
    test(`${strategy}: whoever comes, ends and is asked for, the children are as the model says`, async () => {
      await fc.assert(
        fc.asyncProperty(commands, async (script) => {
          const { system, clock } = testSystem({ onCrash: () => {} });
          const App = supervisor({ strategy, maxRestarts: Infinity, children: {} });
          const app = await system.start(App);
          const log = diary();
          const real: Real = {
            app,
            log,
            clock,
            expect: (actual, expected, what) => expect(actual, what).toEqual(expected),
          };
          const model: Model = { strategy, children: [] };
          await fc.asyncModelRun(() => ({ model, real }), script);
          log.lines.length = 0;
          await system.stop();
          const living = model.children.filter(({ running }) => running).reverse();
          expect(log.lines).toEqual(living.map((each) => `end ${each.id}`));
          expect(clock.timers).toBe(0);
        }),
        { numRuns: 40, seed: 20_261_121 },
      );
    }, 30_000);
  }
});
