// Byte links over TCP in Node: `tcp` connects, `tcpListen` accepts.
//
// Owns one attempt, the sockets that it opened or accepted, and their timers. It neither connects
// again nor frames. Errors are Node's own, with their `code`: `classifyLinkError` gives them their
// meaning.

import { connect as connectSocket, createServer, type Socket } from "node:net";
import type { ByteDuplex, Connect } from "../../src/adapters/byte-link/byte-duplex.js";
import { checkText, checkTime, checkWhole } from "../shared/check-option.js";
import { duplexOfStream } from "./stream-duplex.js";

/** Options of {@link tcp}. */
export interface TcpOptions {
  /** A name or an address. */
  readonly host: string;
  /** 1 to 65,535. */
  readonly port: number;
  /** Sends small writes at once, which requests want. Default `true`. */
  readonly noDelay?: boolean | undefined;
  /** A limit of one attempt beside the caller's signal, in milliseconds. Default: none. */
  readonly connectTimeoutMs?: number | undefined;
  /** Idle time before the system probes the far end, in milliseconds. Default: no probes. */
  readonly keepAliveMs?: number | undefined;
  /** How long `close` may wait for written bytes to go out. Default 1,000 ms. */
  readonly closeTimeoutMs?: number | undefined;
}

/** Options of {@link tcpListen}. */
export interface TcpListenOptions {
  /** The address to listen at. Default `127.0.0.1`: other machines cannot connect. */
  readonly host?: string | undefined;
  /** Default 0: a free one. */
  readonly port?: number | undefined;
  /** Called with each connection, which it then owns. */
  onConnection(duplex: TcpDuplex): void;
  /**
   * Called when the system could not hand a connection over, as with too many open files. The
   * others are served on. Default: a warning of Node's (`process.emitWarning`).
   */
  onError?(error: Error): void;
  /** As for {@link tcp}. */
  readonly noDelay?: boolean | undefined;
  /** As for {@link tcp}. */
  readonly closeTimeoutMs?: number | undefined;
}

/** A link that was accepted, and who is at its other end. */
export interface TcpDuplex extends ByteDuplex {
  /** The far end's address; `undefined` if it had left already. */
  readonly remoteAddress: string | undefined;
  /** The far end's port. */
  readonly remotePort: number | undefined;
}

/** A listening server. */
export interface TcpListener {
  /** The address that it listens at. */
  readonly host: string;
  /** The port that it listens at, also where 0 was asked for. */
  readonly port: number;
  /** Stops listening and closes every connection that is open. Idempotent. */
  close(): Promise<void>;
}

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
    throw new TypeError("tcpListen needs the function onConnection");
  }
  if (options.onError !== undefined && typeof options.onError !== "function") {
    throw new TypeError(
      `onError is ${String(options.onError)}: it must be a function, or left out`,
    );
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
