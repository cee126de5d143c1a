// What ends pass on: exit reasons, links, monitors, exit signals and trapping.
// Owns P-2, P-3 and P-4, on virtual time. Does not cover the order inside one end (ending.suite.ts)
// nor what supervisors make of an exit (test/supervision/).

import {
  type ExitReason,
  formatReason,
  genServer,
  type HandleOf,
  type Info,
  isNormalReason,
  type Server,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { type Body, latch, Puppet, rejection, thrown } from "./probes.js";

const Failing: Server<[], Record<never, never>> = genServer({
  id: "failing",
  init: (): number => {
    throw new Error("no start");
  },
});

export const suite = defineSuite("exits", ({ describe, test, expect }) => {
  const quiet = () => testSystem({ onCrash: () => {} });

  describe("reasons", () => {
    test("P-2: normal, shutdown and { shutdown } are no failures, everything else is", () => {
      const normal: ExitReason[] = [
        "normal",
        "shutdown",
        { shutdown: "why" },
        { shutdown: undefined },
      ];
      const failures: ExitReason[] = [
        "killed",
        "noproc",
        "timeout",
        "noconnection",
        "mine",
        { name: "Error", message: "x" },
      ];
      expect(normal.filter((reason) => !isNormalReason(reason))).toEqual([]);
      expect(failures.filter((reason) => isNormalReason(reason))).toEqual([]);
    });

    test("P-2: a reason reads as words", () => {
      expect(formatReason({ shutdown: { code: 3 } })).toBe('shutdown ({"code":3})');
      expect(formatReason({ name: "TypeError", message: "no" })).toBe("TypeError: no");
      expect(formatReason("killed")).toBe("killed");
    });

    test("P-2: whatever is thrown becomes data that survives structured clone", async () => {
      const { system } = quiet();
      const values = [
        new TypeError("bad", { cause: new Error("inner", { cause: () => {} }) }),
        new Error("live cause", { cause: { socket: () => {} } }),
        new Error("symbol cause", { cause: Symbol("s") }),
        "text",
        { not: "an error" },
        null,
      ];
      for (const value of values) {
        const puppet = await system.start(Puppet);
        const error = await rejection(
          puppet.call.run(() => {
            throw value;
          }),
        );
        const reason = error.reason as { message: string };
        expect(structuredClone(reason)).toEqual(reason);
        expect(typeof reason.message).toBe("string");
      }
      await system.stop();
    });

    test("a reason that is none is refused with the remedy", async () => {
      const { system } = quiet();
      const puppet = await system.start(Puppet);
      for (const reason of [null, 3, "", {}, () => {}]) {
        expect(() => puppet.stop(reason as never)).toThrow(TypeError);
        const inside = puppet.call.run((self) => [
          thrown(() => self.stop(reason)).name,
          thrown(() => self.exit(puppet, reason)).name,
        ]);
        expect(await inside).toEqual(["TypeError", "TypeError"]);
      }
      expect(puppet.status).toBe("live");
      await system.stop();
    });
  });

  describe("links", () => {
    test("P-3: a link passes an abnormal end on, in both directions", async () => {
      const { system } = quiet();
      const [a, b, c] = [
        await system.start(Puppet),
        await system.start(Puppet),
        await system.start(Puppet),
      ];
      await b.call.run((self) => {
        self.link(a);
        self.link(c);
      });
      a.kill();
      for (const ref of [a, b, c]) expect(ref.status).toBe("down");
      await system.stop();
    });

    test("P-3: a normal end is not passed on", async () => {
      const { system, clock } = quiet();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      await a.call.run((self) => self.link(b));
      await b.stop("normal");
      await clock.settle();
      expect(a.status).toBe("live");
      await system.stop();
    });

    test("P-3: { shutdown } and shutdown are passed on: they are not normal to a link", async () => {
      const { system, clock } = quiet();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      await a.call.run((self) => self.link(b));
      await b.stop("shutdown");
      await clock.settle();
      expect(a.status).toBe("down");
      await system.stop();
    });

    test("P-3: an unlinked process lives on", async () => {
      const { system } = quiet();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      await a.call.run((self) => {
        self.link(b);
        self.unlink(b);
      });
      b.kill();
      expect(a.status).toBe("live");
      await system.stop();
    });

    test("P-3: linking a process that is gone throws noproc, and tells one that traps", async () => {
      const { system } = quiet();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      await b.stop();
      const call = rejection(a.call.run((self) => self.link(b)));
      expect((await call).cause).toMatchObject({ code: "actor-exit", reason: "noproc" });
      const trapping = await system.start(Puppet);
      await trapping.call.run((self) => {
        self.trapExit();
        self.link(b);
      });
      expect(await trapping.call.log()).toMatchObject([{ type: "exit", reason: "noproc" }]);
      await system.stop();
    });

    test("P-3: a chain of 100,000 links falls in a loop, not in a recursion", async () => {
      const { system, clock } = quiet();
      const Link = Puppet;
      const first = system.launch(Link);
      let last = first;
      for (let n = 0; n < 99_999; n++) {
        const next = system.launch(Link);
        const before = last;
        next.cast.run((self) => self.link(before));
        last = next;
      }
      await clock.settle();
      expect(last.status).toBe("live");
      first.kill();
      expect(last.status).toBe("down");
      expect(system.processes()).toEqual([]);
      await system.stop();
    }, 20_000);

    test("a tree of 20,000 levels ends in a loop, not in a recursion", async () => {
      const { system, clock } = quiet();
      let deepest: { status: string } | undefined;
      let depth = 0;
      const nest: Body = (self) => {
        if (depth++ === 20_000) return;
        deepest = self.spawn(Puppet);
        (deepest as unknown as { cast: { run(body: Body): void } }).cast.run(nest);
      };
      for (const end of ["kill", "stop"] as const) {
        depth = 0;
        const top = await system.start(Puppet);
        top.cast.run(nest);
        await clock.settle();
        expect(depth).toBe(20_001);
        void top[end]();
        await clock.settle();
        expect(deepest?.status).toBe("down");
      }
      await system.stop();
    }, 20_000);
  });

  describe("exit signals", () => {
    test("P-3: exit(p, normal) to a process that does not trap is ignored", async () => {
      const { system } = quiet();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      await a.call.run((self) => self.exit(b, "normal"));
      expect(b.status).toBe("live");
      await a.call.run((self) => self.exit(b, "mine"));
      expect(b.status).toBe("down");
      await system.stop();
    });

    test("P-3: trapping turns every signal into a message, normal included", async () => {
      const { system } = quiet();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      expect(await b.call.run((self) => [self.trapExit(), self.trapExit(true)])).toEqual([
        false,
        true,
      ]);
      await a.call.run((self) => {
        self.exit(b, "normal");
        self.exit(b, { shutdown: 1 });
      });
      const log = await b.call.log();
      expect(log.map((info) => (info as { reason: unknown }).reason)).toEqual([
        "normal",
        { shutdown: 1 },
      ]);
      expect((log[0] as { from: { id: string } }).from.id).toBe("puppet#2");
      await system.stop();
    });

    test("P-9: a parent's exit signal ends a process that traps, in order and behind its mail", async () => {
      const { system, clock } = quiet();
      const parent = await system.start(Puppet);
      const log: Info[] = [];
      const ended: unknown[] = [];
      const Child: Server<[], { cast: { note(): void } }> = genServer({
        id: "child",
        init: (self) => void self.trapExit(),
        cast: { note: () => void ended.push("note") },
        info: (_self, info) => void log.push(info),
        terminate: (_self, reason) => void ended.push(reason),
      });
      const kid = (await parent.call.run((self) => self.spawn(Child))) as HandleOf<typeof Child>;
      kid.cast.note();
      await parent.call.run((self) => self.exit(kid, "normal"));
      await clock.settle();
      expect([ended, log, kid.status]).toEqual([["note", "normal"], [], "down"]);
      await system.stop();
    });

    test("P-3: kill cannot be trapped and reaches links as killed", async () => {
      const { system } = quiet();
      const [a, b, c] = [
        await system.start(Puppet),
        await system.start(Puppet),
        await system.start(Puppet),
      ];
      await b.call.run((self) => self.trapExit());
      await c.call.run((self) => {
        self.trapExit();
        self.link(b);
      });
      await a.call.run((self) => self.exit(b, "kill"));
      expect(b.status).toBe("down");
      expect(await c.call.log()).toMatchObject([{ type: "exit", reason: "killed" }]);
      await system.stop();
    });

    test("P-3: self.stop in terminate changes the reason of the end", async () => {
      const { system, clock } = quiet();
      const Leaving = genServer({
        id: "leaving",
        init: () => 0,
        terminate: (self) => self.stop("other"),
      });
      const watcher = await system.start(Puppet);
      const leaving = await system.start(Leaving);
      await watcher.call.run((self) => self.monitor(leaving));
      await leaving.stop("done");
      await clock.settle();
      expect(await watcher.call.log()).toMatchObject([{ type: "down", reason: "other" }]);
      await system.stop();
    });

    test("P-3: killed as a reason can be trapped, as in OTP", async () => {
      const { system } = quiet();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      await b.call.run((self) => self.trapExit());
      await a.call.run((self) => self.exit(b, "killed"));
      expect(await b.call.log()).toMatchObject([{ type: "exit", reason: "killed" }]);
      await system.stop();
    });
  });

  describe("monitors", () => {
    const downs = (log: Info[]) => log.filter((info) => info.type === "down");

    test("P-4: a monitor tells exactly once, with the ref that was watched and the reason", async () => {
      const { system } = quiet();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      const monitor = await a.call.run((self) => self.monitor(b));
      b.kill();
      b.kill();
      await b.stop();
      expect(await a.call.log()).toEqual([{ type: "down", monitor, ref: b, reason: "killed" }]);
      await system.stop();
    });

    test("P-4: a process that is gone already is down at once with noproc", async () => {
      const { system } = quiet();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      await b.stop();
      await a.call.run((self) => self.monitor(b));
      expect(await a.call.log()).toMatchObject([{ type: "down", reason: "noproc" }]);
      await system.stop();
    });

    test("P-4: two monitors of one process tell once each, under their own numbers", async () => {
      const { system } = quiet();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      const numbers = await a.call.run((self) => [self.monitor(b), self.monitor(b)]);
      await b.stop();
      const told = downs(await a.call.log()).map((info) => (info as { monitor: number }).monitor);
      expect(told.sort()).toEqual(numbers);
      await system.stop();
    });

    test("P-4: demonitor ends the watch, and with flush takes a queued down out", async () => {
      const { system } = quiet();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      const twice = await a.call.run((self) => {
        const monitor = self.monitor(b);
        return [self.demonitor(monitor), self.demonitor(monitor)];
      });
      expect(twice).toEqual([true, false]);
      b.kill();
      expect(await a.call.log()).toEqual([]);
      const [c, d] = [await system.start(Puppet), await system.start(Puppet)];
      await a.call.run((self) => {
        const kept = self.monitor(c);
        const flushed = self.monitor(d);
        c.kill();
        d.kill();
        self.demonitor(kept);
        self.demonitor(flushed, { flush: true });
      });
      expect(await a.call.log()).toMatchObject([{ type: "down", ref: c }]);
      await system.stop();
    });

    test("a watcher that ends is told nothing, and keeps nothing", async () => {
      const { system, clock } = quiet();
      const [a, b] = [await system.start(Puppet), await system.start(Puppet)];
      await a.call.run((self) => self.monitor(b));
      await a.stop();
      b.kill();
      await clock.settle();
      expect(clock.reported).toEqual([]);
      await system.stop();
    });

    test("what is no ref is a TypeError that names it", async () => {
      const { system } = quiet();
      const a = await system.start(Puppet);
      for (const member of ["monitor", "link", "unlink", "exit"]) {
        const error = await a.call.run((self) => thrown(() => self[member]({ id: "x" }, "mine")));
        expect(error).toEqual(
          new TypeError(`Cannot ${member} {"id":"x"}: it is not a ref or a handle`),
        );
      }
      await system.stop();
    });
  });

  describe("owned processes", () => {
    test("self.spawn belongs to its process: it ends with it, whatever the reason", async () => {
      const { system, clock } = quiet();
      for (const end of ["stop", "kill"] as const) {
        const owner = await system.start(Puppet);
        const owned = (await owner.call.run((self) => self.spawn(Puppet))) as typeof owner;
        expect(await owned.call.log()).toEqual([]);
        void owner[end]();
        await clock.settle();
        expect(owned.status).toBe("down");
      }
      await system.stop();
    });

    test("its crash is an exit signal to its owner", async () => {
      const { system, clock } = quiet();
      const owner = await system.start(Puppet);
      const owned = (await owner.call.run((self) => self.spawn(Puppet))) as typeof owner;
      await owned.stop("normal");
      expect(owner.status).toBe("live");
      const second = (await owner.call.run((self) => self.spawn(Puppet))) as typeof owner;
      second.kill();
      await clock.settle();
      expect(owner.status).toBe("down");
      await system.stop();
    });

    test("an init that fails at once is an exit signal to its owner, not a throw", async () => {
      const { system } = quiet();
      const owner = await system.start(Puppet);
      await owner.call.run((self) => {
        self.trapExit();
        const child = self.spawn(Failing);
        return child.status;
      });
      expect(await owner.call.log()).toMatchObject([
        { type: "exit", reason: { message: "no start" } },
      ]);
      await system.stop();
    });

    test("nothing can be spawned into an end that gives its resources back", async () => {
      const { system, clock } = quiet();
      const owner = await system.start(Puppet);
      let error: unknown;
      const done = latch();
      await owner.call.run((self) =>
        self.use({}, async () => {
          await Promise.resolve();
          try {
            self.spawn(Puppet);
          } catch (thrownBySpawn) {
            error = thrownBySpawn;
          }
          done.resolve();
        }),
      );
      await owner.stop();
      await done.promise;
      await clock.settle();
      expect(error).toMatchObject({ code: "process-ended" });
      expect(system.processes()).toEqual([]);
      await system.stop();
    });
  });
});
