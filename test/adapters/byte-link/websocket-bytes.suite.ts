// Byte links over binary WebSockets, on a socket whose network the test plays.
import {
  type BinarySocket,
  duplexOfWebSocket,
} from "../../../src/adapters/byte-link/socket-duplex.js";
import {
  type WebSocketBytesOptions,
  webSocketBytes,
} from "../../../src/adapters/byte-link/websocket-bytes.js";
import { UnsupportedError } from "../../../src/kernel/errors.js";
import { lose } from "../../harness/lose.js";
import { defineSuite } from "../../harness/suite.js";
import { FakeSocket, openSocket } from "./fake-socket.js";
import {
  attempt,
  bytes,
  countListeners,
  manualTimers,
  rejectionOf,
  settle,
  stateOf,
} from "./link-probes.js";

const url = "ws://bridge.invalid/line1";

function setup(options: Partial<WebSocketBytesOptions> = {}) {
  FakeSocket.made = [];
  const timers = manualTimers();
  const connect = webSocketBytes({ url, WebSocket: FakeSocket, ...options });
  return {
    timers,
    connect,
    /** The socket of the attempt that is under way. */
    socket: async (): Promise<FakeSocket> => {
      await settle();
      const socket = FakeSocket.made.at(-1);
      if (socket === undefined) throw new Error("No socket was made");
      return socket;
    },
  };
}

