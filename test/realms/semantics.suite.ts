// What holds between two actors of one realm holds between two realms: links, monitors, exit signals,
// stops and their order. Each scenario is written once and played four times: with both actors here,
// with one in another realm, the other way round, and with each in a realm of its own, so that the page is
// between them. Owns the comparison; the faults of links are faults.suite.ts.

import {
  type ActorRef,
  type child,
  type ExitReason,
  formatReason,
  genServer,
  type Handle,
  type HandleOf,
  type Restart,
  type SelfBase,
  type System,
  supervisor,
} from "../../src/index.js";
import { remote } from "../../src/realms/places/remote.js";
import { defineSuite } from "../harness/suite.js";
import { type Pair, pairOf } from "./pair.js";

/** Waits in a handler, until its process ends. */
function pause(
  { platform, signal }: Pick<SelfBase, "platform" | "signal">,
  ms: number,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = platform.setTimer(resolve, ms);
    signal.addEventListener("abort", () => {
      platform.clearTimer(timer);
      resolve();
    });
  });
}

/** Who can be told something. */
type Ear = Pick<Handle, "send"> & { readonly cast: { hear(what: number): boolean } };

/** An actor that does what it is told, and writes down what it hears. */
const Part = genServer({
  id: "part",
  init: (_self, log: string[] = []) => log,
  call: {
    log: (self) => [...self.state],
    trap: (self) => self.trapExit(),
    link: (self, ref: ActorRef) => self.link(ref),
    unlink: (self, ref: ActorRef) => self.unlink(ref),
    watch: (self, ref: ActorRef) => self.monitor(ref),
    unwatch: (self, monitor: number) => self.demonitor(monitor),
    exit: (self, ref: ActorRef, reason: string) => self.exit(ref, reason),
    exitAndStop: (self, ref: ActorRef, reason: string) => {
      self.exit(ref, reason);
      self.stop();
    },
    linkAndStop: (self, ref: ActorRef, reason: string) => {
      self.link(ref);
      self.stop(reason);
    },
    say: (_self, ref: Ear, count: number) => {
      for (let n = 0; n < count; n++) ref.cast.hear(n);
    },
    sayAndStop: (self, ref: Ear, count: number, reason: string) => {
      for (let n = 0; n < count; n++) ref.cast.hear(n);
      for (let n = 0; n < count; n++) ref.send(n);
      self.stop(reason);
    },
    lastWords: (self) => {
      self.stop();
      return "last words";
    },
    lastWordsLater: async (self, ms: number) => {
      self.stop();
      await pause(self, 0);
      await new Promise<void>((resolve) => self.platform.setTimer(resolve, ms));
      return "last words";
    },
    crash: () => {
      throw new RangeError("asked for");
    },
    never: (self) => self.replyLater<string>(),
    wait: async (self, ms: number) => {
      await pause(self, ms);
    },
  },
  cast: {
    hear: (self, what: number) => {
      self.state.push(`heard ${what}`);
    },
    wait: async (self, ms: number) => {
      await pause(self, ms);
    },
  },
  info: (self, message) => {
    const what =
      message.type === "message"
        ? message.message
        : message.type === "timeout"
          ? message.name
          : formatReason(message.reason);
    self.state.push(`${message.type} ${String(what)}`);
  },
  terminate: async (self, reason) => {
    if (self.state.includes("heard 100")) {
      await new Promise<void>((resolve) => self.platform.setTimer(resolve, 100));
    }
    if (self.state.includes("heard 13")) throw new RangeError("no end");
    self.state.push(`terminate ${formatReason(reason)}`);
  },
});
type Part = HandleOf<typeof Part>;

/** Where a scenario is played. */
interface Stage {
  readonly system: System;
  /** The one who looks on, and the one who is looked at. */
  readonly one: Part;
  readonly other: Part;
  settle(): Promise<void>;
  advance(ms: number): Promise<void>;
  /** How a call ended, in words. */
  outcome(call: Promise<unknown>): Promise<string>;
}

type Scenario = (stage: Stage) => Promise<unknown>;

const inWords = (error: unknown): string => {
  const { name, message, reason } = error as { name: string; message: string; reason?: ExitReason };
  return reason === undefined ? `${name}: ${message}` : `${name} ${formatReason(reason)}`;
};

