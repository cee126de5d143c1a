// Random operations over links with random faults: what must hold whatever happens.
// Owns the properties: every call settles, each monitor tells exactly once, both sides forget everything.
// Single faults are faults.suite.ts.

import * as fc from "fast-check";
import {
  type ActorRef,
  type child,
  genServer,
  type HandleOf,
  type Info,
  supervisor,
} from "../../src/index.js";
import { remote } from "../../src/realms/places/remote.js";
import { cloneCodec } from "../../src/realms/values/clone-codec.js";
import { jsonCodec } from "../../src/realms/values/json-codec.js";
import { defineSuite } from "../harness/suite.js";
import { pairOf } from "./pair.js";

/** Does a bit of everything. */
const Worker = genServer({
  id: "worker",
  init: (_self, heard: Info[] = []) => ({ heard, count: 0 }),
  call: {
    get: (self) => self.state.count,
    never: (self) => self.replyLater<number>(),
    slow: async (self, ms: number) => {
      const { platform } = self;
      const { signal } = self.from;
      await new Promise<void>((resolve) => {
        const timer = platform.setTimer(resolve, ms);
        signal.addEventListener("abort", () => {
          platform.clearTimer(timer);
          resolve();
        });
      });
      return ms;
    },
    ask: (_self, other: Asked) => other.call.get(),
    watch: (self, ref: ActorRef) => self.monitor(ref),
    tie: (self, ref: ActorRef) => self.link(ref),
    exit: (self, ref: ActorRef, reason: string) => self.exit(ref, reason),
    make: (self) => self.spawn(Made),
    stop: (self, reason: string) => {
      self.stop(reason);
      return "last words";
    },
    crash: (): void => {
      throw new Error("asked for");
    },
  },
  cast: {
    inc: (self) => {
      self.state.count++;
    },
    crash: () => {
      throw new Error("asked for");
    },
  },
  info: (self, message) => {
    self.state.heard.push(message);
  },
});
type Asked = ActorRef & { readonly call: { get(): Promise<number> } };
const Made = genServer({ id: "made", init: () => 1, call: { get: (self) => self.state } });
type Worker = HandleOf<typeof Worker>;

const FAULTS = ["lose", "duplicate", "reorder", "truncate", "corrupt"] as const;
const KINDS = [
  "get",
  "get",
  "never",
  "slow",
  "ask",
  "askBack",
  "watch",
  "watchBack",
  "tie",
  "exit",
  "make",
  "stop",
  "crash",
  "inc",
  "castCrash",
  "send",
  "abort",
  "kill",
  "stopHere",
  "fault",
  "heal",
  "stall",
  "resume",
  "cut",
  "crashRealm",
  "advance",
  "advance",
  "start",
] as const;

type Op = readonly [kind: (typeof KINDS)[number], target: number, amount: number];
const ops: fc.Arbitrary<Op[]> = fc.array(
  fc.tuple(fc.constantFrom(...KINDS), fc.nat({ max: 7 }), fc.nat({ max: 999 })),
  { minLength: 5, maxLength: 40 },
);
const world = fc.record({
  ops,
  detectsClose: fc.boolean(),
  clone: fc.boolean(),
  seed: fc.nat({ max: 1_000_000 }),
  delayMs: fc.constantFrom(0, 0, 7),
  supervised: fc.boolean(),
  unresponsiveMs: fc.constantFrom(2_000, undefined),
});

