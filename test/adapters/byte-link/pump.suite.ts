// The reader pump over links in memory and over links made for one fault each.
import type { ByteDuplex } from "../../../src/adapters/byte-link/byte-duplex.js";
import { LinkError } from "../../../src/adapters/byte-link/errors.js";
import { type PumpOptions, startPump } from "../../../src/adapters/byte-link/pump.js";
import { memoryDuplexPair } from "../../../src/testing/memory-link.js";
import { defineSuite } from "../../harness/suite.js";
import { bytes, manualTimers, rejectionOf, settle, stateOf } from "./link-probes.js";

/** A link whose streams and closing a test makes itself, and which writes down what is done to it. */
function scriptedLink(overrides: {
  source?: UnderlyingDefaultSource<Uint8Array>;
  sink?: UnderlyingSink<Uint8Array>;
  close?: () => Promise<void>;
  closed?: Promise<unknown>;
}) {
  const log: string[] = [];
  let input: ReadableStreamDefaultController<Uint8Array> | undefined;
  let streams = 0;
  let readers = 0;
  const makeReadable = () => {
    streams += 1;
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        input = controller;
      },
      cancel: (reason) => {
        log.push("cancel the reader");
        return overrides.source?.cancel?.(reason);
      },
    });
    const getReader = stream.getReader.bind(stream);
    Object.assign(stream, {
      getReader: () => {
        readers += 1;
        return getReader();
      },
    });
    return stream;
  };
  let readable = makeReadable();
  const writable = new WritableStream<Uint8Array>({
    write: (chunk, controller) => {
      log.push(`write ${chunk.join(" ")}`);
      return overrides.sink?.write?.(chunk, controller);
    },
    close: () => {
      log.push("close the writer");
      return overrides.sink?.close?.();
    },
    abort: (reason) => {
      log.push("abort the writer");
      return overrides.sink?.abort?.(reason);
    },
  });
  const duplex: ByteDuplex = {
    get readable() {
      return readable;
    },
    writable,
    closed: overrides.closed,
    async close() {
      log.push(
        `close the link (reader ${readable.locked ? "locked" : "free"}, ` +
          `writer ${writable.locked ? "locked" : "free"})`,
      );
      await overrides.close?.();
    },
  };
  return {
    duplex,
    log,
    send: (...values: number[]) => input?.enqueue(bytes(...values)),
    end: () => input?.close(),
    /** Ends the stream with an error; with a new stream in its place, as Web Serial does. */
    fail(name: string, replace = true) {
      const failed = input;
      if (replace) readable = makeReadable();
      failed?.error(new DOMException(`${name} on the line.`, name));
    },
    get streams() {
      return streams;
    },
    get readers() {
      return readers;
    },
  };
}

function collect(overrides: Partial<PumpOptions> = {}) {
  const timers = manualTimers();
  const seen = {
    chunks: [] as number[][],
    recovered: [] as string[],
    ends: [] as (LinkError | undefined)[],
  };
  const options: PumpOptions = {
    timers,
    onChunk: (chunk) => void seen.chunks.push([...chunk]),
    onRecoverableError: (error) => void seen.recovered.push((error as Error).name),
    onEnd: (error) => void seen.ends.push(error),
    ...overrides,
  };
  return { timers, seen, options };
}

