// Byte links over real sockets on the loopback.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, Server, Socket } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type TcpDuplex, type TcpOptions, tcp, tcpListen } from "../../../platform/node/tcp.js";
import type { ByteDuplex } from "../../../src/adapters/byte-link/byte-duplex.js";
import { classifyLinkError } from "../../../src/adapters/byte-link/classify.js";
import { startPump } from "../../../src/adapters/byte-link/pump.js";
import { atRest, ownMs } from "../../peers/own-time.js";
import { bytes, countListeners, rejectionOf, stateOf } from "../byte-link/link-probes.js";
import { hostTimers, openHandles, readExactly } from "./host-probes.js";

const host = "127.0.0.1";
const signal = () => new AbortController().signal;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  // Nothing of a test stays: no socket, no server.
  await expect.poll(() => openHandles(/^TCP/)).toBe(0);
});

/** A plain server of Node, to see what our side really does to a socket. */
async function rawServer(
  onSocket: (socket: Socket) => void,
): Promise<{ port: number; server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  server.listen(0, host);
  await once(server, "listening");
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as { port: number }).port, server };
}

/**
 * A port that takes connections and never answers: a stopped process whose queue is full. The
 * system drops what comes then, as a firewall does.
 */
async function blackHole(): Promise<{ port: number }> {
  const listen =
    "require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, " +
    "function () { console.log(this.address().port) })";
  const child = spawn(process.execPath, ["-e", listen], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  const port = Number(line);
  child.kill("SIGSTOP");
  const fillers = Array.from({ length: 4 }, () => connect({ host, port }).on("error", () => {}));
  cleanups.push(async () => {
    for (const filler of fillers) filler.destroy();
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  });
  // Two fill the queue. To those that came while it was not yet full the system may answer too.
  const connected = () => fillers.filter((filler) => !filler.connecting).length;
  await expect.poll(connected).toBeGreaterThanOrEqual(2);
  return { port };
}

async function echoListener(): Promise<{ port: number; links: TcpDuplex[] }> {
  const links: TcpDuplex[] = [];
  const listener = await tcpListen({
    onConnection: (link) => {
      links.push(link);
      link.readable.pipeTo(link.writable).catch(() => {});
    },
  });
  cleanups.push(() => listener.close());
  return { port: listener.port, links };
}

describe("a connection", () => {
  test("carries bytes both ways", async () => {
    const { port, links } = await echoListener();
    const link = await tcp({ host, port })({ signal: signal() });
    const writer = link.writable.getWriter();
    const reader = link.readable.getReader();
    for (const length of [1, 12, 260, 200_000]) {
      const sent = Uint8Array.from({ length }, (_, at) => at % 251);
      await Promise.all([
        writer.write(sent),
        readExactly(reader, length).then((got) => expect(got).toEqual(sent)),
      ]);
    }
    expect(links[0]).toMatchObject({ remoteAddress: host, remotePort: expect.any(Number) });
    reader.releaseLock();
    await link.close();
  });

  test("hands out chunks with memory of their own, which may be transferred", async () => {
    const { port } = await rawServer((socket) => {
      socket.write("a");
      socket.once("data", () => socket.write("b"));
    });
    const link = await tcp({ host, port })({ signal: signal() });
    const reader = link.readable.getReader();
    const first = (await reader.read()).value;
    // The second is sent when the first was read: two that wait together are one chunk.
    await link.writable.getWriter().write(bytes(1));
    const chunks = [first, (await reader.read()).value];
    for (const chunk of chunks) {
      expect(chunk?.constructor).toBe(Uint8Array);
      expect(chunk?.buffer.byteLength).toBe(1);
    }
    structuredClone(chunks[0]?.buffer, { transfer: [chunks[0]?.buffer as ArrayBuffer] });
    expect(chunks[1]).toEqual(bytes(98));
    reader.releaseLock();
    await link.close();
  });

  test("holds back a sender while nobody reads, and loses nothing", async () => {
    const total = 32 * 1_048_576;
    let server: Socket | undefined;
    const { port } = await rawServer((socket) => {
      server = socket;
      socket.end(Buffer.alloc(total, 7));
    });
    const link = await tcp({ host, port })({ signal: signal() });
    // The system's buffers and our 64 KiB hold some of it; the rest waits at the sender.
    expect(await atRest(() => server?.writableLength ?? total)).toBeGreaterThan(0);
    let got = 0;
    for await (const chunk of link.readable as unknown as AsyncIterable<Uint8Array>) {
      got += chunk.byteLength;
    }
    expect(got).toBe(total);
    await link.close();
  });

  test("a write waits for a peer that does not read, and is rejected when the link closes", async () => {
    const { port } = await rawServer((socket) => socket.pause());
    const link = await tcp({ host, port, closeTimeoutMs: 100 })({ signal: signal() });
    const writer = link.writable.getWriter();
    let written = 0;
    const flood = (async () => {
      for (;;) {
        await writer.write(new Uint8Array(1_048_576));
        written += 1;
      }
    })().catch((error: unknown) => error);
    expect(await atRest(() => written)).toBeLessThan(32);
    expect(await ownMs(() => link.close("enough"))).toBeLessThan(4_000);
    expect(classifyLinkError(await flood).disposition).toBe("retry");
    expect(await link.closed).toBe("enough");
  });
});

describe("the far end", () => {
  test("closing ends the reading and resolves closed", async () => {
    const { port } = await rawServer((socket) => socket.end("bye"));
    const link = await tcp({ host, port })({ signal: signal() });
    const reader = link.readable.getReader();
    expect(await readExactly(reader, 3)).toEqual(bytes(98, 121, 101));
    expect((await reader.read()).done).toBe(true);
    expect(await link.closed).toBeUndefined();
    expect(await rejectionOf(link.writable.getWriter().write(bytes(1)))).toBeInstanceOf(Error);
  });

  test("closing one half ends the whole link", async () => {
    let half: Socket | undefined;
    const { port } = await rawServer((socket) => {
      half = socket;
      // It goes on listening: allowHalfOpen.
      socket.resume();
      socket.end();
    });
    const link = await tcp({ host, port })({ signal: signal() });
    const reader = link.readable.getReader();
    expect((await reader.read()).done).toBe(true);
    expect(await link.closed).toBeUndefined();
    await expect.poll(() => half?.readableEnded).toBe(true);
  });

  test("a reset is an error of the reading and of closed, and the pump ends once", async () => {
    const { port } = await rawServer((socket) => {
      socket.once("data", () => socket.resetAndDestroy());
    });
    const link = await tcp({ host, port })({ signal: signal() });
    const ends: unknown[] = [];
    const ended = new Promise<void>((resolve) => {
      const pump = startPump(link, {
        timers: hostTimers,
        onChunk: () => {},
        onEnd: (error) => {
          ends.push(error);
          resolve();
        },
      });
      pump.write(bytes(1)).catch(() => {});
    });
    await ended;
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({ disposition: "retry", hostError: "ECONNRESET" });
    expect(await link.closed).toMatchObject({ code: "ECONNRESET" });
  });
});

describe("an attempt", () => {
  test("that is refused rejects with Node's error, which is retried", async () => {
    const { port, server } = await rawServer(() => {});
    await new Promise((resolve) => server.close(resolve));
    for (const name of [host, "localhost"]) {
      const error = await rejectionOf(tcp({ host: name, port })({ signal: signal() }));
      expect(error).toMatchObject({ code: "ECONNREFUSED" });
      expect(classifyLinkError(error)).toMatchObject({
        disposition: "retry",
        message: expect.stringContaining("listens on this port"),
      });
    }
  });

  test("to a name that does not exist is retried", async () => {
    const error = await rejectionOf(
      tcp({ host: "no-such.invalid", port: 1 })({ signal: signal() }),
    );
    expect(classifyLinkError(error).disposition).toBe("retry");
  });

  test("that is aborted rejects with the signal's reason and leaves no listener on it", async () => {
    const { port } = await blackHole();
    const controller = new AbortController();
    const onSignal = countListeners(controller.signal);
    const opening = tcp({ host, port })({ signal: controller.signal });
    opening.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await stateOf(opening)).toBe("pending");
    const reason = new Error("stopped");
    controller.abort(reason);
    expect(await rejectionOf(opening)).toBe(reason);
    expect(onSignal.left).toEqual([]);
    const before = AbortSignal.abort(reason);
    expect(await rejectionOf(tcp({ host, port })({ signal: before }))).toBe(reason);
  });

  test("that was aborted does not end the process by an error that comes late", async () => {
    const sockets: Socket[] = [];
    const original = Socket.prototype.connect;
    Socket.prototype.connect = function (this: Socket, ...rest: unknown[]) {
      sockets.push(this);
      return original.apply(this, rest as never);
    } as typeof original;
    try {
      const controller = new AbortController();
      const attempt = tcp({ host, port: 1 })({ signal: controller.signal });
      controller.abort("enough");
      expect(await rejectionOf(attempt)).toBe("enough");
      expect(() => sockets[0]?.emit("error", new Error("late"))).not.toThrow();
    } finally {
      Socket.prototype.connect = original;
    }
  });

  test("that takes longer than connectTimeoutMs is retried", async () => {
    const { port } = await blackHole();
    const error = await rejectionOf(
      tcp({ host, port, connectTimeoutMs: 60 })({ signal: signal() }),
    );
    expect(error).toMatchObject({ code: "ETIMEDOUT" });
    expect(classifyLinkError(error)).toMatchObject({
      disposition: "retry",
      message: expect.stringContaining(`Cannot connect: connect ETIMEDOUT ${host}:${port}`),
    });
  });

  test("leaves no timer, however it ends", async () => {
    const connectTimeoutMs = 12_345;
    const made = vi.spyOn(globalThis, "setTimeout");
    const cleared = vi.spyOn(globalThis, "clearTimeout");
    try {
      const { port } = await echoListener();
      const link = await tcp({ host, port, connectTimeoutMs })({ signal: signal() });
      const refused = tcp({ host, port: 1, connectTimeoutMs })({ signal: signal() });
      await rejectionOf(refused);
      const hole = await blackHole();
      const aborted = tcp({ host, port: hole.port, connectTimeoutMs })({
        signal: AbortSignal.timeout(20),
      });
      await rejectionOf(aborted);
      await link.close();
      const ours = made.mock.calls.flatMap(([, delayMs], at) =>
        delayMs === connectTimeoutMs ? [made.mock.results[at]?.value] : [],
      );
      expect(ours).toHaveLength(3);
      for (const timer of ours) expect(cleared).toHaveBeenCalledWith(timer);
    } finally {
      made.mockRestore();
      cleared.mockRestore();
    }
  });

  test("aborted after it succeeded, the link lives on", async () => {
    const { port } = await echoListener();
    const controller = new AbortController();
    // By a clock that stands still: the connection may take its time.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let link: ByteDuplex;
    try {
      link = await tcp({ host, port, connectTimeoutMs: 50 })({ signal: controller.signal });
      controller.abort();
      await vi.advanceTimersByTimeAsync(80);
    } finally {
      vi.useRealTimers();
    }
    await link.writable.getWriter().write(bytes(1));
    const reader = link.readable.getReader();
    expect(await readExactly(reader, 1)).toEqual(bytes(1));
    reader.releaseLock();
    await link.close();
  });
});

