// Byte links over TCP in Node: `tcp` connects, `tcpListen` accepts.
//
// Owns one attempt, the sockets that it opened or accepted, and their timers. It neither connects
// again nor frames. Errors are Node's own, with their `code`: `classifyLinkError` gives them their
// meaning.

import { connect as connectSocket, createServer, type Socket } from "node:net";
import type { ByteDuplex, Connect } from "../../src/adapters/byte-link/byte-duplex.js";
import type { TcpListener, TcpListenOptions, TcpOptions } from "../../src/adapters/tcp/tcp.js";
import { checkText, checkTime, checkWhole } from "../shared/check-option.js";
import { duplexOfStream } from "./stream-duplex.js";

/**
 * Gives a `Connect` over TCP.
 *
 * The attempt rejects with Node's error (`code` is `ECONNREFUSED`, `ETIMEDOUT`, …), or with the
 * signal's reason when aborted. The far end's FIN ends the link as a whole: `readable` ends, `closed`
 * resolves.
 *
 * @throws TypeError or RangeError at once when an option is wrong.
 *
 * @example
 * ```ts
 * child(modbusClient, [{ connect: tcp({ host: "192.0.2.7", port: 502 }), framing: "tcp" }])
 * ```
 */
export function tcp(options: TcpOptions): Connect {
  const { host, port, noDelay = true, connectTimeoutMs, keepAliveMs } = options;
  const { closeTimeoutMs = 1_000 } = options;
  checkText("host", host);
  checkWhole("port", port, 1, 65_535);
  if (connectTimeoutMs !== undefined) checkTime("connectTimeoutMs", connectTimeoutMs);
  if (keepAliveMs !== undefined) checkTime("keepAliveMs", keepAliveMs);
  checkTime("closeTimeoutMs", closeTimeoutMs);

  return ({ signal }) =>
    new Promise<ByteDuplex>((resolve, reject) => {
      signal.throwIfAborted();
      const keepAlive =
        keepAliveMs === undefined ? {} : { keepAlive: true, keepAliveInitialDelay: keepAliveMs };
      const socket = connectSocket({ host, port, noDelay, ...keepAlive });
      let limit: ReturnType<typeof setTimeout> | undefined;
      const settle = () => {
        clearTimeout(limit);
        signal.removeEventListener("abort", onAbort);
        socket.removeListener("connect", onConnect);
        socket.removeListener("error", fail);
      };
      const fail = (error: unknown) => {
        settle();
        // An error that is on its way already must not end the process.
        socket.on("error", () => {});
        socket.destroy();
        reject(error);
      };
      const onAbort = () => fail(signal.reason);
      const onConnect = () => {
        settle();
        resolve(duplexOfSocket(socket, closeTimeoutMs));
      };
      signal.addEventListener("abort", onAbort);
      socket.once("connect", onConnect);
      socket.once("error", fail);
      if (connectTimeoutMs !== undefined) {
        limit = setTimeout(() => {
          const text = `connect ETIMEDOUT ${host}:${port} within ${connectTimeoutMs} ms`;
          fail(Object.assign(new Error(text), { code: "ETIMEDOUT", syscall: "connect" }));
        }, connectTimeoutMs);
      }
    });
}

/**
 * Listens for TCP connections: a slave's side. Resolves once it listens; rejects with Node's error
 * (`EADDRINUSE`, `EACCES`).
 *
 * @throws TypeError or RangeError (as a rejection) when an option is wrong.
 *
 * @example
 * ```ts
 * const slave = await system.start(modbusSlave, { framing: "tcp", bank: { coils: 16 } });
 * const listener = await tcpListen({
 *   port: 1502,
 *   onConnection: (duplex) => slave.cast.attach(duplex),
 * });
 * await listener.close();
 * ```
 */
export async function tcpListen(options: TcpListenOptions): Promise<TcpListener> {
  const { host = "127.0.0.1", port = 0, noDelay = true, closeTimeoutMs = 1_000 } = options;
  checkText("host", host);
  checkWhole("port", port, 0, 65_535);
  checkTime("closeTimeoutMs", closeTimeoutMs);
  if (typeof options.onConnection !== "function") {
    throw new TypeError(`onConnection is ${typeof options.onConnection}: it must be a function`);
  }
  if (options.onError !== undefined && typeof options.onError !== "function") {
    throw new TypeError(`onError is ${typeof options.onError}: it must be a function, or left out`);
  }
  const open = new Set<ByteDuplex>();
  const server = createServer({ noDelay }, (socket) => {
    const { remoteAddress, remotePort } = socket;
    const duplex = { ...duplexOfSocket(socket, closeTimeoutMs), remoteAddress, remotePort };
    open.add(duplex);
    duplex.closed?.then(() => open.delete(duplex));
    try {
      options.onConnection(duplex);
    } catch (error) {
      // Nobody owns it now. The error itself is a bug of the callback: Node reports it.
      duplex.close(error);
      throw error;
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.removeListener("error", reject);
      // Without a listener, the first connection that fails would end the process.
      server.on("error", options.onError ?? ((error) => process.emitWarning(error)));
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  let closing: Promise<void> | undefined;
  return {
    host,
    port: address.port,
    close() {
      closing ??= (async () => {
        const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
        await Promise.all([...open].map((duplex) => duplex.close()));
        await stopped;
      })();
      return closing;
    },
  };
}

function duplexOfSocket(socket: Socket, closeTimeoutMs: number): ByteDuplex {
  return duplexOfStream(socket, {
    closeTimeoutMs,
    // Ends once the written bytes went out, without waiting for the far end's FIN.
    end: () => socket.destroySoon(),
    destroy: () => socket.destroy(),
  });
}
