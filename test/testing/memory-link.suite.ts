// The wire that clients and slaves are tested on.

import type { ByteDuplex } from "../../src/adapters/byte-link/byte-duplex.js";
import { classifyLinkError } from "../../src/adapters/byte-link/classify.js";
import { memoryDuplexPair, memoryLink } from "../../src/testing/memory-link.js";
import { bytes, rejectionOf, settle, stateOf } from "../adapters/byte-link/link-probes.js";
import { defineSuite } from "../harness/suite.js";

/** Reads chunks until the link ends or nothing more comes. */
function readChunks(duplex: ByteDuplex): { chunks: number[][]; error: unknown; done: boolean } {
  const seen = { chunks: [] as number[][], error: undefined as unknown, done: false };
  const reader = duplex.readable.getReader();
  const readOn = async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      seen.chunks.push([...value]);
    }
    seen.done = true;
  };
  readOn().catch((error) => {
    seen.error = error;
  });
  return seen;
}

const signal = () => new AbortController().signal;

export const suite = defineSuite("testing memory-link", ({ describe, test, expect }) => {
  describe("a pair", () => {
    test("carries bytes both ways, as copies", async () => {
      const { near, far } = memoryDuplexPair({ baudRate: 9_600 });
      const atFar = readChunks(far);
      const atNear = readChunks(near);
      const sent = bytes(1, 2);
      await near.writable.getWriter().write(sent);
      sent[0] = 9;
      await far.writable.getWriter().write(bytes(3));
      await settle();
      expect([atFar.chunks, atNear.chunks]).toEqual([[[1, 2]], [[3]]]);
      expect([near.baudRate, far.baudRate]).toEqual([9_600, 9_600]);
    });

    test("splits chunks byte by byte", async () => {
      const { near, far } = memoryDuplexPair({ maxChunkBytes: 1 });
      const atFar = readChunks(far);
      await near.writable.getWriter().write(bytes(1, 2, 3));
      await settle();
      expect(atFar.chunks).toEqual([[1], [2], [3]]);
    });

    test("splits chunks at random, the same way for the same seed", async () => {
      const split = async (seed: number) => {
        const { near, far } = memoryDuplexPair({ maxChunkBytes: 5, seed });
        const atFar = readChunks(far);
        await near.writable.getWriter().write(Uint8Array.from({ length: 100 }, (_, at) => at));
        await settle();
        expect(atFar.chunks.flat()).toEqual(Array.from({ length: 100 }, (_, at) => at));
        return atFar.chunks.map((chunk) => chunk.length);
      };
      const lengths = await split(7);
      expect(lengths).toEqual(await split(7));
      expect(lengths).not.toEqual(await split(8));
      expect([...new Set(lengths)].sort()).toEqual([1, 2, 3, 4, 5]);
    });

    test("closing one end ends the other, with all that was sent before", async () => {
      const { near, far } = memoryDuplexPair();
      const atFar = readChunks(far);
      await near.writable.getWriter().write(bytes(1));
      await near.close("done");
      await near.close("twice");
      await settle();
      expect(atFar).toEqual({ chunks: [[1]], error: undefined, done: true });
      expect(await near.closed).toBe("done");
      expect(await far.closed).toBeUndefined();
      expect(await rejectionOf(far.writable.getWriter().write(bytes(2)))).toBeInstanceOf(
        DOMException,
      );
    });

    test("a cut fails both ends as a lost device does", async () => {
      const { near, far, cut } = memoryDuplexPair();
      const atNear = readChunks(near);
      const atFar = readChunks(far);
      cut();
      cut();
      await settle();
      expect(atNear.error).toMatchObject({ name: "NetworkError" });
      expect(atFar.error).toMatchObject({ name: "NetworkError" });
      expect(classifyLinkError(await near.closed).disposition).toBe("retry");
      await near.close();
    });

    test("a silent wire swallows bytes without a sign", async () => {
      const pair = memoryDuplexPair();
      const atFar = readChunks(pair.far);
      const writer = pair.near.writable.getWriter();
      pair.silent = true;
      await writer.write(bytes(1));
      pair.silent = false;
      await writer.write(bytes(2));
      await settle();
      expect(atFar.chunks).toEqual([[2]]);
      expect(await stateOf(pair.near.closed as Promise<unknown>)).toBe("pending");
    });

    test("a chunk length below 1 is refused", () => {
      expect(() => memoryDuplexPair({ maxChunkBytes: 0 })).toThrow(RangeError);
      expect(() => memoryLink({ maxChunkBytes: 1.5 })).toThrow(RangeError);
    });
  });

  describe("a link", () => {
    test("hands the far end of each connection to who accepts, also later", async () => {
      const link = memoryLink();
      const fars: ByteDuplex[] = [];
      const first = await link.connect({ signal: signal() });
      const stop = link.accept((far) => fars.push(far));
      expect(fars).toHaveLength(1);
      await link.connect({ signal: signal() });
      expect(fars).toHaveLength(2);
      stop();
      await link.connect({ signal: signal() });
      expect(fars).toHaveLength(2);
      expect(link).toMatchObject({ connections: 3, attempts: 3, open: 3 });
      await first.close();
      await settle();
      expect(link.open).toBe(2);
    });

    test("after a cut the next attempt succeeds", async () => {
      const link = memoryLink();
      const near = await link.connect({ signal: signal() });
      link.cut();
      expect(await near.closed).toMatchObject({ name: "NetworkError" });
      expect(link.open).toBe(0);
      await link.connect({ signal: signal() });
      expect(link.connections).toBe(2);
    });

    test("while it is down attempts are refused; restore wakes those who wait", async () => {
      const link = memoryLink();
      let woken = 0;
      const stop = link.connect.wake?.(() => {
        woken += 1;
      });
      link.takeDown();
      const refusal = await rejectionOf(link.connect({ signal: signal() }));
      expect(classifyLinkError(refusal)).toMatchObject({
        disposition: "retry",
        hostError: "ECONNREFUSED",
      });
      expect(link).toMatchObject({ attempts: 1, connections: 0 });
      link.restore();
      expect(woken).toBe(1);
      stop?.();
      link.restore();
      expect(woken).toBe(1);
      await link.connect({ signal: signal() });
      expect(link.connections).toBe(1);
    });

    test("an aborted attempt rejects with the signal's reason and makes no connection", async () => {
      const link = memoryLink();
      const reason = new Error("no more");
      expect(await rejectionOf(link.connect({ signal: AbortSignal.abort(reason) }))).toBe(reason);
      expect(link.attempts).toBe(0);
    });

    test("silence applies to what is open and to what comes", async () => {
      const link = memoryLink();
      const heard: number[][] = [];
      link.accept((far) => {
        const seen = readChunks(far);
        heard.push(seen.chunks as never);
      });
      const before = await link.connect({ signal: signal() });
      link.silent = true;
      const during = await link.connect({ signal: signal() });
      await before.writable.getWriter().write(bytes(1));
      await during.writable.getWriter().write(bytes(2));
      await settle();
      expect(heard).toEqual([[], []]);
      expect(link.silent).toBe(true);
    });
  });
});