/** Where the two actors of a scenario are. */
const stages = {
  here: "both here",
  there: "the other one there",
  back: "the first one there",
  apart: "each in a realm of its own",
};

async function play(scenario: Scenario, where: keyof typeof stages): Promise<unknown> {
  const { page, place, elsewhere, clock, stop }: Pair = pairOf([Part], {
    page: { onCrash: () => {} },
    worker: { onCrash: () => {} },
  });
  const there = remote<typeof Part>("part", place);
  const apart = where === "apart" ? remote<typeof Part>("part", elsewhere) : Part;
  const one = page.launch(where === "back" ? there : apart);
  const other = page.launch(where === "there" || where === "apart" ? there : Part);
  await clock.settle();
  const seen = await scenario({
    system: page,
    one,
    other,
    settle: () => clock.settle(),
    advance: (ms) => clock.advance(ms),
    async outcome(call) {
      const settled = call.then(
        (value) => `gave ${String(value)}`,
        (error) => inWords(error),
      );
      await clock.settle();
      return settled;
    },
  });
  const { timers } = await stop();
  if (timers !== 0) throw new Error(`${timers} timers are left`);
  return seen;
}

export const suite = defineSuite("realm semantics", ({ describe, test, expect }) => {
  /** Plays a scenario in all ways: each must give `expected`. */
  function same(name: string, expected: unknown, scenario: Scenario): void {
    for (const [where, how] of Object.entries(stages)) {
      test(`${name} (${how})`, async () => {
        expect(await play(scenario, where as keyof typeof stages)).toEqual(expected);
      });
    }
  }
  /** Asks for something, and waits for it. */
  async function ask<T>({ settle }: Stage, call: Promise<T>): Promise<T> {
    call.catch(() => {});
    await settle();
    return call;
  }

  describe("monitors", () => {
    for (const reason of ["normal", "shutdown", "mine"]) {
      same(`a monitor tells the reason ${reason}, once`, [`down ${reason}`], async (stage) => {
        const { one, other, settle } = stage;
        await ask(stage, one.call.watch(other));
        await ask(stage, other.stop(reason));
        await settle();
        return ask(stage, one.call.log());
      });
    }

    same("a monitor tells of a crash with its error", ["down RangeError: asked for"], async (s) => {
      await ask(s, s.one.call.watch(s.other));
      await s.outcome(s.other.call.crash());
      return ask(s, s.one.call.log());
    });

    same("a monitor tells of a kill", ["down killed"], async (s) => {
      await ask(s, s.one.call.watch(s.other));
      s.other.kill();
      await s.settle();
      return ask(s, s.one.call.log());
    });

    same("a monitor tells what terminate threw", ["down RangeError: no end"], async (s) => {
      await ask(s, s.one.call.watch(s.other));
      s.other.cast.hear(13);
      await ask(s, s.other.stop());
      await s.settle();
      return ask(s, s.one.call.log());
    });

    same("a monitor of a dead actor tells noproc at once", ["down noproc"], async (s) => {
      await ask(s, s.other.stop());
      await ask(s, s.one.call.watch(s.other));
      return ask(s, s.one.call.log());
    });

    same("two monitors tell twice, one that was ended does not", ["down mine"], async (s) => {
      await ask(s, s.one.call.watch(s.other));
      const second = await ask(s, s.one.call.watch(s.other));
      expect(await ask(s, s.one.call.unwatch(second))).toBe(true);
      await ask(s, s.other.stop("mine"));
      return ask(s, s.one.call.log());
    });

    same(
      "RLM-11: what an actor said before its end is heard before it",
      ["heard 0", "heard 1", "heard 2", "message 0", "message 1", "message 2", "down mine"],
      async (s) => {
        await ask(s, s.one.call.watch(s.other));
        await ask(s, s.other.call.sayAndStop(s.one, 3, "mine"));
        await s.settle();
        return ask(s, s.one.call.log());
      },
    );

    same("that holds for more than is taken at once", [2_500, "down mine"], async (s) => {
      await ask(s, s.one.call.watch(s.other));
      await ask(s, s.other.call.sayAndStop(s.one, 1_250, "mine"));
      await s.settle();
      const log = await ask(s, s.one.call.log());
      return [log.indexOf("down mine"), log.at(-1)];
    });
  });

  describe("links", () => {
    same("a crash ends who is linked", ["down", "ActorExit noproc"], async (s) => {
      await ask(s, s.one.call.link(s.other));
      await s.outcome(s.other.call.crash());
      return [s.one.status, await s.outcome(s.one.call.log())];
    });

    same("a normal end ends nobody", "live", async (s) => {
      await ask(s, s.one.call.link(s.other));
      await ask(s, s.other.stop());
      await s.settle();
      return s.one.status;
    });

    same("a normal end is told to who traps", ["exit normal"], async (s) => {
      await ask(s, s.one.call.trap());
      await ask(s, s.one.call.link(s.other));
      await ask(s, s.other.stop());
      await s.settle();
      return ask(s, s.one.call.log());
    });

    same("who traps is told of a kill as killed", ["exit killed"], async (s) => {
      await ask(s, s.one.call.trap());
      await ask(s, s.one.call.link(s.other));
      s.other.kill();
      await s.settle();
      return ask(s, s.one.call.log());
    });

    same("a link goes both ways", "down", async (s) => {
      await ask(s, s.one.call.link(s.other));
      await s.outcome(s.one.call.crash());
      return s.other.status;
    });

    same(
      "RLM-11: a link made in the last moment tells the true reason",
      ["exit mine"],
      async (s) => {
        await ask(s, s.one.call.trap());
        await ask(s, s.other.call.linkAndStop(s.one, "mine"));
        await s.settle();
        return ask(s, s.one.call.log());
      },
    );

    same("a link made before a normal end ends nobody", "live", async (s) => {
      await ask(s, s.other.call.linkAndStop(s.one, "normal"));
      await s.settle();
      return s.one.status;
    });

    same("a link that was taken away tells nothing", ["live", []], async (s) => {
      await ask(s, s.one.call.link(s.other));
      await ask(s, s.one.call.unlink(s.other));
      await s.outcome(s.other.call.crash());
      return [s.one.status, await ask(s, s.one.call.log())];
    });

    same("a link can be taken away from either side", "live", async (s) => {
      await ask(s, s.one.call.link(s.other));
      await ask(s, s.other.call.unlink(s.one));
      await s.outcome(s.other.call.crash());
      return s.one.status;
    });

    same("a link to a dead actor is told as noproc to who traps", ["exit noproc"], async (s) => {
      await ask(s, s.one.call.trap());
      await ask(s, s.other.stop());
      await ask(s, s.one.call.link(s.other));
      return ask(s, s.one.call.log());
    });
  });

  describe("exit signals", () => {
    same("one that is not trapped ends its receiver", ["down mine"], async (s) => {
      await ask(s, s.one.call.watch(s.other));
      await ask(s, s.one.call.exit(s.other, "mine"));
      await s.settle();
      return ask(s, s.one.call.log());
    });

    same("one that is trapped is a message", ["live", ["exit mine"]], async (s) => {
      await ask(s, s.other.call.trap());
      await ask(s, s.one.call.exit(s.other, "mine"));
      await s.settle();
      return [s.other.status, await ask(s, s.other.call.log())];
    });

    same("a normal one is ignored", "live", async (s) => {
      await ask(s, s.one.call.exit(s.other, "normal"));
      await s.settle();
      return s.other.status;
    });

    same("kill cannot be trapped", ["down killed"], async (s) => {
      await ask(s, s.other.call.trap());
      await ask(s, s.one.call.watch(s.other));
      await ask(s, s.one.call.exit(s.other, "kill"));
      await s.settle();
      return ask(s, s.one.call.log());
    });

    same("RLM-11: one that was sent before the sender's end arrives", ["exit mine"], async (s) => {
      await ask(s, s.other.call.trap());
      await ask(s, s.one.call.exitAndStop(s.other, "mine"));
      await s.settle();
      return ask(s, s.other.call.log());
    });

    same(
      "one that was sent, and one along the link, are two",
      ["exit mine", "exit normal"],
      async (s) => {
        await ask(s, s.other.call.trap());
        await ask(s, s.one.call.link(s.other));
        await ask(s, s.one.call.exitAndStop(s.other, "mine"));
        await s.settle();
        return ask(s, s.other.call.log());
      },
    );
  });

  describe("ends and calls", () => {
    same("RLM-11: a reply goes out before the end that came with it", "gave last words", (s) =>
      s.outcome(s.other.call.lastWords()),
    );

    same("a crash rejects its caller and who waits", ["RangeError: asked for"], async (s) => {
      const waiting = s.outcome(s.other.call.never());
      const crashed = s.outcome(s.other.call.crash());
      const reasons = [await waiting, await crashed].map((words) =>
        words.replace("ActorExit ", ""),
      );
      return [...new Set(reasons)];
    });

    same("a kill rejects who waits", "ActorExit killed", async (s) => {
      const waiting = s.outcome(s.other.call.never());
      await s.settle();
      s.other.kill();
      await s.settle();
      return waiting;
    });

    same("a call to a dead actor was not executed", "ActorExit noproc", async (s) => {
      await ask(s, s.other.stop());
      return s.outcome(s.other.call.log());
    });

    for (const reason of ["normal", "shutdown", "mine"]) {
      same(`a stop with ${reason} waits behind earlier mail`, "gave heard 1", async (s) => {
        s.other.cast.wait(100);
        s.other.cast.hear(1);
        const log = s.outcome(s.other.call.log());
        void s.other.stop(reason);
        await s.advance(200);
        return log;
      });
    }

    same("a supervisor's shutdown does not wait behind mail", "ActorExit shutdown", async (s) => {
      s.other.cast.wait(100);
      const log = s.outcome(s.other.call.log());
      await s.settle();
      void s.system.stop();
      await s.advance(200);
      return log;
    });

    same("a stop that takes too long becomes a kill", ["down killed"], async (s) => {
      await ask(s, s.one.call.watch(s.other));
      s.other.cast.wait(60_000);
      void s.other.stop("normal", { timeoutMs: 1_000 });
      await s.advance(2_000);
      return ask(s, s.one.call.log());
    });
  });

  describe("supervision", () => {
    type Add = typeof child;
    const houses = {
      here: "child here",
      there: "child there",
      tree: "child and supervisor there",
    };
    function supervised(where: keyof typeof houses, restart: Restart) {
      const appOf = (part: typeof Part) =>
        supervisor({
          id: "app",
          strategy: "oneForOne",
          maxRestarts: 5,
          children: (add: Add) => ({ part: add(part, [], { restart }) }),
        });
      const App = appOf(Part);
      const pair = pairOf([Part, App], {
        // Between two packets everything runs that can, as it does between two messages of a port.
        link: { delayMs: 1 },
        worker: { onCrash: () => {} },
        page: { onCrash: () => {} },
      });
      const { place, page, clock } = pair;
      const there = where === "there" ? appOf(remote<typeof Part>("part", place)) : App;
      const app = page.launch(where === "tree" ? remote<typeof App>("app", place) : there);
      return { ...pair, app, settle: () => clock.advance(5) };
    }
    function sameChild(
      name: string,
      expected: unknown,
      scenario: (stage: ReturnType<typeof supervised>) => Promise<unknown>,
      restart: Restart = "permanent",
    ): void {
      for (const [where, how] of Object.entries(houses)) {
        test(`${name} (${how})`, async () => {
          const stage = supervised(where as keyof typeof houses, restart);
          await stage.clock.advance(10);
          expect(await scenario(stage)).toEqual(expected);
          expect(await stage.stop()).toEqual({ timers: 0 });
        });
      }
    }

    sameChild("a child that crashes is started anew, and its handle follows", [], async (s) => {
      s.app.child.part.cast.hear(1);
      const crash = s.app.child.part.call.crash().catch(() => {});
      await s.clock.advance(10);
      await crash;
      const log = s.app.child.part.call.log();
      await s.settle();
      return log;
    });

    sameChild("a call made with whenDown wait finds the next incarnation", [], async (s) => {
      s.app.child.part.kill();
      const log = s.app.child.part.with({ whenDown: "wait" }).call.log();
      await s.clock.advance(10);
      return log;
    });

    type Child = ReturnType<typeof supervised>;
    /** Runs until a promise has settled, in steps of a millisecond. */
    async function within<T>(s: Child, promise: Promise<T>, ms = 20): Promise<string> {
      let seen = "waits";
      promise.then(
        (value) => (seen = `gave ${JSON.stringify(value)}`),
        (error) => (seen = inWords(error)),
      );
      for (let n = 0; n < ms && seen === "waits"; n++) await s.clock.advance(1);
      return seen;
    }
    const asIs = (words: string): string => words.replace(/#\d+/g, "");

    for (const [how, last] of [
      ["crash", "ActorExit RangeError: asked for"],
      ["lastWords", "gave last words"],
    ] as const) {
      sameChild(
        `H-1: a handle that has answered with ${how} waits for the next incarnation, every time`,
        Array(5).fill(`gave ${JSON.stringify([last, []])}`),
        async (s) => {
          const { part } = s.app.child;
          const seen: string[] = [];
          for (let n = 0; n < 5; n++) {
            // As a program does it: the next call follows in the turn of the answer.
            const log = () => part.with({ whenDown: "wait" }).call.log();
            const again = async (answer: string) => [asIs(answer), await log()];
            const next = part.call[how]().then(
              (value) => again(`gave ${value}`),
              (error) => again(inWords(error)),
            );
            seen.push(await within(s, next));
          }
          return seen;
        },
      );
    }

    sameChild(
      "H-1: a handle is not live while the end takes its time",
      [
        'gave "last words"',
        "restarting",
        false,
        "ActorExit noproc",
        [],
        "waits",
        "gave []",
        ["down normal"],
      ],
      async (s) => {
        const { part } = s.app.child;
        const heard: string[] = [];
        const watcher = s.page.launch(Part, heard);
        void watcher.call.watch(part);
        part.cast.hear(100);
        const last = await within(s, part.call.lastWords());
        const seen = [last, part.status, part.cast.hear(1), await within(s, part.call.log())];
        const next = part.with({ whenDown: "wait" }).call.log();
        const before = [...heard];
        const early = await within(s, next, 50);
        const late = await within(s, next, 100);
        return [...seen, before, early, late, heard];
      },
    );

    sameChild("H-1: a handle is not live from the moment of self.stop", "restarting", async (s) => {
      const { part } = s.app.child;
      const last = part.call.lastWordsLater(100);
      await s.clock.advance(50);
      const { status } = part;
      expect(await within(s, last, 100)).toBe('gave "last words"');
      await s.clock.advance(10);
      expect(part.status).toBe("live");
      return status;
    });

    for (const [restart, status] of [
      ["temporary", "down"],
      ["transient", "restarting"],
    ] as const) {
      sameChild(
        `H-1: a ${restart} child that crashes is ${status} from then on`,
        status,
        async (s) => {
          const { part } = s.app.child;
          part.cast.hear(100);
          part.call.crash().catch(() => {});
          await s.clock.advance(50);
          return part.status;
        },
        restart,
      );
    }

    sameChild("what a crash says to those who wait is the same", true, async (s) => {
      const { part } = s.app.child;
      const calls = [part.call.never(), part.call.wait(50), part.call.log(), part.call.crash()];
      const errors = Promise.all(
        calls.map((call) =>
          call.then(
            () => null,
            (error) => error,
          ),
        ),
      );
      await s.clock.advance(100);
      for (const [index, error] of (await errors).entries()) {
        if (index === 1 || index === 2) expect(error).toBe(null);
        else {
          expect(error).toMatchObject({ name: "ActorExit", code: "actor-exit", restarts: 0 });
          expect(error.handler).toBe(index === 0 ? "never" : "crash");
          expect(error.cause).toMatchObject({ name: "RangeError", message: "asked for" });
          expect(asIs(error.message)).toBe(
            `Cannot call part.${error.handler}: process exited with reason RangeError: asked for`,
          );
        }
      }
      return true;
    });

    sameChild("a monitor of a handle never tells twice", ["down killed"], async (s) => {
      const watcher = s.page.launch(Part);
      void watcher.call.watch(s.app.child.part);
      await s.settle();
      s.app.child.part.kill();
      await s.clock.advance(10);
      s.app.child.part.kill();
      await s.clock.advance(10);
      expect(s.app.child.part.status).toBe("live");
      const log = watcher.call.log();
      await s.settle();
      return log;
    });

    sameChild(
      "a transient child that ends normally is not started anew",
      "down",
      async (s) => {
        void s.app.child.part.stop();
        await s.clock.advance(10);
        return s.app.child.part.status;
      },
      "transient",
    );
  });
});
