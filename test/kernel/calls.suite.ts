// What a call promises: it settles once, with the right reason, and no reply reaches a stranger.
// Owns C-1 to C-6 and the signals of callers and handlers, on virtual time.
// Does not cover bounded mailboxes (mailbox-bounds.suite.ts) nor restarts (test/supervision/).

import {
  ActorExit,
  CallCycle,
  CallTimeout,
  type From,
  genServer,
  ProcessEnded,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { type Body, latch, Puppet, rejection } from "./probes.js";

export const suite = defineSuite("calls", ({ describe, test, expect }) => {
  describe("settling", () => {
    test("C-1: the default timeout is 5,000 ms, and not one less", async () => {
      const { system, clock } = testSystem();
      const puppet = await system.start(Puppet);
      const held = latch();
      let error: unknown;
      const call = puppet.call
        .run(() => held.promise)
        .catch((thrown: unknown) => {
          error = thrown;
        });
      await clock.advance(4_999);
      expect(error).toBeUndefined();
      await clock.advance(1);
      await call;
      expect(error).toBeInstanceOf(CallTimeout);
      expect(error).toMatchObject({
        code: "call-timeout",
        process: "puppet#2",
        handler: "run",
        timeoutMs: 5_000,
        message: "Cannot call puppet#2.run within 5000 ms: no reply came",
      });
      held.resolve();
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("C-1: with({ timeoutMs: Infinity }) waits as long as it takes", async () => {
      const { system, clock } = testSystem();
      const puppet = await system.start(Puppet);
      const held = latch<number>();
      const call = puppet
        .with({ timeoutMs: Number.POSITIVE_INFINITY })
        .call.run(() => held.promise);
      await clock.advance(1_000_000);
      held.resolve(7);
      expect(await call).toBe(7);
      await system.stop();
    });

    test("C-1: the system's callTimeoutMs is the default of its calls", async () => {
      const { system, clock } = testSystem({ callTimeoutMs: 10 });
      const puppet = await system.start(Puppet);
      const call = rejection(puppet.call.run(() => new Promise(() => {})));
      await clock.advance(10);
      expect(await call).toMatchObject({ timeoutMs: 10 });
      puppet.kill();
      await system.stop();
    });

    test("C-1: a call to a process that is gone rejects noproc at once", async () => {
      const { system, clock } = testSystem();
      const puppet = await system.start(Puppet);
      await puppet.stop();
      expect(await rejection(puppet.call.log())).toMatchObject({
        code: "actor-exit",
        reason: "noproc",
        process: "puppet#2",
        handler: "log",
        message: "Cannot call puppet#2.log: no such process is alive",
      });
      expect(clock.timers).toBe(0);
      await system.stop();
    });

    test("C-1: a crash rejects the caller with the error as cause, and those who wait", async () => {
      const { system } = testSystem({ onCrash: () => {} });
      const puppet = await system.start(Puppet);
      const boom = new Error("boom");
      const first = rejection(
        puppet.call.run(() => {
          throw boom;
        }),
      );
      const second = rejection(puppet.call.log());
      expect(await first).toBeInstanceOf(ActorExit);
      expect((await first).cause).toBe(boom);
      expect((await second).cause).toBe(boom);
      expect(await second).toMatchObject({ handler: "log", reason: { message: "boom" } });
      await system.stop();
    });

    test("C-2: a late reply is dropped and reaches no later caller", async () => {
      const { system, clock } = testSystem();
      const puppet = await system.start(Puppet);
      const held = latch<string>();
      const late = rejection(puppet.with({ timeoutMs: 10 }).call.run(() => held.promise));
      const next = puppet.call.run(() => "mine");
      await clock.advance(10);
      expect(await late).toBeInstanceOf(CallTimeout);
      held.resolve("stale");
      expect(await next).toBe("mine");
      await system.stop();
    });

    test("C-2: a second reply is a no-op and says so", async () => {
      const { system } = testSystem();
      const puppet = await system.start(Puppet);
      const answers: boolean[] = [];
      const body: Body = (self) => {
        const { from } = self;
        answers.push(self.reply(from, "first"), self.reply(from, "second"));
        return "third";
      };
      expect(await puppet.call.run(body)).toBe("first");
      expect(answers).toEqual([true, false]);
      await system.stop();
    });

    test("C-4: from is data: another process may send the reply", async () => {
      const { system } = testSystem();
      const front = await system.start(Puppet);
      const back = await system.start(Puppet);
      const answer = front.call.run((self) => {
        const { from } = self;
        back.cast.run((other) => other.reply(from, `from ${other.ref.id}`));
        return self.replyLater();
      });
      expect(await answer).toBe("from puppet#3");
      await system.stop();
    });

    test("C-4: replyWith and replyLater do not hold the mailbox, an await does", async () => {
      const { system, clock } = testSystem();
      const puppet = await system.start(Puppet);
      const order: string[] = [];
      const held = latch<string>();
      const told = (name: string) => () => {
        order.push(name);
      };
      const later = puppet.call.run((self) => self.replyWith(held.promise)).then(told("later"));
      await puppet.call.run(told("next"));
      const gate = latch();
      const waits = puppet.call.run(() => gate.promise);
      const behind = puppet.call.run(told("behind"));
      await clock.settle();
      expect(order).toEqual(["next"]);
      gate.resolve();
      await Promise.all([waits, behind]);
      held.resolve("x");
      await later;
      expect(order).toEqual(["next", "behind", "later"]);
      await system.stop();
    });

    test("GS-3: a rejected replyWith promise rejects only its caller", async () => {
      const { system } = testSystem();
      const puppet = await system.start(Puppet);
      const error = new Error("not today");
      expect(
        await rejection(puppet.call.run((self) => self.replyWith(Promise.reject(error)))),
      ).toBe(error);
      expect(puppet.status).toBe("live");
      await system.stop();
    });

    test("GS-3: return self.reject(error) rejects the caller and the server lives on", async () => {
      const { system } = testSystem();
      const puppet = await system.start(Puppet);
      const error = new Error("no such amount");
      expect(await rejection(puppet.call.run((self) => self.reject(error)))).toBe(error);
      expect(
        await rejection(
          puppet.call.run(async (self) => {
            await Promise.resolve();
            return self.reject(error);
          }),
        ),
      ).toBe(error);
      expect(puppet.status).toBe("live");
      await system.stop();
    });

    test("C-5: queued and owed calls reject with the reason when their server stops", async () => {
      const { system } = testSystem();
      const puppet = await system.start(Puppet);
      const owed = rejection(puppet.call.run((self) => self.replyLater()));
      const promised = rejection(puppet.call.run((self) => self.replyWith(new Promise(() => {}))));
      const stopping = puppet.call.run((self) => {
        self.stop({ shutdown: "done" });
        return "bye";
      });
      const queued = rejection(puppet.call.log());
      expect(await stopping).toBe("bye");
      for (const error of [owed, promised, queued]) {
        expect(await error).toMatchObject({ code: "actor-exit", reason: { shutdown: "done" } });
      }
      await system.stop();
    });

    test("C-5: after return self.replyLater() a stop rejects the caller with the reason", async () => {
      const { system } = testSystem();
      const puppet = await system.start(Puppet);
      const call = puppet.call.run((self) => {
        self.stop("shutdown");
        return self.replyLater();
      });
      expect(await rejection(call)).toMatchObject({ reason: "shutdown" });
      await system.stop();
    });

    test("C-1: a handler that kills its own process leaves no call hanging", async () => {
      const { system, clock } = testSystem({ onCrash: () => {} });
      for (const rest of [undefined, Promise.resolve(1), new Promise(() => {})]) {
        const puppet = await system.start(Puppet);
        const call = rejection(
          puppet.call.run(() => {
            puppet.kill();
            return rest;
          }),
        );
        expect(await call).toMatchObject({ reason: "killed" });
        expect(puppet.status).toBe("down");
      }
      await clock.settle();
      expect(system.processes()).toEqual([]);
      await system.stop();
    });

    test("a thenable whose then throws is a crash of its server, not of the system", async () => {
      const { system } = testSystem({ onCrash: () => {} });
      const puppet = await system.start(Puppet);
      const other = await system.start(Puppet);
      const bad = {
        // biome-ignore lint/suspicious/noThenProperty: that is what is tested
        then() {
          throw new Error("no promise at all");
        },
      };
      expect(await rejection(puppet.call.run(() => bad))).toMatchObject({
        reason: { message: "no promise at all" },
      });
      expect(await other.call.run(() => 1)).toBe(1);
      await system.stop();
    });
  });

  describe("giving up", () => {
    test("C-3: a signal that is aborted already queues nothing", async () => {
      const { system } = testSystem();
      const puppet = await system.start(Puppet);
      const why = new Error("gave up");
      let ran = false;
      const call = puppet.with({ signal: AbortSignal.abort(why) }).call.run(() => {
        ran = true;
      });
      expect(await rejection(call)).toBe(why);
      await puppet.call.log();
      expect(ran).toBe(false);
      await system.stop();
    });

    test("C-3: a request that is aborted while queued is never handled", async () => {
      const { system } = testSystem();
      const puppet = await system.start(Puppet);
      const gate = latch();
      const busy = puppet.call.run(() => gate.promise);
      const controller = new AbortController();
      const why = new Error("gave up");
      let ran = false;
      const call = rejection(
        puppet.with({ signal: controller.signal }).call.run(() => {
          ran = true;
        }),
      );
      controller.abort(why);
      expect(await call).toBe(why);
      gate.resolve();
      await busy;
      await puppet.call.log();
      expect(ran).toBe(false);
      await system.stop();
    });

    test("C-3: from.signal aborts when the caller gives up or its timeout passes", async () => {
      const { system, clock } = testSystem();
      const puppet = await system.start(Puppet);
      const seen: unknown[] = [];
      const body: Body = (self) => {
        const { signal } = self.from;
        return new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => {
            seen.push(signal.reason);
            resolve();
          });
        });
      };
      const controller = new AbortController();
      const why = new Error("gave up");
      const aborted = rejection(puppet.with({ signal: controller.signal }).call.run(body));
      await clock.settle();
      controller.abort(why);
      expect(await aborted).toBe(why);
      const late = rejection(puppet.with({ timeoutMs: 20 }).call.run(body));
      await clock.advance(20);
      const error = await late;
      expect(error).toBeInstanceOf(CallTimeout);
      await puppet.call.log();
      expect(seen).toEqual([why, error]);
      await system.stop();
    });

    test("GS-8: a handler that stops because its caller gave up crashes nothing", async () => {
      const { system, clock } = testSystem();
      const puppet = await system.start(Puppet);
      const body: Body = (self) => {
        const { signal } = self.from;
        return new Promise<void>((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      };
      const late = rejection(puppet.with({ timeoutMs: 20 }).call.run(body));
      await clock.advance(20);
      expect(await late).toBeInstanceOf(CallTimeout);
      expect(await puppet.call.run(() => "alive")).toBe("alive");
      expect(clock.reported).toEqual([]);
      await system.stop();
    });

    test("an error of the handler's own still crashes it after the caller gave up", async () => {
      const { system, clock } = testSystem();
      const puppet = await system.start(Puppet);
      const held = latch();
      const late = rejection(
        puppet.with({ timeoutMs: 20 }).call.run((self) => {
          void self.from.signal;
          return held.promise;
        }),
      );
      await clock.advance(20);
      await late;
      const bug = new Error("a bug");
      held.reject(bug);
      await clock.settle();
      expect(clock.reported).toEqual([bug]);
      expect(puppet.status).toBe("down");
      await system.stop();
    });

    test("from.signal aborts when the process begins to end, also when asked for afterwards", async () => {
      const { system, clock } = testSystem();
      const puppet = await system.start(Puppet);
      const gate = latch();
      const reasons: unknown[] = [];
      const call = puppet.call.run(async (self) => {
        const { from } = self;
        from.signal.addEventListener("abort", () => reasons.push(from.signal.reason));
        await gate.promise;
        return self.from.signal.aborted && self.signal.aborted;
      });
      const lazyGate = latch();
      const other = await system.start(Puppet);
      const lazy = other.call.run(async (self) => {
        await lazyGate.promise;
        return self.from.signal.aborted;
      });
      await clock.settle();
      const stopped = system.stop();
      await clock.settle();
      lazyGate.resolve();
      expect(await lazy).toBe(true);
      await clock.settle();
      gate.resolve();
      expect(await call).toBe(true);
      expect(reasons[0]).toBeInstanceOf(ProcessEnded);
      await stopped;
    });

    test("from.caller is the ref of the process that calls, where that is known", async () => {
      const { system } = testSystem();
      const [asked, asker] = [await system.start(Puppet), await system.start(Puppet)];
      const callerOf = () => asked.call.run((self) => [self.from.caller]) as Promise<unknown[]>;
      expect(await callerOf()).toEqual([undefined]);
      const [ref] = (await asker.call.run(callerOf)) as unknown[];
      expect(ref).toBe(((await asker.call.run((self) => [self.ref])) as unknown[])[0]);
      const bound = (await asker.call.run(async (self) => {
        await Promise.resolve();
        return self.bind(asked).call.run((own: { from: unknown }) => [own.from]);
      })) as { caller: unknown }[];
      expect(bound[0]?.caller).toBe(ref);
      await system.stop();
    });

    test("from.deadlineMs is when the caller stops waiting", async () => {
      const { system, clock } = testSystem();
      const puppet = await system.start(Puppet);
      await clock.advance(100);
      const deadline = (from: From): number => from.deadlineMs;
      expect(await puppet.with({ timeoutMs: 50 }).call.run((self) => deadline(self.from))).toBe(
        150,
      );
      expect(
        await puppet
          .with({ timeoutMs: Number.POSITIVE_INFINITY })
          .call.run((self) => deadline(self.from)),
      ).toBe(Number.POSITIVE_INFINITY);
      await system.stop();
    });

    test("self.from in a handler that nobody called is a TypeError", async () => {
      const { system, clock } = testSystem();
      const puppet = await system.start(Puppet);
      puppet.cast.run((self) => self.from);
      await clock.settle();
      expect(clock.reported).toHaveLength(1);
      expect(clock.reported[0]).toBeInstanceOf(TypeError);
      await system.stop();
    });
  });

  describe("circles", () => {
    test("C-6: a call to itself is rejected with the circle named", async () => {
      const { system } = testSystem();
      const puppet = await system.start(Puppet);
      const error = await puppet.call.run(() => rejection(puppet.call.log()));
      expect(error).toBeInstanceOf(CallCycle);
      expect(error).toMatchObject({ code: "call-cycle", path: ["puppet#2", "puppet#2"] });
      await system.stop();
    });

    test("C-6: A → B → A is found in the synchronous parts and names the whole circle", async () => {
      const { system } = testSystem();
      const a = await system.start(Puppet);
      const b = await system.start(Puppet);
      const c = await system.start(Puppet);
      const error = await a.call.run(() =>
        b.call.run(() => c.call.run(() => rejection(a.call.log()))),
      );
      expect(error).toMatchObject({
        path: ["puppet#2", "puppet#3", "puppet#4", "puppet#2"],
      });
      expect((error as Error).message).toBe(
        "Cannot call puppet#2: it waits for this call itself " +
          "(puppet#2 → puppet#3 → puppet#4 → puppet#2); reply with replyWith, or send a cast",
      );
      await system.stop();
    });

    test("C-6: bind finds the circle after an await", async () => {
      const { system } = testSystem();
      const a = await system.start(Puppet);
      const b = await system.start(Puppet);
      const error = await a.call.run(() =>
        b.call.run(async (self) => {
          const bound = self.bind(a);
          await Promise.resolve();
          return rejection(bound.call.log());
        }),
      );
      expect(error).toBeInstanceOf(CallCycle);
      await system.stop();
    });

    test("C-6: a circle that is not one is let through: replyWith, and calls not waited for", async () => {
      const { system } = testSystem();
      const a = await system.start(Puppet);
      const b = await system.start(Puppet);
      const answer = await a.call.run((self) =>
        self.replyWith(
          b.call.run(async () => {
            await Promise.resolve();
            return a.call.log();
          }),
        ),
      );
      expect(answer).toEqual([]);
      await system.stop();
    });

    test("C-6: a circle behind an await ends by its timeout", async () => {
      const { system, clock } = testSystem();
      const a = await system.start(Puppet);
      const b = await system.start(Puppet);
      const call = rejection(
        a
          .with({ timeoutMs: 500 })
          .call.run(() =>
            b.with({ timeoutMs: 400 }).call.run(async () => {
              await Promise.resolve();
              return rejection(a.with({ timeoutMs: 300 }).call.log());
            }),
          )
          .then((error) => {
            throw error;
          }),
      );
      await clock.advance(500);
      expect(await call).toMatchObject({ code: "call-timeout", timeoutMs: 300 });
      await system.stop();
    });
  });

  describe("bind", () => {
    test("calls through it take what is left of the caller's deadline", async () => {
      const { system, clock } = testSystem();
      const a = await system.start(Puppet);
      const b = await system.start(Puppet);
      const gate = latch();
      let inner: unknown;
      const call = rejection(
        a.with({ timeoutMs: 100 }).call.run(async (self) => {
          const bound = self.bind(b);
          inner = await rejection(bound.call.run(() => gate.promise));
        }),
      );
      await clock.advance(100);
      expect(await call).toMatchObject({ timeoutMs: 100 });
      await clock.settle();
      expect(inner).toMatchObject({ code: "call-timeout" });
      gate.resolve();
      await system.stop();
    });

    test("it keeps a shorter timeout and the user's own signal", async () => {
      const { system, clock } = testSystem();
      const a = await system.start(Puppet);
      const b = await system.start(Puppet);
      const controller = new AbortController();
      const errors: unknown[] = [];
      const call = a.call.run(async (self) => {
        const short = self.bind(b.with({ timeoutMs: 10 }));
        const mine = self.bind(b.with({ signal: controller.signal }));
        const gate = new Promise(() => {});
        const first = rejection(short.call.run(() => gate));
        const second = rejection(mine.call.log());
        errors.push(await first);
        errors.push(await second);
      });
      await clock.advance(10);
      const why = new Error("mine");
      controller.abort(why);
      await call;
      expect(errors[0]).toMatchObject({ code: "call-timeout", timeoutMs: 10 });
      expect(errors[1]).toBe(why);
      b.kill();
      await system.stop();
    });

    test("P-8: a killed process sends nothing through it any more", async () => {
      const { system, clock } = testSystem({ onCrash: () => {} });
      const a = await system.start(Puppet);
      const b = await system.start(Puppet);
      const gate = latch();
      const results: unknown[] = [];
      const call = rejection(
        a.call.run(async (self) => {
          const bound = self.bind(b);
          await gate.promise;
          results.push(bound.cast.run(() => results.push("must not run")));
          results.push(await rejection(bound.call.log()));
          results.push(await rejection(bound.offer.run(() => {})));
        }),
      );
      await clock.settle();
      a.kill();
      gate.resolve();
      await call;
      await clock.settle();
      expect(results[0]).toBe(false);
      expect(results[1]).toBeInstanceOf(ProcessEnded);
      expect(results[2]).toBeInstanceOf(ProcessEnded);
      expect(results).toHaveLength(3);
      await system.stop();
    });
  });

  test("wrong options of with are refused before anything is sent", async () => {
    const { system } = testSystem();
    const puppet = await system.start(Puppet);
    expect(() => puppet.with({ timeoutMs: -1 })).toThrow(
      new RangeError("timeoutMs is -1: it must be a number of milliseconds, 0 or more"),
    );
    expect(() => puppet.with({ timeoutMs: Number.NaN })).toThrow(RangeError);
    expect(() => puppet.with({ timeoutMs: 2 ** 31 })).toThrow(
      new RangeError(
        "timeoutMs is 2147483648: it must be at most 2147483647 ms (24.8 days), or Infinity",
      ),
    );
    expect(() => puppet.with({ timeout: 5 } as object)).toThrow(
      new TypeError("with has no option timeout: it takes timeoutMs, signal and whenDown"),
    );
    expect(() => puppet.with({ signal: {} as AbortSignal })).toThrow(TypeError);
    expect(() => puppet.with({ whenDown: "hope" as "wait" })).toThrow(
      new TypeError('whenDown is "hope": it must be one of "reject", "wait"'),
    );
    await system.stop();
  });

  test("P-1: messages from one sender arrive in the order sent, casts and calls alike", async () => {
    const Log = genServer({
      id: "log",
      init: (): number[] => [],
      call: { add: (self, n: number) => self.state.push(n), all: (self) => [...self.state] },
      cast: { add: (self, n: number) => void self.state.push(n) },
    });
    const { system } = testSystem();
    const log = await system.start(Log);
    for (let n = 0; n < 1_000; n += 2) {
      log.cast.add(n);
      void log.call.add(n + 1);
    }
    expect(await log.call.all()).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
    await system.stop();
  });
});