describe("closing", () => {
  test("is idempotent, resolves closed with its reason, and what was written arrives", async () => {
    const got: number[] = [];
    let ended = false;
    const { port } = await rawServer((socket) => {
      socket.on("data", (chunk: Buffer) => got.push(...chunk));
      socket.on("end", () => {
        ended = true;
        socket.end();
      });
    });
    const link = await tcp({ host, port })({ signal: signal() });
    await link.writable.getWriter().write(bytes(1, 2, 3));
    await Promise.all([link.close("done"), link.close("again")]);
    await link.close();
    expect(await link.closed).toBe("done");
    await expect.poll(() => ended).toBe(true);
    expect(got).toEqual([1, 2, 3]);
  });

  test("still sends what was handed over before it, however much", async () => {
    const total = 8 * 1_048_576;
    let got = 0;
    const { port } = await rawServer((socket) => {
      socket.on("data", (chunk: Buffer) => {
        got += chunk.byteLength;
      });
      socket.on("end", () => socket.end());
    });
    const link = await tcp({ host, port, closeTimeoutMs: 60_000 })({ signal: signal() });
    const writing = link.writable.getWriter().write(new Uint8Array(total));
    await new Promise((resolve) => setImmediate(resolve));
    await link.close();
    await writing;
    await expect.poll(() => got).toBe(total);
  });

  test("does not wait for a far end that keeps its half open", async () => {
    const { port } = await rawServer((socket) => void socket.resume());
    const link = await tcp({ host, port, closeTimeoutMs: 60_000 })({ signal: signal() });
    // The test's own time limit is far below that of the closing.
    await link.close();
    expect(await link.closed).toBeUndefined();
  });

  test("leaves no listener on the socket", async () => {
    const { port } = await echoListener();
    const { Socket: NetSocket } = await import("node:net");
    const seen: Socket[] = [];
    const original = NetSocket.prototype.connect;
    NetSocket.prototype.connect = function (this: Socket, ...rest: unknown[]) {
      seen.push(this);
      return original.apply(this, rest as never);
    } as typeof original;
    let link: ByteDuplex;
    try {
      link = await tcp({ host, port })({ signal: signal() });
    } finally {
      NetSocket.prototype.connect = original;
    }
    await link.close();
    const socket = seen[0] as Socket;
    const left = ["data", "error", "close", "connect"].map((event) => socket.listenerCount(event));
    expect(left).toEqual([0, 0, 0, 0]);
    expect(socket.destroyed).toBe(true);
  });
});

