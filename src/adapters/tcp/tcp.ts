// TCP as a byte link: its options, and what stands for it on hosts that have no sockets.
//
// Owns the types that every implementation has, and the refusal. Node's implementation, which Deno and
// Bun take too, is platform/node/tcp-socket.ts; the exports map of package.json chooses.

import { UnsupportedError } from "../../kernel/errors.js";
import { hostName } from "../../realms/links/host-name.js";
import type { ByteDuplex, Connect } from "../byte-link/byte-duplex.js";

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
 * Gives a `Connect` over TCP, where the host has sockets: Node, Deno and Bun.
 *
 * @throws UnsupportedError on every other host, at once.
 */
export function tcp(_options: TcpOptions): Connect {
  throw lacking();
}

/**
 * Listens for TCP connections, where the host has sockets: Node, Deno and Bun. Rejects with an
 * UnsupportedError on every other host.
 */
export async function tcpListen(_options: TcpListenOptions): Promise<TcpListener> {
  throw lacking();
}

function lacking(): UnsupportedError {
  return new UnsupportedError({
    capability: "TCP",
    host: hostName(),
    alternative:
      "use Node, Deno or Bun; or reach the device through webSocketBytes and a bridge there; or pass " +
      "a connect of your own over what this host has, such as cloudflare:sockets",
  });
}
