// WS-4: what an outbox promises about bounds, policies, time to live, order and the end of each
// message. The time is a number that the tests pass in.
import { OutboxFull, SocketClosed } from "../../../src/adapters/websocket/errors.js";
import {
  createOutbox,
  type Outbox,
  type OutboxOptions,
  type OutboxPolicy,
} from "../../../src/adapters/websocket/outbox.js";
import type { OutboxEntry } from "../../../src/adapters/websocket/outbox-entry.js";
import { ActorError } from "../../../src/kernel/errors.js";
import { defineSuite } from "../../harness/suite.js";

/** An outbox with a log of what its senders were told. */
function setUp(options: OutboxOptions = {}) {
  const outbox = createOutbox(options);
  const log: string[] = [];
  const push = (data: string, at: { nowMs?: number; ttlMs?: number } = {}): OutboxEntry =>
    outbox.push(data, {
      nowMs: 0,
      ...at,
      onSettled: (outcome) =>
        log.push(`${data} ${outcome.status === "dropped" ? outcome.reason : outcome.status}`),
      onQueued: () => log.push(`${data} queued`),
    });
  return { outbox, log, push };
}

/** Sends all that waits; a socket that fails at the n-th message throws like `send` does. */
function drain(outbox: Outbox, failAt = Infinity): string[] {
  const sent: string[] = [];
  for (let entry = outbox.peek(0); entry !== undefined; entry = outbox.peek(0)) {
    if (sent.length === failAt) throw new Error("the socket failed");
    sent.push(String(entry.data));
    outbox.commit(entry);
  }
  return sent;
}

