// Random trees under random treatment: what must hold whatever happens.
// Owns the properties: every call settles, a monitor tells exactly once, nothing is left after stop, no
// process outlives its owner, children stop in reverse, and no supervisor restarts more often than it
// may. Single cases are in the suites beside this one; one supervisor against a model is model.suite.ts.

import * as fc from "fast-check";
import {
  backoff,
  type ChildEntry,
  child,
  createSystemOn,
  deleteChild,
  dynamicSupervisor,
  genServer,
  type Info,
  type MailboxOptions,
  type ProcessSnapshot,
  type Restart,
  restartChild,
  type Strategy,
  type SystemEvent,
  startChild,
  supervisor,
  terminateChild,
  whichChildren,
} from "../../src/index.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";

interface Leaf {
  readonly restart: Restart;
  readonly mailbox: MailboxOptions | null;
  readonly slowInit: boolean;
  readonly failsFrom: number;
  readonly terminateMs: number | null;
  readonly significant: boolean;
  readonly delayed: boolean;
}
interface Branch {
  readonly isDynamic: boolean;
  readonly autoShutdown: "never" | "anySignificant" | "allSignificant";
  readonly strategy: Strategy;
  readonly maxRestarts: number;
  readonly restart: Restart;
  readonly children: readonly Node[];
}
type Node = Leaf | Branch;
type Op = readonly [kind: string, target: number, ms: number];

/** What a supervisor of any kind is asked about one child. */
// biome-ignore lint/suspicious/noExplicitAny: random supervisors, and what may be no child of theirs
const asks: any = { terminateChild, restartChild, deleteChild };

const restart = fc.constantFrom<Restart>("permanent", "transient", "temporary");
const leaf: fc.Arbitrary<Leaf> = fc.record({
  restart,
  mailbox: fc.option(
    fc.record({
      max: fc.nat({ max: 3 }),
      overflow: fc.constantFrom("reject" as const, "dropOldest", "dropNewest", "block"),
    }),
  ),
  slowInit: fc.boolean(),
  failsFrom: fc.constantFrom(2, 3, 1_000, 1_000, 1_000),
  terminateMs: fc.option(fc.nat({ max: 200 })),
  significant: fc.boolean(),
  delayed: fc.boolean(),
});
const branch = (children: fc.Arbitrary<Node>): fc.Arbitrary<Branch> =>
  fc.record({
    isDynamic: fc.boolean(),
    autoShutdown: fc.constantFrom("never", "anySignificant", "allSignificant"),
    strategy: fc.constantFrom<Strategy>("oneForOne", "oneForAll", "restForOne"),
    maxRestarts: fc.nat({ max: 3 }),
    restart,
    children: fc.array(children, { minLength: 1, maxLength: 3 }),
  });
const tree = branch(
  fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 1, arbitrary: branch(leaf) }),
);
const ops: fc.Arbitrary<Op[]> = fc.array(
  fc.tuple(
    fc.constantFrom(
      "call",
      "call",
      "slow",
      "later",
      "cast",
      "offer",
      "crash",
      "lateCrash",
      "kill",
      "stop",
      "waitCall",
      "abort",
      "monitor",
      "advance",
      "startChild",
      "startChild",
      "terminateChild",
      "restartChild",
      "deleteChild",
    ),
    fc.nat({ max: 20 }),
    fc.nat({ max: 300 }),
  ),
  { minLength: 1, maxLength: 40 },
);

const PERIOD_MS = 1_000;

/** A child that is added: one that does not fail by itself. */
const QUICK = {
  mailbox: null,
  slowInit: true,
  failsFrom: 1_000,
  terminateMs: 20,
  significant: false,
  delayed: false,
};

