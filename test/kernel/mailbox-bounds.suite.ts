// What a bounded mailbox of a process does at its bound, for casts, calls and offers.
// Owns M-1 and M-2 for processes, on virtual time. The mailbox that is used alone is
// mailbox.suite.ts.

import {
  genServer,
  MailboxFull,
  type MailboxOptions,
  type Server,
  type SystemEvent,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { type Latch, latch, rejection, thrown } from "./probes.js";

interface Api {
  call: { hold(gate: Latch): void; add(n: number): void; all(): number[] };
  cast: { add(n: number): void };
}

const bounded = (mailbox?: MailboxOptions): Server<[], Api> =>
  genServer({
    id: "bounded",
    init: (): number[] => [],
    call: {
      hold: (_self, gate: Latch) => gate.promise,
      add: (self, n: number) => void self.state.push(n),
      all: (self) => [...self.state],
    },
    cast: { add: (self, n: number) => void self.state.push(n) },
    info: (self, message) => {
      if (message.type === "message") self.state.push(message.message as number);
    },
    ...(mailbox === undefined ? {} : { mailbox }),
  });

export const suite = defineSuite("mailbox bounds", ({ describe, test, expect }) => {
  /** A server that is busy until `gate` opens, with nothing queued. */
  async function busy(mailbox?: MailboxOptions) {
    const made = testSystem();
    const server = await made.system.start(bounded(mailbox));
    const gate = latch();
    const held = server.call.hold(gate).catch(() => {});
    await made.clock.settle();
    const open = async () => {
      gate.resolve();
      await held;
    };
    return { ...made, server, open };
  }

  test("M-1: without a bound everything is queued", async () => {
    const { system, server, open } = await busy();
    for (let n = 0; n < 10_000; n++) expect(server.cast.add(n)).toBe(true);
    await open();
    expect(await server.call.all()).toHaveLength(10_000);
    await system.stop();
  });

  describe("reject", () => {
    test("M-1: a cast over the bound gives false, a call rejects MailboxFull, nothing is lost", async () => {
      const { system, server, open } = await busy({ max: 2 });
      expect([server.cast.add(1), server.cast.add(2), server.cast.add(3)]).toEqual([
        true,
        true,
        false,
      ]);
      const error = await rejection(server.call.add(4));
      expect(error).toBeInstanceOf(MailboxFull);
      expect(error).toMatchObject({
        code: "mailbox-full",
        mailbox: "bounded#2",
        max: 2,
        message:
          "Cannot queue a message for bounded#2: its mailbox holds its limit of 2; " +
          "wait for room with offer, or raise mailbox.max",
      });
      await open();
      expect(await server.call.all()).toEqual([1, 2]);
      await system.stop();
    });

    test("M-1: calls count as casts do; plain messages, timers and stops never do", async () => {
      const { system, server, open } = await busy({ max: 1 });
      const call = server.call.add(1);
      expect(server.cast.add(2)).toBe(false);
      for (let n = 10; n < 20; n++) expect(server.send(n)).toBe(true);
      const stopped = server.stop();
      await open();
      await call;
      await stopped;
      await system.stop();
    });

    test("C-3: a queued call that was given up leaves its room to others", async () => {
      const { system, server, open } = await busy({ max: 1 });
      const controller = new AbortController();
      const call = rejection(server.with({ signal: controller.signal }).call.add(1));
      expect(server.cast.add(2)).toBe(false);
      controller.abort(new Error("gave up"));
      await call;
      expect(server.cast.add(3)).toBe(true);
      expect(server.cast.add(4)).toBe(false);
      await open();
      expect(await server.call.all()).toEqual([3]);
      await system.stop();
    });
  });

  test("M-1: dropNewest drops what comes and says so", async () => {
    const { system, server, open } = await busy({ max: 1, overflow: "dropNewest" });
    const dropped: SystemEvent[] = [];
    system.observe((event) => {
      if (event.type === "dropped") dropped.push(event);
    });
    expect([server.cast.add(1), server.cast.add(2)]).toEqual([true, false]);
    expect(await rejection(server.call.add(3))).toBeInstanceOf(MailboxFull);
    await open();
    expect(await server.call.all()).toEqual([1]);
    expect(dropped).toMatchObject([{ handler: "add" }, { handler: "add" }]);
    await system.stop();
  });

  describe("dropOldest", () => {
    test("M-1: the message that waited longest goes, and a dropped call rejects MailboxFull", async () => {
      const { system, server, open } = await busy({ max: 2, overflow: "dropOldest" });
      const dropped: SystemEvent[] = [];
      system.observe((event) => {
        if (event.type === "dropped") dropped.push(event);
      });
      const call = rejection(server.call.add(1));
      expect([2, 3, 4].map((n) => server.cast.add(n))).toEqual([true, true, true]);
      expect(await call).toBeInstanceOf(MailboxFull);
      await open();
      expect(await server.call.all()).toEqual([3, 4]);
      expect(dropped).toHaveLength(2);
      await system.stop();
    });

    test("M-1: what the bound does not count is never dropped for it", async () => {
      const { system, server, open } = await busy({ max: 1, overflow: "dropOldest" });
      server.send(100);
      server.cast.add(1);
      server.send(200);
      for (let n = 2; n < 50; n++) server.cast.add(n);
      await open();
      expect(await server.call.all()).toEqual([100, 200, 49]);
      await system.stop();
    });

    test("a dropped call whose caller has given up long ago costs nobody a message", async () => {
      const { system, server, open } = await busy({ max: 2, overflow: "dropOldest" });
      const controller = new AbortController();
      const call = rejection(server.with({ signal: controller.signal }).call.add(1));
      server.cast.add(2);
      controller.abort(new Error("gave up"));
      await call;
      server.cast.add(3);
      server.cast.add(4);
      await open();
      expect(await server.call.all()).toEqual([3, 4]);
      await system.stop();
    });
  });

  describe("block", () => {
    test("M-1: calls wait for room in their order; casts never wait", async () => {
      const { system, server, open } = await busy({ max: 1, overflow: "block" });
      expect(server.cast.add(1)).toBe(true);
      const calls = [server.call.add(2), server.call.add(3)];
      expect(server.cast.add(9)).toBe(false);
      await open();
      await Promise.all(calls);
      expect(await server.call.all()).toEqual([1, 2, 3]);
      await system.stop();
    });

    test("M-1: a call that waits for room does so within its timeout, and is then never handled", async () => {
      const { system, server, open, clock } = await busy({ max: 1, overflow: "block" });
      server.cast.add(1);
      const late = rejection(server.with({ timeoutMs: 10 }).call.add(2));
      const next = server.call.add(3);
      await clock.advance(10);
      expect(await late).toMatchObject({ code: "call-timeout" });
      await open();
      await next;
      expect(await server.call.all()).toEqual([1, 3]);
      await system.stop();
    });

    test("C-5: those who wait for room reject when the process ends", async () => {
      const { system, server } = await busy({ max: 1, overflow: "block" });
      server.cast.add(1);
      const call = rejection(server.call.add(2));
      const offer = rejection(server.offer.add(3));
      server.kill();
      expect(await call).toMatchObject({ reason: "killed" });
      expect(await offer).toMatchObject({ reason: "killed" });
      await system.stop();
    });
  });

  describe("offer", () => {
    test("M-2: it resolves once the message is queued, in order, and nobody overtakes", async () => {
      const { system, server, open, clock } = await busy({ max: 1 });
      const order: number[] = [];
      await server.offer.add(1);
      const offers = [2, 3, 4].map((n) => server.offer.add(n).then(() => order.push(n)));
      await clock.settle();
      expect(order).toEqual([]);
      expect(server.cast.add(9)).toBe(false);
      await open();
      await Promise.all(offers);
      expect(order).toEqual([2, 3, 4]);
      expect(await server.call.all()).toEqual([1, 2, 3, 4]);
      await system.stop();
    });

    test("M-2: it gives up with its signal or its timeout, and then nothing is queued", async () => {
      const { system, server, open, clock } = await busy({ max: 1 });
      await server.offer.add(1);
      const controller = new AbortController();
      const why = new Error("gave up");
      const aborted = rejection(server.with({ signal: controller.signal }).offer.add(2));
      const late = rejection(server.with({ timeoutMs: 10 }).offer.add(3));
      controller.abort(why);
      expect(await aborted).toBe(why);
      await clock.advance(10);
      expect(await late).toMatchObject({ code: "call-timeout" });
      expect(await rejection(server.with({ signal: controller.signal }).offer.add(4))).toBe(why);
      await open();
      expect(await server.call.all()).toEqual([1]);
      await system.stop();
    });

    test("M-2: to a process that is gone it rejects noproc", async () => {
      const { system } = testSystem();
      const server = await system.start(bounded({ max: 1 }));
      await server.stop();
      expect(await rejection(server.offer.add(1))).toMatchObject({ reason: "noproc" });
      await system.stop();
    });
  });

  describe("max 0", () => {
    test("M-1: a message is taken only when the process is idle", async () => {
      const { system, server, open, clock } = await busy({ max: 0 });
      expect(server.cast.add(1)).toBe(false);
      expect(await rejection(server.call.add(2))).toBeInstanceOf(MailboxFull);
      await open();
      await clock.settle();
      expect([server.cast.add(3), server.cast.add(4)]).toEqual([true, false]);
      await clock.settle();
      expect(await server.call.all()).toEqual([3]);
      await system.stop();
    });

    test("M-1: with block it is a rendezvous: each sender waits for its turn", async () => {
      const { system, server, open } = await busy({ max: 0, overflow: "block" });
      const calls = [1, 2, 3].map((n) => server.call.add(n));
      const offer = server.offer.add(4);
      await open();
      await Promise.all([...calls, offer]);
      expect(await server.call.all()).toEqual([1, 2, 3, 4]);
      await system.stop();
    });
  });

  test("a bound that is none is refused with the remedy", () => {
    expect(thrown(() => bounded({ max: -1 }))).toEqual(
      new RangeError(
        "mailbox.max of bounded is -1: it must be a whole number, 0 or more; " +
          "leave mailbox out for no bound",
      ),
    );
    for (const max of [1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(thrown(() => bounded({ max }))).toBeInstanceOf(RangeError);
    }
    expect(thrown(() => bounded({ max: 1, overflow: "explode" as "reject" }))).toEqual(
      new TypeError(
        'mailbox.overflow of bounded is "explode": it must be one of "reject", "dropNewest", ' +
          '"dropOldest", "block"',
      ),
    );
  });
});