export const suite = defineSuite("websocket outbox", ({ describe, test, expect }) => {
  describe("order and hand-over", () => {
    test("WS-4: messages leave in the order they came, and settle as sent", () => {
      const { outbox, log, push } = setUp();
      for (const data of ["a", "b", "c"]) push(data);
      expect(drain(outbox)).toEqual(["a", "b", "c"]);
      expect(log).toEqual(["a queued", "b queued", "c queued", "a sent", "b sent", "c sent"]);
      expect([outbox.count, outbox.bytes]).toEqual([0, 0]);
    });

    test("WS-4: nothing is dequeued before the socket accepted it", () => {
      const { outbox, log, push } = setUp();
      for (const data of ["a", "b", "c"]) push(data);
      expect(() => drain(outbox, 1)).toThrow("the socket failed");
      expect([outbox.count, outbox.peek(0)?.data]).toEqual([2, "b"]);
      expect(log.at(-1)).toBe("a sent");
      // The next socket gets the message that was in hand.
      expect(drain(outbox)).toEqual(["b", "c"]);
    });

    test("WS-4: peek gives the same message until it is committed", () => {
      const { outbox, push } = setUp();
      push("a");
      const entry = outbox.peek(0);
      expect(outbox.peek(0)).toBe(entry);
      expect(entry && outbox.commit(entry)).toBe(true);
      expect(entry && outbox.commit(entry)).toBe(false);
      expect(entry?.state).toBe("sent");
      expect(outbox.peek(0)).toBeUndefined();
    });

    test("WS-4: only the next message can be committed", () => {
      const { outbox, push } = setUp();
      push("a");
      expect(outbox.commit(push("b"))).toBe(false);
      expect(outbox.count).toBe(2);
    });

    test("WS-4: a message that was dropped while in hand is not sent a second way", () => {
      const { outbox, log, push } = setUp({ maxCount: 1, policy: "dropOldest" });
      const inHand = push("a");
      push("b");
      expect(outbox.commit(inHand)).toBe(false);
      expect(log).toEqual(["a queued", "a full", "b queued"]);
    });

    test("WS-4: a message may be binary, and is not copied", () => {
      const { outbox } = setUp();
      const data = new Uint8Array([1, 2, 3]);
      outbox.push(data, { nowMs: 0 });
      expect([outbox.peek(0)?.data, outbox.bytes]).toEqual([data, 3]);
      expect(outbox.peek(0)?.data).toBe(data);
    });
  });

  describe("bounds", () => {
    test("WS-4: the count bounds", () => {
      const { outbox, push } = setUp({ maxCount: 2 });
      push("a");
      push("b");
      expect(() => push("c")).toThrow(OutboxFull);
      expect(outbox.count).toBe(2);
    });

    test("WS-4: the bytes bound, up to the last one", () => {
      const { outbox, push } = setUp({ maxBytes: 6 });
      push("aaa");
      push("€");
      expect(outbox.bytes).toBe(6);
      expect(() => push("b")).toThrow(OutboxFull);
      push("");
      expect(outbox.count).toBe(3);
    });

    test("WS-4: a message larger than maxBytes is refused at once under every policy", () => {
      for (const policy of ["reject", "dropOldest", "dropNewest", "block"] as const) {
        const { outbox, log, push } = setUp({ maxBytes: 4, policy });
        push("a");
        expect(() => push("bbbbb")).toThrow(
          new RangeError(
            "The message has 5 bytes: it must have at most maxBytes, which is 4; " +
              "send it in parts, or raise maxBytes",
          ),
        );
        expect([outbox.count, outbox.waiting, log]).toEqual([1, 0, ["a queued"]]);
      }
    });

    test("WS-4: the defaults are 1,000 messages and 4 MiB", () => {
      const { outbox, push } = setUp();
      for (let index = 0; index < 1_000; index++) push("x");
      expect(() => push("x")).toThrow(OutboxFull);
      drain(outbox);
      push("x".repeat(4_194_304));
      expect(() => push("x")).toThrow(OutboxFull);
    });

    test("WS-4: bounds may be Infinity", () => {
      const { outbox, push } = setUp({ maxCount: Infinity, maxBytes: Infinity });
      for (let index = 0; index < 2_000; index++) push("x");
      expect(outbox.count).toBe(2_000);
    });
  });

  describe("policies", () => {
    test("WS-4: reject throws a typed error with the numbers and the remedy, and queues nothing", () => {
      const { outbox, log, push } = setUp({ maxCount: 1, maxBytes: 100 });
      push("abc");
      let caught: unknown;
      try {
        push("de");
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(ActorError);
      expect(caught).toMatchObject({
        name: "OutboxFull",
        code: "outbox-full",
        count: 1,
        maxCount: 1,
        bytes: 3,
        maxBytes: 100,
        messageBytes: 2,
      });
      expect((caught as Error).message).toContain("1 of 1 messages and 3 of 100 bytes");
      expect([outbox.count, log]).toEqual([1, ["abc queued"]]);
    });

    test("WS-4: dropOldest drops as many of the oldest as the new one needs", () => {
      const { outbox, log, push } = setUp({ maxBytes: 6, policy: "dropOldest" });
      for (const data of ["aa", "bb", "cc", "dddd"]) push(data);
      expect(log.slice(3)).toEqual(["aa full", "bb full", "dddd queued"]);
      expect(drain(outbox)).toEqual(["cc", "dddd"]);
    });

    test("WS-4: dropNewest drops the new one and keeps the rest", () => {
      const { outbox, log, push } = setUp({ maxCount: 2, policy: "dropNewest" });
      push("a");
      push("b");
      const entry = push("c");
      expect(entry.state).toBe("dropped");
      expect(log).toEqual(["a queued", "b queued", "c full"]);
      expect(drain(outbox)).toEqual(["a", "b"]);
    });

    test("WS-4: block lets a sender wait, and queues it once there is room", () => {
      const { outbox, log, push } = setUp({ maxCount: 1, policy: "block" });
      push("a");
      const entry = push("b");
      expect([entry.state, outbox.count, outbox.waiting]).toEqual(["waiting", 1, 1]);
      expect(log).toEqual(["a queued"]);
      expect(drain(outbox)).toEqual(["a", "b"]);
      expect(log).toEqual(["a queued", "a sent", "b queued", "b sent"]);
      expect(outbox.waiting).toBe(0);
    });

    test("WS-4: block is fair: a small message does not overtake a large one that waits", () => {
      const { outbox, push } = setUp({ maxBytes: 4, policy: "block" });
      push("aaa");
      push("bbb");
      expect(push("c").state).toBe("waiting");
      expect(outbox.waiting).toBe(2);
      expect(drain(outbox)).toEqual(["aaa", "bbb", "c"]);
    });

    test("WS-4: block holds the bounds whatever waits", () => {
      const { outbox, push } = setUp({ maxCount: 3, policy: "block" });
      for (let index = 0; index < 50; index++) push(String(index));
      let most = 0;
      for (let entry = outbox.peek(0); entry !== undefined; entry = outbox.peek(0)) {
        most = Math.max(most, outbox.count);
        outbox.commit(entry);
      }
      expect(most).toBe(3);
    });
  });

  describe("time to live", () => {
    test("WS-4: a message expires at the end of its time, and not before", () => {
      const { outbox, log, push } = setUp({ ttlMs: 100 });
      push("a", { nowMs: 1_000 });
      expect(outbox.nextExpiryMs).toBe(1_100);
      expect([outbox.expire(1_099), outbox.peek(1_099)?.data]).toEqual([0, "a"]);
      expect([outbox.expire(1_100), outbox.count]).toEqual([1, 0]);
      expect(log).toEqual(["a queued", "a expired"]);
      expect(outbox.nextExpiryMs).toBe(Infinity);
    });

    test("WS-4: each message may have its own", () => {
      const { outbox, push } = setUp({ ttlMs: 100 });
      push("a", { ttlMs: Infinity });
      push("b", { ttlMs: 10 });
      push("c");
      expect(outbox.nextExpiryMs).toBe(10);
      expect(outbox.expire(50)).toBe(1);
      expect(outbox.nextExpiryMs).toBe(100);
      expect(outbox.expire(1_000_000)).toBe(1);
      expect(drain(outbox)).toEqual(["a"]);
    });

    test("WS-4: peek never gives an expired message", () => {
      const { outbox, log, push } = setUp();
      push("a", { ttlMs: 10 });
      push("b");
      expect(outbox.peek(10)?.data).toBe("b");
      expect(log).toContain("a expired");
    });

    test("WS-4: expired messages make room for the next, under every policy", () => {
      for (const policy of ["reject", "dropOldest", "dropNewest", "block"] as const) {
        const { outbox, log, push } = setUp({ maxCount: 1, policy });
        push("a", { ttlMs: 10 });
        push("b", { nowMs: 10 });
        expect([policy, ...log]).toEqual([policy, "a queued", "a expired", "b queued"]);
        expect(outbox.count).toBe(1);
      }
    });

    test("WS-4: a message that waits for room expires too", () => {
      const { outbox, log, push } = setUp({ maxCount: 1, policy: "block" });
      push("a");
      push("b", { ttlMs: 10 });
      push("c");
      expect(outbox.expire(10)).toBe(1);
      expect(log).toEqual(["a queued", "b expired"]);
      expect(drain(outbox)).toEqual(["a", "c"]);
    });

    test("WS-4: an expiry in the middle admits those that wait", () => {
      const { outbox, log, push } = setUp({ maxCount: 2, policy: "block" });
      push("a");
      push("b", { ttlMs: 10 });
      push("c");
      outbox.expire(10);
      expect(log).toEqual(["a queued", "b queued", "b expired", "c queued"]);
      expect(outbox.count).toBe(2);
    });

    test("WS-4: nextExpiryMs is never later than an expiry", () => {
      const { outbox, push } = setUp({ maxCount: 4, policy: "dropOldest" });
      let state = 7;
      for (let nowMs = 0; nowMs < 2_000; nowMs++) {
        state = (state * 48_271) % 2_147_483_647;
        if (state % 3 === 0) push("x", { nowMs, ttlMs: 1 + (state % 17) });
        const dueMs = outbox.nextExpiryMs;
        const expired = outbox.expire(nowMs);
        if (expired > 0) expect(dueMs).toBeLessThanOrEqual(nowMs);
      }
      expect(outbox.expire(10_000) + outbox.count).toBeGreaterThanOrEqual(0);
      expect(outbox.count).toBe(0);
    });
  });

  describe("taking back and closing", () => {
    test("WS-4: a sender can take its message back from any place", () => {
      const { outbox, log, push } = setUp({ maxCount: 3, policy: "block" });
      const entries = ["a", "b", "c", "d", "e"].map((data) => push(data));
      const [, b, , , e] = entries;
      expect(b && outbox.cancel(b)).toBe(true);
      expect(e && outbox.cancel(e)).toBe(true);
      expect(b && outbox.cancel(b)).toBe(false);
      expect(log.slice(3)).toEqual(["b cancelled", "d queued", "e cancelled"]);
      expect(drain(outbox)).toEqual(["a", "c", "d"]);
    });

    test("WS-4: a message of another outbox is not touched", () => {
      const { outbox, push } = setUp();
      const other = setUp();
      push("a");
      const foreign = other.push("b");
      expect([outbox.cancel(foreign), outbox.commit(foreign)]).toEqual([false, false]);
      expect([outbox.count, other.outbox.count]).toEqual([1, 1]);
    });

    test("WS-4: close settles every message, those that wait too, and takes no more", () => {
      const { outbox, log, push } = setUp({ maxCount: 1, policy: "block", ttlMs: 50 });
      push("a");
      push("b");
      outbox.close();
      outbox.close();
      expect(push("c").state).toBe("dropped");
      expect(log).toEqual(["a queued", "a closed", "b closed", "c closed"]);
      expect([outbox.count, outbox.bytes, outbox.waiting]).toEqual([0, 0, 0]);
      expect([outbox.nextExpiryMs, outbox.peek(0)]).toEqual([Infinity, undefined]);
    });

    test("WS-4: every message settles exactly once, whatever happens", () => {
      for (const policy of ["reject", "dropOldest", "dropNewest", "block"] as const) {
        const counts = settleCounts(policy);
        expect([policy, counts.length > 400, new Set(counts)]).toEqual([
          policy,
          true,
          new Set([1]),
        ]);
      }
    });

    function settleCounts(policy: OutboxPolicy): number[] {
      const outbox = createOutbox({ maxCount: 5, maxBytes: 20, policy });
      const counts: number[] = [];
      const entries: OutboxEntry[] = [];
      let state = 11;
      for (let nowMs = 0; nowMs < 2_000; nowMs++) {
        state = (state * 48_271) % 2_147_483_647;
        const next = outbox.peek(nowMs);
        const any = entries[state % Math.max(1, entries.length)];
        if (state % 4 === 0 && next !== undefined) outbox.commit(next);
        if (state % 7 === 0 && any !== undefined) outbox.cancel(any);
        if (state % 2 === 0) {
          const index = counts.length;
          counts.push(0);
          const onSettled = () => {
            counts[index] = (counts[index] ?? 0) + 1;
          };
          const data = "x".repeat(state % 9);
          try {
            entries.push(outbox.push(data, { nowMs, ttlMs: 1 + (state % 30), onSettled }));
          } catch {
            counts.pop();
          }
        }
        expect(outbox.count <= 5 && outbox.bytes <= 20).toBe(true);
      }
      outbox.close();
      return counts;
    }
  });

  describe("callbacks", () => {
    test("WS-4: a sender may push again when it is told", () => {
      const { outbox, log, push } = setUp({ maxCount: 1 });
      const first = outbox.push("a", { nowMs: 0, onSettled: () => push("b") });
      expect(outbox.commit(first)).toBe(true);
      expect(log).toEqual(["b queued"]);
      expect(drain(outbox)).toEqual(["b"]);
    });

    test("WS-4: a callback that throws keeps no other sender from being told", () => {
      const { outbox, log, push } = setUp();
      const failure = new Error("in a callback");
      outbox.push("a", {
        nowMs: 0,
        onSettled: () => {
          throw failure;
        },
      });
      push("b");
      expect(() => outbox.close()).toThrow(failure);
      expect(log).toEqual(["b queued", "b closed"]);
      expect(outbox.count).toBe(0);
    });

    test("WS-4: a message taken back by another's callback is not announced as queued", () => {
      const { outbox, log, push } = setUp({ maxCount: 1, policy: "block" });
      const first = outbox.push("a", {
        nowMs: 0,
        onSettled: () => outbox.cancel(waiting),
      });
      const waiting = push("b");
      outbox.commit(first);
      expect(log).toEqual(["b cancelled"]);
    });
  });

  describe("wrong arguments", () => {
    test("options out of range are RangeErrors", () => {
      const wrong: OutboxOptions[] = [
        { maxCount: 0 },
        { maxCount: 1.5 },
        { maxBytes: 0 },
        { maxBytes: Number.NaN },
        { ttlMs: 0 },
        { ttlMs: -1 },
        { policy: "drop" as OutboxPolicy },
      ];
      for (const options of wrong) expect(() => createOutbox(options)).toThrow(RangeError);
    });

    test("a time that is none is a RangeError, and nothing is queued", () => {
      const { outbox, push } = setUp();
      expect(() => push("a", { nowMs: Number.NaN })).toThrow(RangeError);
      expect(() => push("a", { ttlMs: 0 })).toThrow(RangeError);
      expect(outbox.count).toBe(0);
    });

    test("a message that no socket can send is a TypeError, and nothing is queued", () => {
      const { outbox } = setUp();
      expect(() => outbox.push({} as unknown as string, { nowMs: 0 })).toThrow(TypeError);
      expect(outbox.count).toBe(0);
    });
  });

  test("SocketClosed is typed and tells the code, the reason and the URL", () => {
    const cause = new Error("reset");
    const error = new SocketClosed({
      closeCode: 4401,
      reason: "token expired",
      wasClean: true,
      url: "wss://example.test/",
      cause,
    });
    expect(error).toBeInstanceOf(ActorError);
    expect(error).toMatchObject({
      name: "SocketClosed",
      code: "socket-closed",
      closeCode: 4401,
      reason: "token expired",
      wasClean: true,
      cause,
    });
    expect(error.message).toBe(
      "Cannot use the WebSocket wss://example.test/: it closed with code 4401 (token expired)",
    );
    expect(new SocketClosed({ closeCode: 1006 })).toMatchObject({ reason: "", wasClean: false });
  });
});