export const suite = defineSuite("supervision properties", ({ test, expect }) => {
  test("whatever happens, calls settle, monitors tell once, limits hold and nothing is left", async () => {
    await fc.assert(
      fc.asyncProperty(tree, ops, async (written, steps) => {
        await play(written, steps);
      }),
      { numRuns: 60, seed: 20_261_121 },
    );
  }, 30_000);

  async function play(written: Branch, steps: readonly Op[]): Promise<void> {
    const { platform, clock } = virtualPlatform();
    const system = createSystemOn(platform, { onCrash: () => {}, shutdownMs: 500 });
    const events: SystemEvent[] = [];
    system.observe((event) => void events.push(event));
    const starts = new Map<string, number>();
    const sleep = (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const timer = platform.setTimer(resolve, ms);
        signal?.addEventListener("abort", () => {
          platform.clearTimer(timer);
          resolve();
        });
      });

    // biome-ignore lint/suspicious/noExplicitAny: handles of random behaviours
    type Any = any;
    const how = (each: Node, autoShutdown: Branch["autoShutdown"]) => ({
      restart: each.restart,
      ...(!("children" in each) && {
        significant: each.significant && autoShutdown !== "never" && each.restart !== "permanent",
        ...(each.delayed && { restartDelayMs: backoff({ minMs: 10, maxMs: 100 }) }),
      }),
    });
    const build = (node: Branch, path: string): Any => {
      const { maxRestarts, autoShutdown } = node;
      const limit = { id: `sup-${path}`, maxRestarts, periodMs: PERIOD_MS };
      if (node.isDynamic && path !== "t") return dynamicSupervisor({ ...limit, maxChildren: 3 });
      return supervisor({
        ...limit,
        autoShutdown,
        strategy: node.strategy,
        children: Object.fromEntries(
          node.children.map((each, index) => {
            const name = `${path}.c${index}`;
            return [
              name,
              "children" in each
                ? child(build(each, name), [], how(each, autoShutdown))
                : child(worker(each, name), [] as never, how(each, autoShutdown)),
            ];
          }),
        ) as Any,
      });
    };
    const worker = ({ mailbox, slowInit, failsFrom, terminateMs }: Leaf, name: string): Any =>
      genServer({
        id: name,
        init: async (self) => {
          const count = (starts.get(name) ?? 0) + 1;
          starts.set(name, count);
          self.use({}, () => {});
          self.sendAfter(50, "tick");
          if (slowInit) await Promise.resolve();
          if (count >= failsFrom) throw new Error("no start");
          return 0;
        },
        call: {
          quick: () => 1,
          slow: (self, ms: number) => sleep(ms, self.from.signal),
          later: (self, ms: number) => self.replyWith(sleep(ms, self.signal)),
          crash: () => {
            throw new Error("crash");
          },
          lateCrash: async (_self, ms: number) => {
            await sleep(ms);
            throw new Error("late");
          },
        },
        cast: { add: (self) => void self.state++ },
        info() {},
        ...(terminateMs === null ? {} : { terminate: () => sleep(terminateMs) }),
        ...(mailbox === null ? {} : { mailbox }),
      });

    const top: Any = await system.start(build(written, "t")).catch(() => null);
    const leaves: Any[] = [];
    const supervisors: Any[] = [];
    const collect = (sup: Any): void => {
      supervisors.push(sup);
      for (const handle of Object.values<Any>(sup.child)) {
        if ("child" in handle) collect(handle);
        else leaves.push(handle);
      }
    };
    if (top !== null) collect(top);

    const watcher = await system.start(
      genServer({
        id: "watcher",
        init: () => [] as Info[],
        call: {
          watch: (self, ref: Any) => self.monitor(ref),
          log: (self) => self.state,
        },
        info: (self, message) => void self.state.push(message),
      }),
    );
    const monitors: number[] = [];
    let pending = 0;
    const follow = (promise: Promise<unknown>): void => {
      pending++;
      const settled = (): void => {
        pending--;
      };
      promise.then(settled, settled);
    };
    const ask = (kind: string, index: number, ms: number): void => {
      const sup = supervisors[index % Math.max(1, supervisors.length)];
      if (sup === undefined) return;
      const isDynamic = sup.id.startsWith("sup") && isDynamicAt(written, sup.id);
      const id = `x${ms % 3}`;
      if (kind !== "startChild") {
        follow(asks[kind](sup, isDynamic ? leaves[ms % leaves.length] : id));
      } else {
        const restart = (["permanent", "transient", "temporary"] as const)[ms % 3];
        const leaf = { ...QUICK, restart: restart ?? "temporary" };
        const made = child(worker(leaf, `${sup.id}.${id}`), [] as never, how(leaf, "never"));
        const started: Promise<Any> = isDynamic ? sup.startChild(made) : startChild(sup, id, made);
        follow(started.then((handle) => void leaves.push(handle)));
      }
    };
    for (const [kind, index, ms] of steps) {
      nobodyIsLost(events, system.processes());
      if (kind.endsWith("Child")) {
        ask(kind, index, ms);
        continue;
      }
      const target = leaves[index % Math.max(1, leaves.length)];
      if (target === undefined || kind === "advance") await clock.advance(ms);
      else if (kind === "cast") target.cast.add();
      else if (kind === "offer") follow(target.offer.add());
      else if (kind === "kill") target.kill();
      else if (kind === "stop") follow(target.stop("normal", { timeoutMs: 1_000 }));
      else if (kind === "monitor") monitors.push((await watcher.call.watch(target)) as number);
      else if (kind === "waitCall") follow(target.with({ whenDown: "wait" }).call.quick());
      else if (kind === "abort") {
        const controller = new AbortController();
        follow(target.with({ signal: controller.signal }).call.slow(ms));
        if (ms % 2 === 0) await clock.settle();
        controller.abort(new Error("gave up"));
      } else follow(target.call[kind === "call" ? "quick" : kind](ms));
    }
    await clock.advance(5_000);
    nobodyIsLost(events, system.processes());
    const order = await orderOf(supervisors.filter(({ id }) => !isDynamicAt(written, id)));
    const before = events.length;
    // The watcher was started last and would end first: the tree is ended before it is asked.
    const ended = top?.stop("normal");
    await clock.advance(30_000);
    await ended;
    const gone = events
      .slice(before)
      .flatMap((event) => (event.type === "stopped" ? [event.process.id] : []));
    for (const children of order) {
      expect(gone.filter((id) => children.includes(id))).toEqual([...children].reverse());
    }
    const watched = (await watcher.call.log()) as Info[];
    const stopped = system.stop();
    await clock.advance(10_000);
    await stopped;
    await clock.settle();

    expect(pending).toBe(0);
    expect(clock.reported).toEqual([]);
    expect(clock.timers).toBe(0);
    expect(system.processes()).toEqual([]);
    const downs = watched.flatMap((info) => (info.type === "down" ? [info.monitor] : []));
    expect(downs.sort((a, b) => a - b)).toEqual(monitors);
    expect(leaves.map(({ status }) => status).filter((status) => status !== "down")).toEqual([]);
    limitsHold(events, written);
  }

  /** The running children of each supervisor that lives, first started first. */
  // biome-ignore lint/suspicious/noExplicitAny: handles of random behaviours
  function orderOf(supervisors: readonly any[]): Promise<string[][]> {
    const living = supervisors.filter(({ status }) => status === "live");
    return Promise.all(
      living.map(async (sup) => {
        const children: readonly ChildEntry[] = await whichChildren(sup);
        return children.filter(({ state }) => state === "running").map(({ handle }) => handle.id);
      }),
    );
  }

  /** Every process that has started and not stopped hangs in the tree, below one that lives. */
  function nobodyIsLost(
    events: readonly SystemEvent[],
    processes: readonly ProcessSnapshot[],
  ): void {
    const alive = new Set<string>();
    for (const event of events) {
      if (event.type === "started") alive.add(event.process.id);
      else if (event.type === "stopped") alive.delete(event.process.id);
    }
    const walk = (each: ProcessSnapshot): void => {
      alive.delete(each.id);
      each.children.forEach(walk);
    };
    processes.forEach(walk);
    expect([...alive]).toEqual([]);
  }

  /** Whether the supervisor of this id, such as `sup-t.c0#7`, was written as a dynamic one. */
  function isDynamicAt(written: Branch, id: string): boolean {
    const path = /^sup-t((?:\.c\d+)*)(?:#|$)/.exec(id)?.[1] ?? "";
    let node: Node = written;
    for (const [, index] of path.matchAll(/c(\d+)/g)) {
      node = (node as Branch).children[Number(index)] as Node;
    }
    return path !== "" && (node as Branch).isDynamic;
  }

  function limitsHold(events: readonly SystemEvent[], written: Branch): void {
    const max = new Map<string, number>();
    const learn = (node: Branch, path: string): void => {
      max.set(`sup-${path}`, node.maxRestarts);
      node.children.forEach((each, index) => {
        if ("children" in each) learn(each, `${path}.c${index}`);
      });
    };
    learn(written, "t");
    const times = new Map<string, number[]>();
    for (const event of events) {
      if (event.type !== "restarting") continue;
      const { id, behaviour } = event.supervisor;
      const before = (times.get(id) ?? []).filter((at) => at >= event.atMs - PERIOD_MS);
      before.push(event.atMs);
      times.set(id, before);
      expect(before.length).toBeLessThanOrEqual(max.get(behaviour) as number);
    }
  }
});
