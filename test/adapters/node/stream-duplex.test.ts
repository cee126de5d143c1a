// The faults of a stream that neither a socket nor a serial port shows on demand.
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { duplexOfStream, type NodeStream } from "../../../platform/node/stream-duplex.js";
import { bytes, rejectionOf, stateOf } from "../byte-link/link-probes.js";

/** A stream that does nothing by itself. */
class DeadStream extends EventEmitter {
  write(): boolean {
    return true;
  }
  pause(): this {
    return this;
  }
  resume(): this {
    return this;
  }
}

const listenersOf = (stream: EventEmitter): number =>
  stream.eventNames().reduce((sum, name) => sum + stream.listenerCount(name), 0);

function setup() {
  const stream = new DeadStream();
  const calls: string[] = [];
  const link = duplexOfStream(stream as unknown as NodeStream, {
    closeTimeoutMs: 500,
    end: () => void calls.push("end"),
    destroy: () => void calls.push("destroy"),
  });
  return { stream, calls, link };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a stream", () => {
  test("that closes without answering a write rejects it", async () => {
    const { stream, link } = setup();
    const writing = rejectionOf(link.writable.getWriter().write(bytes(1)));
    await stateOf(writing);
    stream.emit("close");
    expect(await writing).toMatchObject({ code: "ERR_STREAM_DESTROYED" });
    expect(await link.closed).toBeUndefined();
  });

  test("that fails tells its error to the reader, the writer and closed", async () => {
    const { stream, link, calls } = setup();
    const reading = rejectionOf(link.readable.getReader().read());
    const writing = rejectionOf(link.writable.getWriter().write(bytes(1)));
    await stateOf(writing);
    const error = new Error("broken");
    stream.emit("error", error);
    stream.emit("close", true);
    expect(await Promise.all([reading, writing, link.closed])).toEqual([error, error, error]);
    expect(calls).toEqual(["end"]);
  });

  test("that never closes is destroyed and given up after closeTimeoutMs", async () => {
    const { link, calls } = setup();
    const closing = link.close("why");
    expect(calls).toEqual(["end"]);
    await vi.advanceTimersByTimeAsync(499);
    expect(await stateOf(closing)).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    expect(await stateOf(closing)).toEqual({ value: undefined });
    expect(calls).toEqual(["end", "destroy"]);
    expect(await link.closed).toBe("why");
  });

  test("that never closes after its end is given up too", async () => {
    const { stream, link, calls } = setup();
    stream.emit("end");
    expect((await link.readable.getReader().read()).done).toBe(true);
    await vi.advanceTimersByTimeAsync(500);
    expect(calls).toEqual(["end", "destroy"]);
    expect(await link.closed).toBeUndefined();
  });

  test("leaves no listener and no timer, however it ends", async () => {
    for (const endIt of [
      (stream: DeadStream) => stream.emit("close"),
      (stream: DeadStream) => stream.emit("error", new Error("broken")) && stream.emit("close"),
      (stream: DeadStream) => stream.emit("end") && stream.emit("close"),
    ]) {
      const { stream, link } = setup();
      endIt(stream);
      await link.close();
      expect(listenersOf(stream)).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  test("whose reader gave up flows on, and what comes is dropped", async () => {
    const { stream, link } = setup();
    let resumed = 0;
    stream.resume = () => {
      resumed += 1;
      return stream;
    };
    await link.readable.cancel();
    expect(resumed).toBe(1);
    stream.emit("data", bytes(1));
    stream.emit("close");
    expect(await link.closed).toBeUndefined();
  });
});