export const suite = defineSuite("byte-link pump", ({ describe, test, expect }) => {
  describe("reading", () => {
    test("every chunk arrives in order, and is counted", async () => {
      const { near, far } = memoryDuplexPair();
      const { seen, options } = collect();
      const pump = startPump(near, options);
      const writer = far.writable.getWriter();
      await writer.write(bytes(1, 2));
      await writer.write(bytes(3));
      await settle();
      expect(seen.chunks).toEqual([[1, 2], [3]]);
      expect(pump.stats).toMatchObject({ bytesIn: 3, chunksIn: 2, bytesOut: 0 });
      await pump.close();
    });

    test("SER-3: one reader serves the whole life of the link", async () => {
      const link = scriptedLink({});
      const { seen, options } = collect();
      const pump = startPump(link.duplex, options);
      for (let request = 0; request < 20; request += 1) {
        await pump.write(bytes(request));
        link.send(request);
        await settle();
      }
      expect(seen.chunks).toHaveLength(20);
      expect(link.readers).toBe(1);
      await pump.close();
    });

    test("a chunk without a byte is nobody's business", async () => {
      const link = scriptedLink({});
      const { seen, options } = collect();
      const pump = startPump(link.duplex, options);
      link.send();
      link.send(1);
      await settle();
      expect(seen.chunks).toEqual([[1]]);
      expect(pump.stats.chunksIn).toBe(1);
      await pump.close();
    });

    test("a promise of onChunk holds back the next chunk", async () => {
      const { near, far } = memoryDuplexPair();
      let release = () => {};
      const chunks: number[] = [];
      const { options } = collect({
        onChunk: (chunk) => {
          chunks.push(...chunk);
          return new Promise<void>((resolve) => {
            release = resolve;
          });
        },
      });
      const pump = startPump(near, options);
      const writer = far.writable.getWriter();
      await writer.write(bytes(1));
      await writer.write(bytes(2));
      await settle();
      expect(chunks).toEqual([1]);
      release();
      await settle();
      expect(chunks).toEqual([1, 2]);
      release();
      await pump.close();
    });

    test("a receiver that throws ends the link as final, with its error as the cause", async () => {
      const link = scriptedLink({});
      const bug = new Error("bug");
      const { seen, options, timers } = collect({
        onChunk: () => {
          throw bug;
        },
      });
      startPump(link.duplex, options);
      link.send(1);
      await settle();
      expect(seen.ends).toHaveLength(1);
      expect(seen.ends[0]).toMatchObject({ disposition: "final", cause: bug });
      expect(link.log.at(-1)).toBe("close the link (reader free, writer free)");
      expect(timers.pending).toBe(0);
    });

    test("the far end's close ends the pump without an error", async () => {
      const { near, far } = memoryDuplexPair();
      const { seen, options, timers } = collect();
      startPump(near, options);
      await far.close();
      await settle();
      expect(seen.ends).toEqual([undefined]);
      expect(timers.pending).toBe(0);
    });
  });

  describe("errors of the line", () => {
    for (const name of ["BufferOverrunError", "BreakError", "FramingError", "ParityError"]) {
      test(`SER-2: ${name} resumes on the new stream without closing`, async () => {
        const link = scriptedLink({});
        const { seen, options } = collect();
        const pump = startPump(link.duplex, options);
        link.send(1);
        await settle();
        link.fail(name);
        await settle();
        link.send(2);
        await settle();
        await pump.write(bytes(9));
        expect(seen).toMatchObject({ chunks: [[1], [2]], recovered: [name], ends: [] });
        expect(pump.stats.recoverableErrors).toBe(1);
        expect(link.streams).toBe(2);
        expect(link.log).toEqual(["write 9"]);
        await pump.close();
      });
    }

    test("SER-2: a NetworkError is fatal: the link is closed, then its end is told once", async () => {
      const link = scriptedLink({});
      const { seen, options, timers } = collect();
      startPump(link.duplex, options);
      link.fail("NetworkError");
      await settle();
      expect(link.log).toEqual(["close the link (reader free, writer free)"]);
      expect(seen.recovered).toEqual([]);
      expect(seen.ends).toHaveLength(1);
      expect(seen.ends[0]).toBeInstanceOf(LinkError);
      expect(seen.ends[0]).toMatchObject({ disposition: "retry", hostError: "NetworkError" });
      expect(timers.pending).toBe(0);
    });

    test("the end is told only after the link was released", async () => {
      let closeNow = () => {};
      const link = scriptedLink({
        close: () =>
          new Promise<void>((resolve) => {
            closeNow = resolve;
          }),
      });
      const { seen, options } = collect();
      startPump(link.duplex, options);
      link.fail("NetworkError");
      await settle();
      expect(seen.ends).toEqual([]);
      closeNow();
      await settle();
      expect(seen.ends).toHaveLength(1);
    });

    test("a recoverable error without a new stream ends the link", async () => {
      const link = scriptedLink({});
      const { seen, options } = collect();
      startPump(link.duplex, options);
      link.fail("BreakError", false);
      await settle();
      expect(seen.recovered).toEqual(["BreakError"]);
      expect(seen.ends).toHaveLength(1);
      expect(seen.ends[0]).toMatchObject({ disposition: "retry" });
    });

    test("a link without a stream ends at once", async () => {
      const link = scriptedLink({});
      Object.defineProperty(link.duplex, "readable", { get: () => null });
      const { seen, options } = collect();
      startPump(link.duplex, options);
      await settle();
      expect(seen.ends[0]).toMatchObject({ disposition: "retry" });
    });

    test("errors in a row without a byte end the link, and a byte starts the count anew", async () => {
      const link = scriptedLink({});
      const { seen, options } = collect({ maxErrorsInARow: 3 });
      startPump(link.duplex, options);
      for (let error = 0; error < 3; error += 1) {
        link.fail("BreakError");
        await settle();
      }
      link.send(1);
      await settle();
      for (let error = 0; error < 3; error += 1) {
        link.fail("BreakError");
        await settle();
      }
      expect(seen.ends).toEqual([]);
      expect(seen.recovered).toHaveLength(6);
      link.fail("BreakError");
      await settle();
      expect(seen.ends).toHaveLength(1);
      expect(seen.ends[0]).toMatchObject({ disposition: "retry", hostError: "BreakError" });
    });

    test("a throw in onRecoverableError ends the link instead of stalling it", async () => {
      const link = scriptedLink({});
      const { seen, options } = collect({
        onRecoverableError: () => {
          throw new Error("bug");
        },
      });
      startPump(link.duplex, options);
      link.fail("BreakError");
      await settle();
      expect(seen.ends[0]).toMatchObject({ disposition: "final" });
    });

    test("without onRecoverableError the line goes on all the same", async () => {
      const link = scriptedLink({});
      const { seen, options } = collect({ onRecoverableError: undefined });
      const pump = startPump(link.duplex, options);
      link.fail("ParityError");
      await settle();
      link.send(5);
      await settle();
      expect(seen.chunks).toEqual([[5]]);
      await pump.close();
    });
  });

  describe("the transport's `closed`", () => {
    test("ends the pump after all that came before it was read", async () => {
      let gone = (_: unknown) => {};
      const closed = new Promise<unknown>((resolve) => {
        gone = resolve;
      });
      const link = scriptedLink({ closed });
      const { seen, options, timers } = collect();
      startPump(link.duplex, options);
      for (let chunk = 0; chunk < 50; chunk += 1) link.send(chunk);
      gone(undefined);
      await timers.advance(1);
      expect(seen.chunks).toHaveLength(50);
      expect(seen.ends).toEqual([undefined]);
      expect(timers.pending).toBe(0);
    });

    test("waits for chunks that come while it drains", async () => {
      const link = scriptedLink({ closed: Promise.resolve(undefined) });
      const { seen, options, timers } = collect();
      let rounds = 0;
      startPump(link.duplex, {
        ...options,
        timers: {
          clearTimer: timers.clearTimer,
          setTimer(run, delayMs) {
            rounds += 1;
            if (rounds <= 3) link.send(rounds);
            return timers.setTimer(run, delayMs);
          },
        },
      });
      await timers.advance(1);
      expect(seen.chunks).toEqual([[1], [2], [3]]);
      expect(seen.ends).toEqual([undefined]);
      expect(timers.pending).toBe(0);
    });

    test("waits for a receiver that takes its time, so that no queued chunk is lost", async () => {
      const link = scriptedLink({ closed: Promise.resolve(undefined) });
      const finish: (() => void)[] = [];
      const chunks: number[] = [];
      const { seen, options, timers } = collect({
        onChunk: (chunk) => {
          chunks.push(...chunk);
          return new Promise<void>((resolve) => void finish.push(resolve));
        },
      });
      startPump(link.duplex, options);
      for (const chunk of [1, 2, 3]) link.send(chunk);
      for (let round = 0; round < 3; round += 1) {
        await timers.advance(100);
        expect([chunks.length, seen.ends.length]).toEqual([round + 1, 0]);
        finish[round]?.();
      }
      await timers.advance(1);
      expect(chunks).toEqual([1, 2, 3]);
      expect(seen.ends).toEqual([undefined]);
    });

    test("carries its error to the end, resolved or rejected", async () => {
      for (const settleWith of [
        () => Promise.resolve(new DOMException("Gone.", "NetworkError")),
        () => Promise.reject(new DOMException("Gone.", "NetworkError")),
      ]) {
        const link = scriptedLink({ closed: settleWith() });
        const { seen, options, timers } = collect();
        startPump(link.duplex, options);
        await timers.advance(1);
        expect(seen.ends).toHaveLength(1);
        expect(seen.ends[0]).toMatchObject({ disposition: "retry", hostError: "NetworkError" });
      }
    });

    test("SER-2: a cut link ends once, though its streams and `closed` all tell", async () => {
      const pair = memoryDuplexPair();
      const { seen, options, timers } = collect();
      const pump = startPump(pair.near, options);
      await pump.write(bytes(1));
      pair.cut();
      await timers.advance(10);
      expect(seen.ends).toHaveLength(1);
      expect(seen.ends[0]).toMatchObject({ disposition: "retry" });
      expect(timers.pending).toBe(0);
    });
  });

  describe("writing", () => {
    test("writes go out one after the other, in order", async () => {
      const done: (() => void)[] = [];
      const link = scriptedLink({
        sink: { write: () => new Promise<void>((resolve) => void done.push(resolve)) },
      });
      const { options } = collect();
      const pump = startPump(link.duplex, options);
      const writes = [pump.write(bytes(1)), pump.write(bytes(2)), pump.write(bytes(3))];
      await settle();
      expect(link.log).toEqual(["write 1"]);
      for (let write = 0; write < 3; write += 1) {
        done[write]?.();
        await settle();
      }
      await Promise.all(writes);
      expect(link.log).toEqual(["write 1", "write 2", "write 3"]);
      expect(pump.stats.bytesOut).toBe(3);
      await pump.close();
    });

    test("a failed write rejects its writer and all that wait, and ends the link once", async () => {
      const link = scriptedLink({
        sink: { write: () => Promise.reject(new DOMException("Lost.", "NetworkError")) },
      });
      const { seen, options, timers } = collect();
      const pump = startPump(link.duplex, options);
      const errors = await Promise.all([
        rejectionOf(pump.write(bytes(1))),
        rejectionOf(pump.write(bytes(2))),
      ]);
      await settle();
      for (const error of errors) expect(error).toMatchObject({ disposition: "retry" });
      expect(seen.ends).toEqual([errors[0]]);
      expect(pump.stats.bytesOut).toBe(0);
      expect(timers.pending).toBe(0);
    });

    test("a write that hangs is rejected when the link is lost", async () => {
      const link = scriptedLink({ sink: { write: () => new Promise(() => {}) } });
      const { options } = collect();
      const pump = startPump(link.duplex, options);
      const hanging = rejectionOf(pump.write(bytes(1)));
      await settle();
      link.fail("NetworkError");
      expect(await hanging).toMatchObject({ hostError: "NetworkError" });
    });

    test("after the end a write is rejected with what ended the link", async () => {
      const link = scriptedLink({});
      const { seen, options } = collect();
      const pump = startPump(link.duplex, options);
      link.fail("NetworkError");
      await settle();
      expect(await rejectionOf(pump.write(bytes(1)))).toBe(seen.ends[0]);
      expect(link.log).not.toContain("write 1");
    });

    test("after close a write is rejected as closed", async () => {
      const { near } = memoryDuplexPair();
      const { options } = collect();
      const pump = startPump(near, options);
      const closing = pump.close();
      expect(await rejectionOf(pump.write(bytes(1)))).toMatchObject({
        code: "link-failed",
        message: expect.stringContaining("it is closed"),
      });
      await closing;
    });

    test("what is no Uint8Array is refused, and the link stays up", async () => {
      const { near } = memoryDuplexPair();
      const { seen, options } = collect();
      const pump = startPump(near, options);
      for (const wrong of ["text", [1, 2], new ArrayBuffer(2), undefined]) {
        expect(await rejectionOf(pump.write(wrong as unknown as Uint8Array))).toBeInstanceOf(
          TypeError,
        );
      }
      await settle();
      expect(seen.ends).toEqual([]);
      await pump.close();
    });

    test("a port that is lost between two writes rejects the second", async () => {
      const link = scriptedLink({});
      Object.defineProperty(link.duplex, "writable", { get: () => null });
      const { options } = collect();
      const pump = startPump(link.duplex, options);
      expect(await rejectionOf(pump.write(bytes(1)))).toMatchObject({ disposition: "retry" });
    });
  });

  describe("closing", () => {
    test("SER-3: cancels, awaits the loop, releases, closes the writer, releases, closes the link", async () => {
      const link = scriptedLink({});
      const { options, timers } = collect();
      const pump = startPump(link.duplex, options);
      await pump.write(bytes(7));
      await pump.close();
      expect(link.log).toEqual([
        "write 7",
        "cancel the reader",
        "close the writer",
        "close the link (reader free, writer free)",
      ]);
      expect(timers.pending).toBe(0);
    });

    test("SER-3: writes that wait are dropped and rejected: the writer is aborted", async () => {
      const link = scriptedLink({
        sink: {
          write: (_, controller) =>
            new Promise((_resolve, reject) => {
              controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
            }),
        },
      });
      const { options } = collect();
      const pump = startPump(link.duplex, options);
      const waiting = [rejectionOf(pump.write(bytes(1))), rejectionOf(pump.write(bytes(2)))];
      await settle();
      await pump.close();
      for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(LinkError);
      expect(link.log).toEqual([
        "write 1",
        "cancel the reader",
        "abort the writer",
        "close the link (reader free, writer free)",
      ]);
    });

    test("is idempotent, and ends without an error exactly once", async () => {
      const link = scriptedLink({});
      const { seen, options } = collect();
      const pump = startPump(link.duplex, options);
      await Promise.all([pump.close(), pump.close("again")]);
      await pump.close();
      expect(seen.ends).toEqual([undefined]);
      expect(link.log.filter((line) => line.startsWith("close the link"))).toHaveLength(1);
    });

    const stuck = () => new Promise<void>(() => {});
    const faults: Record<string, Parameters<typeof scriptedLink>[0]> = {
      "a reader that will not cancel": { source: { cancel: stuck } },
      "a writer that will not close": { sink: { close: stuck } },
      "a link that will not close": { close: stuck },
    };
    for (const [fault, overrides] of Object.entries(faults)) {
      test(`SER-3: ${fault} delays the end by closeTimeoutMs and no more`, async () => {
        const link = scriptedLink(overrides);
        const { seen, options, timers } = collect({ closeTimeoutMs: 250 });
        const pump = startPump(link.duplex, options);
        await pump.write(bytes(1));
        const closing = pump.close();
        await timers.advance(249);
        expect(await stateOf(closing)).toBe("pending");
        await timers.advance(1);
        expect(await stateOf(closing)).toEqual({ value: undefined });
        expect(seen.ends).toEqual([undefined]);
        // Every step was begun all the same, with both locks released.
        expect(link.log.at(-1)).toBe("close the link (reader free, writer free)");
        expect(timers.pending).toBe(0);
      });
    }

    test("a receiver that never finishes a chunk delays the end by closeTimeoutMs and no more", async () => {
      const link = scriptedLink({});
      const { seen, options, timers } = collect({ onChunk: stuck, closeTimeoutMs: 100 });
      const pump = startPump(link.duplex, options);
      link.send(1);
      await settle();
      const closing = pump.close();
      await timers.advance(100);
      await closing;
      expect(seen.ends).toEqual([undefined]);
      expect(link.duplex.readable.locked).toBe(false);
    });

    test("SER-3: the loop is awaited: a receiver may finish its chunk before the link closes", async () => {
      const link = scriptedLink({});
      let finish = () => {};
      const { options } = collect({
        onChunk: () =>
          new Promise<void>((resolve) => {
            finish = resolve;
          }),
      });
      const pump = startPump(link.duplex, options);
      link.send(1);
      await settle();
      const closing = pump.close();
      await settle();
      expect(link.log).toEqual(["cancel the reader"]);
      finish();
      await closing;
      expect(link.log.at(-1)).toBe("close the link (reader free, writer free)");
    });

    test("a link whose close rejects is closed all the same", async () => {
      const link = scriptedLink({ close: () => Promise.reject(new Error("driver")) });
      const { seen, options, timers } = collect();
      await startPump(link.duplex, options).close();
      expect(seen.ends).toEqual([undefined]);
      expect(timers.pending).toBe(0);
    });

    test("bytes that come while it closes are not handed over", async () => {
      const { near, far } = memoryDuplexPair();
      const { seen, options } = collect();
      const pump = startPump(near, options);
      const writing = far.writable.getWriter().write(bytes(1));
      const closing = pump.close();
      await Promise.all([writing, closing]);
      await settle();
      expect(seen.chunks.length).toBeLessThanOrEqual(1);
      const before = seen.chunks.length;
      await settle();
      expect(seen.chunks).toHaveLength(before);
    });
  });

  test("wrong arguments are refused before the link is touched", () => {
    const link = scriptedLink({});
    const { options } = collect();
    const start = (wrong: object) => () =>
      startPump(link.duplex, { ...options, ...wrong } as PumpOptions);
    expect(start({ onChunk: undefined })).toThrow(TypeError);
    expect(start({ onEnd: 7 })).toThrow(TypeError);
    expect(start({ timers: undefined })).toThrow(TypeError);
    expect(start({ closeTimeoutMs: -1 })).toThrow(RangeError);
    expect(start({ closeTimeoutMs: Number.NaN })).toThrow(RangeError);
    expect(start({ maxErrorsInARow: 0 })).toThrow(RangeError);
    expect(link.readers).toBe(0);
  });
});