export const suite = defineSuite("byte-link websocket-bytes", ({ describe, test, expect }) => {
  describe("connecting", () => {
    test("resolves with the link once the socket is open", async () => {
      const { connect, timers, socket } = setup({ protocols: ["serial"] });
      const opening = connect(attempt(timers));
      const made = await socket();
      expect(await stateOf(opening)).toBe("pending");
      made.accept();
      const link = await opening;
      expect(made).toMatchObject({ url, protocols: ["serial"], binaryType: "arraybuffer" });
      await link.close();
      expect(timers.pending).toBe(0);
    });

    test("asks for the URL at every attempt, so that it can carry a fresh token", async () => {
      let token = 0;
      const { connect, timers, socket } = setup({
        url: async () => {
          token += 1;
          return new URL(`${url}?token=${token}`);
        },
      });
      for (const expected of [1, 2]) {
        const opening = connect(attempt(timers));
        const made = await socket();
        made.accept();
        expect(made.url).toBe(`${url}?token=${expected}`);
        await (await opening).close();
      }
    });

    test("a message that comes with the open event is not lost", async () => {
      const { connect, timers, socket } = setup();
      const opening = connect(attempt(timers));
      const made = await socket();
      made.accept();
      made.message(bytes(1, 2).buffer);
      const link = await opening;
      expect((await link.readable.getReader().read()).value).toEqual(bytes(1, 2));
    });

    test("a refused handshake is retried, and the error says what to check", async () => {
      const { connect, timers, socket } = setup();
      const opening = rejectionOf(connect(attempt(timers)));
      (await socket()).drop(1006);
      const error = await opening;
      expect(error).toMatchObject({ code: "link-failed", disposition: "retry" });
      expect((error as Error).message).toContain("check that the bridge runs there");
    });

    test("the cause is told where the host tells it", async () => {
      const { connect, timers, socket } = setup();
      const opening = rejectionOf(connect(attempt(timers)));
      const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
      (await socket()).drop(1006, "", cause);
      expect(await opening).toMatchObject({ hostError: "ECONNREFUSED", cause });
    });

    test("a failed handshake is retried also where the host calls it a TypeError", async () => {
      const { connect, timers, socket } = setup();
      const opening = rejectionOf(connect(attempt(timers)));
      const cause = new TypeError("Received network error or non-101 status code.");
      (await socket()).drop(1006, "", cause);
      expect(await opening).toMatchObject({ disposition: "retry", cause });
    });

    test("aborted, it rejects with the signal's reason and leaves the socket to its end", async () => {
      const { connect, timers, socket } = setup();
      const controller = new AbortController();
      const onSignal = countListeners(controller.signal);
      const opening = rejectionOf(connect({ signal: controller.signal, timers }));
      const made = await socket();
      const onSocket = countListeners(made);
      controller.abort(new Error("stopped"));
      expect(await opening).toMatchObject({ message: "stopped" });
      expect(made.closes).toEqual([undefined]);
      expect(onSignal.left).toEqual([]);
      expect(onSocket.left).toEqual([]);
      // What it does from now on concerns nobody.
      made.drop(1006);
    });

    test("aborted before or while the URL is made, no socket is made", async () => {
      const { connect, timers } = setup({ url: () => new Promise((resolve) => resolve(url)) });
      const before = connect({ signal: AbortSignal.abort(new Error("before")), timers });
      expect(await rejectionOf(before)).toMatchObject({ message: "before" });
      const controller = new AbortController();
      const during = connect({ signal: controller.signal, timers });
      controller.abort(new Error("during"));
      expect(await rejectionOf(during)).toMatchObject({ message: "during" });
      expect(FakeSocket.made).toEqual([]);
    });

    test("connectTimeoutMs ends an attempt that hangs, and it is retried", async () => {
      const { connect, timers, socket } = setup({ connectTimeoutMs: 400 });
      const opening = connect(attempt(timers));
      const failure = rejectionOf(opening);
      const made = await socket();
      await timers.advance(399);
      expect(await stateOf(opening)).toBe("pending");
      await timers.advance(1);
      expect(await failure).toMatchObject({ disposition: "retry", hostError: "TimeoutError" });
      expect(made.closes).toHaveLength(1);
      expect(timers.pending).toBe(0);
    });

    test("an open socket leaves no timer of the attempt", async () => {
      const { connect, timers, socket } = setup({ connectTimeoutMs: 400 });
      const opening = connect(attempt(timers));
      (await socket()).accept();
      await opening;
      expect(timers.pending).toBe(0);
    });

    test("a URL that the constructor refuses is final", async () => {
      class Refusing extends FakeSocket {
        constructor() {
          super("");
          throw new DOMException("The URL is invalid.", "SyntaxError");
        }
      }
      const { connect, timers } = setup({ WebSocket: Refusing });
      expect(await rejectionOf(connect(attempt(timers)))).toMatchObject({
        disposition: "final",
        hostError: "SyntaxError",
      });
    });

    test("WS-1: a host without WebSocket is told to install and pass the package ws", async () => {
      const back = lose([[globalThis, "WebSocket"]]);
      try {
        const { signal } = new AbortController();
        const error = await webSocketBytes({ url })({ signal }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(UnsupportedError);
        expect((error as Error).message).toContain("npm install ws");
        expect((error as Error).message).toContain("webSocketBytes({ url, WebSocket })");
      } finally {
        back();
      }
    });

    test("wrong options are refused at once", () => {
      const make = (wrong: object) => () =>
        webSocketBytes({ url, WebSocket: FakeSocket, ...wrong } as WebSocketBytesOptions);
      expect(make({ url: "" })).toThrow(TypeError);
      expect(make({ url: 7 })).toThrow(TypeError);
      expect(make({ WebSocket: "ws" })).toThrow(TypeError);
      for (const wrong of [
        { connectTimeoutMs: -1 },
        { maxMessageBytes: 0 },
        { highWaterBytes: 0.5 },
        { closeTimeoutMs: Number.NaN },
      ]) {
        expect(make(wrong), JSON.stringify(wrong)).toThrow(RangeError);
      }
    });
  });

  describe("bytes", () => {
    test("one chunk is one message, both ways", async () => {
      const socket = openSocket();
      const link = duplexOfWebSocket(socket);
      const writer = link.writable.getWriter();
      await writer.write(bytes(1, 2));
      await writer.write(bytes(3));
      expect(socket.sent).toEqual([[1, 2], [3]]);
      socket.message(bytes(4).buffer);
      socket.message(bytes(5, 6));
      socket.message(new ArrayBuffer(0));
      socket.message(bytes(7).buffer);
      const reader = link.readable.getReader();
      for (const expected of [bytes(4), bytes(5, 6), bytes(7)]) {
        expect((await reader.read()).value).toEqual(expected);
      }
    });

    test("a chunk is sent as a copy of its own bytes alone", async () => {
      const socket = openSocket();
      let kept: Uint8Array | undefined;
      socket.send = (data: Uint8Array) => {
        kept = data;
      };
      const link = duplexOfWebSocket(socket);
      const whole = bytes(0, 1, 2, 3);
      await link.writable.getWriter().write(whole.subarray(1, 3));
      whole.fill(9);
      expect(kept).toEqual(bytes(1, 2));
      expect(kept?.buffer.byteLength).toBe(2);
    });

    test("a chunk above maxMessageBytes is sent as several messages", async () => {
      const socket = openSocket();
      const link = duplexOfWebSocket(socket, { maxMessageBytes: 2 });
      await link.writable.getWriter().write(bytes(1, 2, 3, 4, 5));
      expect(socket.sent).toEqual([[1, 2], [3, 4], [5]]);
    });

    test("a text message or one above maxMessageBytes ends the link as final", async () => {
      for (const [data, text] of [
        ["hello", "binary"],
        [new ArrayBuffer(5), "maxMessageBytes"],
      ] as const) {
        const socket = openSocket();
        const link = duplexOfWebSocket(socket, { maxMessageBytes: 4 });
        const reading = rejectionOf(link.readable.getReader().read());
        socket.message(data);
        expect(await reading).toMatchObject({ disposition: "final" });
        expect(((await reading) as Error).message).toContain(text);
        expect(await link.closed).toBe(await reading);
        expect(socket.closes).toEqual([4000]);
      }
    });
  });

  describe("WS-5: backpressure", () => {
    test("a write waits while more than highWaterBytes is buffered, until half is left", async () => {
      const timers = manualTimers();
      const socket = openSocket();
      socket.stalled = true;
      const link = duplexOfWebSocket(socket, { highWaterBytes: 10, timers });
      const writer = link.writable.getWriter();
      await writer.write(new Uint8Array(10));
      const waiting = writer.write(new Uint8Array(1));
      const next = writer.write(new Uint8Array(1));
      await timers.advance(50);
      expect(await stateOf(waiting)).toBe("pending");
      socket.bufferedAmount = 6;
      await timers.advance(50);
      expect(await stateOf(waiting)).toBe("pending");
      socket.bufferedAmount = 5;
      await timers.advance(50);
      expect(await stateOf(waiting)).toEqual({ value: undefined });
      expect(await stateOf(next)).toEqual({ value: undefined });
      expect(socket.sent).toHaveLength(3);
      expect(timers.pending).toBe(0);
    });

    test("a waiting write is rejected when the socket closes, and no timer is left", async () => {
      const timers = manualTimers();
      const socket = openSocket();
      socket.stalled = true;
      const link = duplexOfWebSocket(socket, { highWaterBytes: 1, timers });
      const waiting = rejectionOf(link.writable.getWriter().write(new Uint8Array(5)));
      await settle();
      socket.drop(1006);
      expect(await waiting).toMatchObject({ code: "link-failed", disposition: "retry" });
      expect(timers.pending).toBe(0);
    });

    test("a waiting write is given up when its writer is aborted", async () => {
      const timers = manualTimers();
      const socket = openSocket();
      socket.stalled = true;
      const link = duplexOfWebSocket(socket, { highWaterBytes: 1, timers });
      const writer = link.writable.getWriter();
      const waiting = rejectionOf(writer.write(new Uint8Array(5)));
      await settle();
      const aborting = writer.abort(new Error("no more"));
      await timers.advance(20);
      await aborting;
      await waiting;
      expect(timers.pending).toBe(0);
    });

    /** A link whose socket was paused, and whose reader has read all that there was. */
    const pausedAndRead = async () => {
      const socket = openSocket();
      const calls: string[] = [];
      Object.assign(socket, {
        pause: () => calls.push("pause"),
        resume: () => calls.push("resume"),
      });
      const link = duplexOfWebSocket(socket, { highWaterBytes: 4 });
      await settle();
      calls.length = 0;
      socket.message(new ArrayBuffer(3));
      expect(calls).toEqual([]);
      socket.message(new ArrayBuffer(3));
      expect(calls).toEqual(["pause"]);
      const reader = link.readable.getReader();
      await reader.read();
      await reader.read();
      return { socket, calls, reader };
    };

    test("a socket that can pause is paused while nobody reads, and resumed for who does", async () => {
      const { socket, calls, reader } = await pausedAndRead();
      const waiting = reader.read();
      await settle();
      expect(calls.at(-1)).toBe("resume");
      socket.message(new ArrayBuffer(1));
      await waiting;
    });

    test("a paused socket is resumed as soon as there is room", {
      needs: "strictStreams",
    }, async () => {
      const { calls } = await pausedAndRead();
      await settle();
      expect(calls.at(-1)).toBe("resume");
    });

    test("a socket that cannot pause is ended before unread bytes fill the memory", async () => {
      const socket = openSocket();
      const link = duplexOfWebSocket(socket, { highWaterBytes: 10 });
      for (let message = 0; message < 15; message += 1) socket.message(new ArrayBuffer(10));
      expect(await stateOf(link.closed as Promise<unknown>)).toBe("pending");
      socket.message(new ArrayBuffer(10));
      expect(await link.closed).toMatchObject({ disposition: "retry" });
      expect(socket.closes).toEqual([4000]);
    });
  });

  describe("the far end's close", () => {
    test("a normal one ends the reading without an error, after what came before", async () => {
      for (const code of [1000, 1001, 1005]) {
        const socket = openSocket();
        const link = duplexOfWebSocket(socket);
        socket.message(bytes(1).buffer);
        socket.drop(code);
        const reader = link.readable.getReader();
        expect((await reader.read()).value).toEqual(bytes(1));
        expect((await reader.read()).done).toBe(true);
        expect(await link.closed).toBeUndefined();
      }
    });

    test("a cut, a restart or an overload is retried, a refusal is final", async () => {
      for (const [code, disposition] of [
        [1006, "retry"],
        [1012, "retry"],
        [1013, "retry"],
        [1002, "final"],
        [1008, "final"],
        [4401, "final"],
        [4999, "retry"],
      ] as const) {
        const socket = openSocket();
        const link = duplexOfWebSocket(socket);
        const reading = rejectionOf(link.readable.getReader().read());
        socket.drop(code, "why");
        expect(await reading).toMatchObject({ disposition, hostError: String(code) });
        expect(await link.closed).toBe(await reading);
        expect(((await reading) as Error).message).toContain(`code ${code} (why)`);
      }
    });

    test("a write to a socket that closed is rejected", async () => {
      const socket = openSocket();
      const link = duplexOfWebSocket(socket);
      socket.drop(1000);
      expect(await rejectionOf(link.writable.getWriter().write(bytes(1)))).toMatchObject({
        code: "link-failed",
      });
    });
  });

  describe("closing", () => {
    test("says goodbye, waits for the answer, and leaves the listener for late errors alone", async () => {
      const timers = manualTimers();
      const socket = openSocket();
      const listeners = countListeners(socket);
      const link = duplexOfWebSocket(socket, { timers });
      await Promise.all([link.close("done"), link.close("again")]);
      expect(socket.closes).toEqual([1000]);
      expect(listeners.left).toEqual(["error"]);
      expect(timers.pending).toBe(0);
      expect(await link.closed).toBe("done");
    });

    test("WS-5: a far end that never answers holds it for closeTimeoutMs and no more", async () => {
      const timers = manualTimers();
      const socket = openSocket();
      socket.answersClose = false;
      const listeners = countListeners(socket);
      let terminated = 0;
      Object.assign(socket, {
        terminate: () => {
          terminated += 1;
        },
      });
      const link = duplexOfWebSocket(socket, { closeTimeoutMs: 500, timers });
      const closing = link.close();
      await timers.advance(499);
      expect(await stateOf(closing)).toBe("pending");
      await timers.advance(1);
      expect(await stateOf(closing)).toEqual({ value: undefined });
      expect(terminated).toBe(1);
      expect(listeners.left).toEqual(["error"]);
      // The old socket's events concern nobody any more.
      socket.message("late");
      socket.drop(1006);
      expect(timers.pending).toBe(0);
    });

    test("WS-8: the listener for errors stays on a socket that never opened", async () => {
      const { connect, timers, socket } = setup();
      const controller = new AbortController();
      const opening = rejectionOf(connect({ signal: controller.signal, timers }));
      const made = await socket();
      const removed: string[] = [];
      const remove = made.removeEventListener.bind(made);
      const added: unknown[] = [];
      made.removeEventListener = (
        type: string,
        listener: EventListenerOrEventListenerObject | null,
      ) => {
        removed.push(type);
        added.push(listener);
        remove(type, listener);
      };
      controller.abort();
      await opening;
      // Two were added for errors, one of them is taken away again.
      expect(removed.filter((type) => type === "error")).toHaveLength(1);
    });

    test("after the far end closed it is quiet", async () => {
      const socket = openSocket();
      const link = duplexOfWebSocket(socket);
      socket.drop(1000);
      await link.close();
      expect(socket.closes).toEqual([]);
    });
  });

  test("a socket that is not open is refused", () => {
    const socket: BinarySocket = new FakeSocket(url);
    expect(() => duplexOfWebSocket(socket)).toThrow(TypeError);
  });
});