describe("tcpListen", () => {
  test("listens on the loopback at a free port, and closing ends its connections", async () => {
    const links: TcpDuplex[] = [];
    const listener = await tcpListen({ onConnection: (link) => void links.push(link) });
    expect(listener.host).toBe("127.0.0.1");
    expect(listener.port).toBeGreaterThan(0);
    const client = await tcp({ host, port: listener.port })({ signal: signal() });
    await expect.poll(() => links.length).toBe(1);
    await Promise.all([listener.close(), listener.close()]);
    expect((await client.readable.getReader().read()).done).toBe(true);
    expect(await links[0]?.closed).toBeUndefined();
    const refused = await rejectionOf(tcp({ host, port: listener.port })({ signal: signal() }));
    expect(refused).toMatchObject({ code: "ECONNREFUSED" });
  });

  test("outlives a connection that the system could not hand over, and tells of it", async () => {
    const servers: Server[] = [];
    const original = Server.prototype.listen;
    Server.prototype.listen = function (this: Server, ...rest: unknown[]) {
      servers.push(this);
      return original.apply(this, rest as never);
    } as typeof original;
    const told: Error[] = [];
    const links: TcpDuplex[] = [];
    const onConnection = (link: TcpDuplex) => void links.push(link);
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    try {
      const telling = await tcpListen({ onConnection, onError: (error) => void told.push(error) });
      const quiet = await tcpListen({ onConnection });
      cleanups.push(() => Promise.all([telling.close(), quiet.close()]));
      // Node emits it when `accept` fails, and without a listener the process would end.
      const error = Object.assign(new Error("accept EMFILE"), { code: "EMFILE" });
      for (const server of servers) server.emit("error", error);
      expect(told).toEqual([error]);
      expect(warned.mock.calls.map(([what]) => what)).toEqual([error]);
      for (const { port } of [telling, quiet]) await tcp({ host, port })({ signal: signal() });
      await expect.poll(() => links.length).toBe(2);
    } finally {
      warned.mockRestore();
      Server.prototype.listen = original;
    }
  });

  test("rejects when the port is taken", async () => {
    const { port } = await echoListener();
    const error = await rejectionOf(tcpListen({ port, onConnection: () => {} }));
    expect(error).toMatchObject({ code: "EADDRINUSE" });
    expect(classifyLinkError(error).message).toContain("choose another port");
  });
});

test("wrong options are refused at once, with the allowed range", async () => {
  const make = (wrong: object) => () => tcp({ host, port: 502, ...wrong } as TcpOptions);
  for (const wrong of [{ host: "" }, { host: 7 }]) expect(make(wrong)).toThrow(TypeError);
  for (const wrong of [
    { port: 0 },
    { port: 65_536 },
    { port: "502" },
    { port: Number.NaN },
    { connectTimeoutMs: -1 },
    { keepAliveMs: Infinity },
    { closeTimeoutMs: 2 ** 31 },
  ]) {
    expect(make(wrong), JSON.stringify(wrong)).toThrow(RangeError);
  }
  expect(make({ port: 0 })).toThrow("port is 0: it must be a whole number, 1 to 65535");
  expect(await rejectionOf(tcpListen({ port: -1, onConnection: () => {} }))).toBeInstanceOf(
    RangeError,
  );
  expect(await rejectionOf(tcpListen({} as never))).toBeInstanceOf(TypeError);
  const onError = "loudly" as never;
  expect(await rejectionOf(tcpListen({ onConnection: () => {}, onError }))).toBeInstanceOf(
    TypeError,
  );
});
