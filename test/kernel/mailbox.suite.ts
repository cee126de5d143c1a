// The mailbox that is used alone: senders, readers, its bound and its close.
// Owns M-1 to M-3 for stand-alone mailboxes, on virtual time. Mailboxes of processes are in
// mailbox-bounds.suite.ts.

import { CallTimeout, MailboxClosed, MailboxFull, mailbox } from "../../src/index.js";
import { dispose } from "../../src/kernel/disposal.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { rejection, thrown } from "./probes.js";

export const suite = defineSuite("mailbox", ({ describe, test, expect }) => {
  async function drain<T>(box: AsyncIterable<T>): Promise<T[]> {
    const all: T[] = [];
    for await (const message of box) all.push(message);
    return all;
  }

  test("M-3: messages are read in the order sent, by for await", async () => {
    const box = mailbox<number>();
    for (let n = 0; n < 100; n++) expect(box.tryCast(n)).toBe(true);
    expect([box.size, box.capacity, box.closed]).toEqual([100, Number.POSITIVE_INFINITY, false]);
    box.close();
    expect(await drain(box)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(box.size).toBe(0);
  });

  test("M-3: a reader that waits gets the next message, and readers share what comes", async () => {
    const box = mailbox<number>();
    const [a, b] = [drain(box), drain(box)];
    for (let n = 0; n < 4; n++) await box.cast(n);
    box.close();
    expect([...(await a), ...(await b)].sort()).toEqual([0, 1, 2, 3]);
  });

  test("M-3: a reader that crashes loses the message in hand and nothing else", async () => {
    const box = mailbox<number>();
    for (let n = 0; n < 3; n++) box.tryCast(n);
    const crashing = (async () => {
      for await (const message of box) throw new Error(`crash at ${message}`);
    })();
    expect((await rejection(crashing)).message).toBe("crash at 0");
    expect(box.closed).toBe(false);
    box.close();
    expect(await drain(box)).toEqual([1, 2]);
  });

  describe("the bound", () => {
    test("M-1: block is the default: cast waits for room, in order", async () => {
      const box = mailbox<number>({ max: 1 });
      expect(await box.cast(1)).toBe(true);
      const order: number[] = [];
      const casts = [2, 3].map((n) => box.cast(n).then(() => order.push(n)));
      expect(box.size).toBe(1);
      const reader = box[Symbol.asyncIterator]();
      for (const n of [1, 2, 3]) expect(await reader.next()).toEqual({ done: false, value: n });
      await Promise.all(casts);
      expect(order).toEqual([2, 3]);
    });

    test("M-2: tryCast never waits: MailboxFull at once, with the remedy", () => {
      const box = mailbox<number>({ max: 1, name: "jobs" });
      box.tryCast(1);
      const error = thrown(() => box.tryCast(2));
      expect(error).toBeInstanceOf(MailboxFull);
      expect(error).toMatchObject({
        mailbox: "jobs",
        max: 1,
        message:
          "Cannot queue a message for jobs: its mailbox holds its limit of 1; " +
          "wait for room with cast or call, or raise mailbox.max",
      });
    });

    test("M-1: reject refuses, dropNewest drops what comes, dropOldest what waited longest", async () => {
      const reject = mailbox<number>({ max: 1, overflow: "reject" });
      await reject.cast(1);
      expect(await rejection(reject.cast(2))).toBeInstanceOf(MailboxFull);
      const newest = mailbox<number>({ max: 1, overflow: "dropNewest" });
      expect([await newest.cast(1), await newest.cast(2), newest.tryCast(3)]).toEqual([
        true,
        false,
        false,
      ]);
      const oldest = mailbox<number>({ max: 2, overflow: "dropOldest" });
      for (let n = 1; n <= 4; n++) expect(await oldest.cast(n)).toBe(true);
      for (const box of [reject, newest, oldest]) box.close();
      expect([await drain(reject), await drain(newest), await drain(oldest)]).toEqual([
        [1],
        [1],
        [3, 4],
      ]);
    });

    test("M-1: max 0 is a rendezvous: a cast resolves when a reader takes it", async () => {
      const box = mailbox<number>({ max: 0 });
      expect(() => box.tryCast(1)).toThrow(MailboxFull);
      let taken = false;
      const cast = box.cast(2).then(() => {
        taken = true;
      });
      await Promise.resolve();
      expect(taken).toBe(false);
      const reader = box[Symbol.asyncIterator]();
      expect(await reader.next()).toEqual({ done: false, value: 2 });
      await cast;
      const waits = reader.next();
      expect(box.tryCast(3)).toBe(true);
      expect(await waits).toEqual({ done: false, value: 3 });
    });
  });

  describe("calls", () => {
    interface Ask {
      readonly n: number;
      reply(value: number): void;
    }
    const ask = (n: number) => (reply: (value: number) => void) => ({ n, reply });

    test("M-2: a call resolves with what the reader replies; a second reply is a no-op", async () => {
      const box = mailbox<Ask>();
      const calls = [1, 2].map((n) => box.call(ask(n)));
      const reader = box[Symbol.asyncIterator]();
      for (let n = 0; n < 2; n++) {
        const { value } = await reader.next();
        value?.reply(value.n * 10);
        value?.reply(99);
      }
      expect(await Promise.all(calls)).toEqual([10, 20]);
    });

    test("M-2: tryCall rejects with MailboxFull where call waits for room", async () => {
      const box = mailbox<Ask>({ max: 1 });
      const first = box.call(ask(1));
      expect(await rejection(box.tryCall(ask(2)))).toBeInstanceOf(MailboxFull);
      const third = box.call(ask(3));
      const reader = box[Symbol.asyncIterator]();
      for (let n = 0; n < 2; n++) {
        const { value } = await reader.next();
        value?.reply(value.n);
      }
      expect(await Promise.all([first, third])).toEqual([1, 3]);
    });

    test("M-1: a call that dropOldest drops rejects with MailboxFull", async () => {
      const box = mailbox<Ask>({ max: 1, overflow: "dropOldest" });
      const first = rejection(box.call(ask(1)));
      void box.call(ask(2));
      expect(await first).toBeInstanceOf(MailboxFull);
      expect(box.size).toBe(1);
    });
  });

  describe("giving up", () => {
    test("M-2: an aborted sender takes its message out, and leaves its room", async () => {
      const box = mailbox<unknown>({ max: 1 });
      const why = new Error("gave up");
      const queued = new AbortController();
      const call = rejection(box.call(() => "a", { signal: queued.signal }));
      const blocked = new AbortController();
      const cast = rejection(box.cast("b", { signal: blocked.signal }));
      const next = box.cast("c");
      blocked.abort(why);
      queued.abort(why);
      expect(await call).toBe(why);
      expect(await cast).toBe(why);
      await next;
      expect(box.size).toBe(1);
      box.close();
      expect(await drain(box)).toEqual(["c"]);
    });

    test("M-2: a signal that is aborted already queues nothing", async () => {
      const box = mailbox<number>();
      const signal = AbortSignal.abort(new Error("never"));
      expect((await rejection(box.cast(1, { signal }))).message).toBe("never");
      expect((await rejection(box.call(() => 1, { signal }))).message).toBe("never");
      expect(box.size).toBe(0);
    });

    test("M-2: timeoutMs runs on the platform's clock and leaves no timer", async () => {
      const { platform, clock } = virtualPlatform();
      const box = mailbox<unknown>({ max: 1, platform });
      const call = rejection(box.call(() => "a", { timeoutMs: 20 }));
      const cast = rejection(box.cast("b", { timeoutMs: 10 }));
      await clock.advance(10);
      expect(await cast).toMatchObject({
        code: "call-timeout",
        message: "Cannot call mailbox.cast within 10 ms: there was no room",
      });
      await clock.advance(10);
      expect(await call).toBeInstanceOf(CallTimeout);
      expect([box.size, clock.timers]).toEqual([0, 0]);
      await box.cast("c", { timeoutMs: 10 });
      const last = box.cast("d", { timeoutMs: 1_000 });
      expect(clock.timers).toBe(1);
      await box[Symbol.asyncIterator]().next();
      await last;
      expect(clock.timers).toBe(0);
    });

    test("timeoutMs without a clock is a TypeError that names the remedy", () => {
      const box = mailbox<number>();
      expect(() => box.cast(1, { timeoutMs: 50 })).toThrow(
        new TypeError(
          "timeoutMs is 50, and mailbox has no clock: make it with { platform }, or pass a signal " +
            "such as AbortSignal.timeout(50)",
        ),
      );
    });
  });

  describe("the close", () => {
    test("M-2: it is idempotent; what is queued still drains, then the iterator ends", async () => {
      const box = mailbox<number>({ max: 2 });
      box.tryCast(1);
      const blocked = rejection(Promise.all([box.cast(2), box.cast(3)]));
      box.close();
      box.close();
      expect(await blocked).toBeInstanceOf(MailboxClosed);
      expect(box.closed).toBe(true);
      expect(await drain(box)).toEqual([1, 2]);
      expect(await drain(box)).toEqual([]);
    });

    test("M-2: every way of sending to a closed mailbox is MailboxClosed", async () => {
      const box = mailbox<number>();
      box[dispose]();
      expect(() => box.tryCast(1)).toThrow(MailboxClosed);
      for (const send of [box.cast(1), box.call(() => 1), box.tryCall(() => 1)]) {
        expect(await rejection(send)).toBeInstanceOf(MailboxClosed);
      }
    });

    test("M-3: a reader that waits is told of the end", async () => {
      const box = mailbox<number>();
      const reading = drain(box);
      box.close();
      expect(await reading).toEqual([]);
    });
  });

  test("a bound or a policy that is none is refused", () => {
    for (const max of [-1, 1.5, Number.NaN]) {
      expect(() => mailbox({ max })).toThrow(RangeError);
    }
    expect(() => mailbox({ overflow: "explode" as "block" })).toThrow(TypeError);
    expect(() => mailbox().call("make" as never)).toThrow(TypeError);
  });
});
