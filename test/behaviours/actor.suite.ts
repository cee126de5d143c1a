// What an actor promises: its loop, selective receive, its ends, and mailboxes that outlive it.
// Owns P-6 and the actor's part of P-3, P-9 and M-3, on virtual time, on every host.

import {
  type ActorRef,
  type ActorSelf,
  actor,
  type Behaviour,
  type Handle,
  type Mailbox,
  mailbox,
  type SystemEvent,
  supervisor,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { Puppet, thrown } from "../kernel/probes.js";

type Play = (self: ActorSelf<unknown>) => unknown;

/** An actor that does what a test says. */
const Player: Behaviour<[play: Play], Handle> = actor({
  id: "player",
  run: (self: ActorSelf<unknown>, play: Play) => play(self),
});

export const suite = defineSuite("actor", ({ describe, test, expect }) => {
  function made() {
    const crashes: unknown[] = [];
    const { system, clock } = testSystem({ onCrash: (error) => crashes.push(error) });
    const stopped: Extract<SystemEvent, { type: "stopped" }>[] = [];
    system.observe((event) => {
      if (event.type === "stopped") stopped.push(event);
    });
    const reasons = () => stopped.map(({ process, reason }) => [process.behaviour, reason]);
    return { system, clock, crashes, reasons };
  }
  const is =
    (...wanted: unknown[]) =>
    (message: unknown) =>
      wanted.includes(message);

  describe("the loop", () => {
    test("P-10: it runs after start has resolved, gets each message in order, and its return is a normal end", async () => {
      const { system, clock, reasons } = made();
      const seen: unknown[] = [];
      const Echo = actor({
        id: "echo",
        async run(self: ActorSelf<string>, greeting: string) {
          seen.push(greeting);
          for await (const message of self.mailbox) {
            if (message === "stop") return;
            seen.push(message);
          }
        },
      });
      const echo = await system.start(Echo, "hello");
      expect(echo.status).toBe("live");
      for (const word of ["a", "b", "stop", "late"]) echo.send(word);
      await clock.settle();
      expect(seen).toEqual(["hello", "a", "b"]);
      expect(reasons()).toEqual([["echo", "normal"]]);
      expect(echo.send("nobody")).toBe(false);
      await system.stop();
    });

    test("a throw is its crash, synchronous or not, with its supervisor to restart it", async () => {
      const { system, clock, crashes } = made();
      let runs = 0;
      const Crashing = actor({
        id: "crashing",
        async run(self: ActorSelf<string>) {
          runs++;
          if (runs === 1) throw new Error("at once");
          await self.receive(is("crash"));
          throw new Error("later");
        },
      });
      const App = supervisor({
        maxRestarts: 5,
        children: (child) => ({ it: child(Crashing, []) }),
      });
      const app = await system.start(App);
      await clock.settle();
      expect(runs).toBe(2);
      app.child.it.send("crash");
      await clock.settle();
      expect([runs, app.child.it.status]).toEqual([3, "live"]);
      expect(crashes).toEqual([]);
      await system.stop();
    });

    test("P-10, SUP-7: a shutdown ends the loop and waits for the function, so that it can clean up", async () => {
      const { system, clock, reasons } = made();
      const seen: string[] = [];
      const player = await system.start(Player, async (self) => {
        for await (const _ of self.mailbox) seen.push("message");
        await new Promise<void>((resolve) => void self.platform.setTimer(resolve, 100));
        seen.push("cleaned up");
      });
      await clock.settle();
      const end = player.stop("shutdown");
      await clock.advance(99);
      expect(player.status).toBe("down");
      expect(seen).toEqual([]);
      await clock.advance(1);
      await end;
      expect(seen).toEqual(["cleaned up"]);
      expect(reasons()).toEqual([["player", "shutdown"]]);
      await system.stop();
    });

    test("P-8: a killed actor is fenced: its receive rejects with ProcessEnded, and nothing crashes", async () => {
      const { system, clock, crashes } = made();
      const errors: { name?: string }[] = [];
      const player = await system.start(Player, async (self) => {
        await self.receive().catch((error) => errors.push(error));
        errors.push(thrown(() => self.ref));
        throw errors[0];
      });
      await clock.settle();
      player.kill();
      await clock.settle();
      expect(errors.map(({ name }) => name)).toEqual(["ProcessEnded", "ProcessEnded"]);
      expect([crashes, clock.reported]).toEqual([[], []]);
      await system.stop();
    });

    test("P-3, P-9: exits are messages to an actor that traps, those of its parent too", async () => {
      const { system, clock } = made();
      const seen: unknown[] = [];
      const parent = await system.start(Puppet);
      const child = await parent.call.run((self) =>
        self.spawn(Player, async (inner: ActorSelf<unknown>) => {
          inner.trapExit();
          for (;;) seen.push(((await inner.receive()) as { reason: unknown }).reason);
        }),
      );
      await clock.settle();
      await parent.call.run((self) => self.exit(child, "shutdown"));
      await parent.call.run((self) => self.exit(child, "normal"));
      await clock.settle();
      expect(seen).toEqual(["shutdown", "normal"]);
      await system.stop();
    });
  });

  describe("receive", () => {
    test("P-6: oldest first; what does not match stays, in order", async () => {
      const { system, clock } = made();
      const seen: unknown[] = [];
      const player = await system.start(Player, async (self) => {
        for (const match of [is("b"), is("c"), is("b"), undefined, undefined]) {
          seen.push(await self.receive(match));
        }
      });
      for (const word of ["a", "b", "a", "c", "b"]) player.send(word);
      await clock.settle();
      expect(seen).toEqual(["b", "c", "b", "a", "a"]);
      await system.stop();
    });

    test("P-6: afterMs 0 takes what was sent before, and does not wait", async () => {
      const { system, clock } = made();
      const seen: unknown[] = [];
      const player = system.launch(Player, async (self) => {
        seen.push(await self.receive(undefined, { afterMs: 0 }));
        seen.push(await self.receive(is("x"), { afterMs: 0 }));
        seen.push(await self.receive(undefined, { afterMs: 0 }));
      });
      player.send("early");
      await clock.settle();
      expect(seen).toEqual(["early", undefined, undefined]);
      expect(clock.timers).toBe(0);
      await system.stop();
    });

    test("P-6: afterMs gives undefined when its time is over, and leaves no timer otherwise", async () => {
      const { system, clock } = made();
      const seen: unknown[] = [];
      const player = await system.start(Player, async (self) => {
        seen.push(await self.receive(is("x"), { afterMs: 100 }));
        seen.push(await self.receive(is("x"), { afterMs: 100 }));
        await self.receive();
      });
      await clock.advance(99);
      player.send("x");
      await clock.advance(99);
      expect(seen).toEqual(["x"]);
      await clock.advance(1);
      expect(seen).toEqual(["x", undefined]);
      expect(clock.timers).toBe(0);
      await system.stop();
    });

    test("P-6: a receive that passes over more than maxSaved messages ends the actor with overload", async () => {
      const { system, clock, crashes, reasons } = made();
      const Picky = actor({
        id: "picky",
        maxSaved: 3,
        run: (self: ActorSelf<number>) => self.receive(is("never")),
      });
      for (const early of [true, false]) {
        const picky = early ? system.launch(Picky) : await system.start(Picky);
        await (early ? null : clock.settle());
        for (let n = 0; n < 3; n++) picky.send(n);
        await clock.settle();
        expect(picky.status).toBe("live");
        picky.send(4);
        await clock.settle();
        expect(picky.status).toBe("down");
      }
      expect(reasons()).toEqual([
        ["picky", "overload"],
        ["picky", "overload"],
      ]);
      expect(crashes).toMatchObject([{ reason: "overload" }, { reason: "overload" }]);
      await system.stop();
    });

    test("P-6: the limit is 10,000 unless said otherwise, and only of messages that were passed over", async () => {
      const { system, clock } = made();
      const player = await system.start(Player, async (self) => {
        await new Promise<void>((resolve) => void self.platform.setTimer(resolve, 10));
        await self.receive(is("last"));
      });
      for (let n = 0; n < 20_000; n++) player.send("last");
      await clock.settle();
      expect(player.status).toBe("live");
      await clock.advance(10);
      await system.stop();
    });

    test("P-4: demonitor with flush takes out a down that was kept too", async () => {
      const { system, clock } = made();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      const seen: unknown[] = [];
      await system.start(Player, async (self) => {
        const [gone, kept] = [self.monitor(a), self.monitor(b)];
        a.kill();
        b.kill();
        await self.receive(is("x"), { afterMs: 0 });
        seen.push(self.demonitor(gone, { flush: true }));
        seen.push(((await self.receive()) as { monitor: number }).monitor === kept);
        seen.push(await self.receive(undefined, { afterMs: 0 }));
      });
      await clock.settle();
      expect(seen).toEqual([false, true, undefined]);
      await system.stop();
    });

    test("a match that throws rejects its receive, and the message stays", async () => {
      const { system, clock } = made();
      const seen: unknown[] = [];
      const player = await system.start(Player, async (self) => {
        const bug = () => {
          throw new Error("bug");
        };
        await self.receive(bug).catch((error: Error) => seen.push(error.message));
        seen.push(await self.receive());
      });
      await clock.settle();
      player.send("kept");
      await clock.settle();
      expect(seen).toEqual(["bug", "kept"]);
      await system.stop();
    });

    test("what is no time or no function is refused at once", async () => {
      const { system, clock } = made();
      const seen: unknown[] = [];
      await system.start(Player, (self) => {
        for (const afterMs of [-1, Number.NaN, "5" as never]) {
          seen.push(thrown(() => self.receive(undefined, { afterMs })).name);
        }
        seen.push(thrown(() => self.receive("x" as never)).name);
      });
      await clock.settle();
      expect(seen).toEqual(["RangeError", "RangeError", "RangeError", "TypeError"]);
      expect(thrown(() => actor({ id: "", run: () => {} })).name).toBe("TypeError");
      expect(thrown(() => actor({ id: "x", run: 3 as never })).message).toBe(
        "run of x is 3: it must be a function",
      );
      expect(thrown(() => actor({ id: "x", maxSaved: -1, run: () => {} })).name).toBe("RangeError");
      await system.stop();
    });
  });

  describe("a mailbox that outlives its reader", () => {
    test("M-3: only the message in hand is lost when its reader crashes", async () => {
      const { system, clock } = made();
      const done: number[] = [];
      const Worker = actor({
        id: "worker",
        async run(self, jobs: Mailbox<number>) {
          for await (const job of jobs.read(self)) {
            if (job === 2) throw new Error("bad job");
            done.push(job);
          }
        },
      });
      const jobs = mailbox<number>();
      await system.start(supervisor({ children: (child) => ({ worker: child(Worker, [jobs]) }) }));
      for (const job of [1, 2, 3, 4]) await jobs.cast(job);
      await clock.settle();
      expect(done).toEqual([1, 3, 4]);
      await system.stop();
    });

    test("M-3: a reader that is killed while it waits takes no message with it", async () => {
      const { system, clock } = made();
      const jobs = mailbox<number>();
      const read: [string, number][] = [];
      const reading = (name: string): Play => {
        return async (self) => {
          for await (const job of jobs.read(self)) read.push([name, job]);
        };
      };
      const first = await system.start(Player, reading("first"));
      await clock.settle();
      first.kill();
      jobs.tryCast(1);
      await system.start(Player, reading("second"));
      await clock.settle();
      expect(read).toEqual([["second", 1]]);
      await system.stop();
      expect(jobs.size).toBe(0);
      jobs.tryCast(2);
      expect(jobs.size).toBe(1);
    });
  });

  test("a reply may come from an actor, and a message may carry its ref", async () => {
    const { system, clock } = made();
    const seen: unknown[] = [];
    await system.start(Player, async (self) => {
      const other = self.spawn(Player, async (inner: ActorSelf<unknown>) => {
        const from = (await inner.receive()) as Handle & ActorRef;
        from.send("pong");
      });
      other.send(self.ref);
      seen.push(await self.receive(is("pong"), { afterMs: 1_000 }));
    });
    await clock.settle();
    expect(seen).toEqual(["pong"]);
    await system.stop();
  });
});