export const suite = defineSuite("realm properties", ({ test, expect }) => {
  test("every call settles, each monitor tells once, and nothing is left", async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { supervised, unresponsiveMs, detectsClose, delayMs, clone, seed } = given;
        const pair = pairOf([Worker], {
          page: { onCrash: () => {} },
          worker: { onCrash: () => {} },
          link: { detectsClose, delayMs, clone },
          codec: clone ? cloneCodec : jsonCodec,
          seed,
          // Few pings: hosts whose turns are timers take their time for each.
          place: { unresponsiveMs, keepAliveMs: 100, busyAfterMs: 2_000 },
          serve: { busyAfterMs: 2_000 },
        });
        const { page, place, clock, workers, stop } = pair;
        const heard: Info[] = [];
        const here = page.launch(Worker, heard);
        await clock.settle();
        let calls = 0;
        let settled = 0;
        let monitors = 0;
        let strange: unknown;
        const count = (call: Promise<unknown>): void => {
          calls++;
          const done = (): void => void settled++;
          call.then(done, (error) => {
            // That a link was lost is the reason of an end: only starts reject with it.
            if (error.code === "link-lost") strange = error;
            done();
          });
        };
        const there = remote<typeof Worker>("worker", place);
        const actors: Worker[] = [];
        if (supervised) {
          const App = supervisor({
            maxRestarts: 1_000,
            children: (add: typeof child) => ({ one: add(there, []), two: add(there, []) }),
          });
          const app = page.launch(App);
          await clock.advance(50);
          actors.push(app.child.one, app.child.two);
        } else actors.push(page.launch(there), page.launch(there));
        const made: Asked[] = [];
        for (const [kind, target, amount] of given.ops) {
          const actor = actors[target % actors.length] as Worker;
          const other = actors[amount % actors.length] as Worker;
          const link = workers.at(-1)?.link;
          const way = link?.[target % 2 === 0 ? "toFar" : "toNear"];
          const timed = actor.with({ timeoutMs: 1 + amount * 10 });
          if (kind === "get") count(actor.call.get());
          else if (kind === "never") count(timed.call.never());
          else if (kind === "slow") count(timed.call.slow(amount));
          else if (kind === "ask") count(actor.call.ask(made.at(-1) ?? other));
          else if (kind === "askBack") count(actor.call.ask(here));
          else if (kind === "watch") {
            monitors++;
            count(here.call.watch(actor));
          } else if (kind === "watchBack") count(actor.call.watch(here));
          else if (kind === "tie") count(actor.call.tie(other));
          else if (kind === "exit") count(here.call.exit(actor, `mine ${amount}`));
          else if (kind === "make") {
            const making = actor.call.make();
            making.then((ref) => made.push(ref)).catch(() => {});
            count(making);
          } else if (kind === "stop") count(actor.call.stop(`mine ${amount}`));
          else if (kind === "crash") count(actor.call.crash());
          else if (kind === "inc") actor.cast.inc();
          else if (kind === "castCrash") actor.cast.crash();
          else if (kind === "send") actor.send(amount);
          else if (kind === "abort") {
            const controller = new AbortController();
            count(actor.with({ signal: controller.signal }).call.slow(5_000));
            await clock.advance(amount % 20);
            controller.abort();
          } else if (kind === "kill") actor.kill();
          else if (kind === "stopHere") count(actor.stop(`mine ${amount}`, { timeoutMs: 1_000 }));
          else if (kind === "fault" && way) way[FAULTS[amount % FAULTS.length] ?? "lose"] = 0.5;
          else if (kind === "heal" && way) for (const fault of FAULTS) way[fault] = 0;
          else if (kind === "stall" && way) way.stalled = true;
          else if (kind === "resume" && way) way.stalled = false;
          else if (kind === "cut") link?.cut();
          else if (kind === "crashRealm") link?.crash();
          else if (kind === "start") actors.push(page.launch(there));
          else if (kind === "advance") await clock.advance(amount);
        }
        await clock.advance(6_000);
        for (const { link } of workers) link.toFar.stalled = link.toNear.stalled = false;
        await clock.advance(10_000);
        expect(settled).toBe(calls);
        expect(strange).toBe(undefined);
        // Whatever was watched ends now, or has ended: each monitor has told, and once.
        for (const actor of actors) actor.kill();
        await clock.advance(12_000);
        expect(here.status).toBe("live");
        const told = heard.flatMap((info) => (info.type === "down" ? [info.monitor] : []));
        expect([told.length, new Set(told).size]).toEqual([monitors, monitors]);
        await stop();
        for (const { served } of workers) expect(served.system.processes()).toEqual([]);
        expect(clock.timers).toBe(0);
      }),
      { numRuns: 20 },
    );
  }, 60_000);
});
