// A host's own serial ports as byte links: the options, and what stands for them where there are none.
//
// Owns the types and the refusal. Node's implementation is platform/node/serialport.ts; the exports map
// of package.json chooses. Deno and Bun have none: the package serialport reads nothing in Deno and
// ends the process in Bun (https://github.com/oven-sh/bun/issues/18546).

import { UnsupportedError } from "../../kernel/errors.js";
import { hostName } from "../../realms/links/host-name.js";
import type { Connect } from "../byte-link/byte-duplex.js";

/** Options of {@link serialPort}. */
export interface SerialPortOptions {
  /** The port: `/dev/ttyUSB0`, `/dev/serial/by-id/…` (which follows the adapter), `COM3`. */
  readonly path: string;
  /** Bits per second, 1 or more. */
  readonly baudRate: number;
  /** 7 or 8. Default 8. */
  readonly dataBits?: 7 | 8 | undefined;
  /** 1 or 2. Default 1. */
  readonly stopBits?: 1 | 2 | undefined;
  /** Default `none`. */
  readonly parity?: "none" | "even" | "odd" | undefined;
  /** `hardware` is RTS/CTS. Default `none`. */
  readonly flowControl?: "none" | "hardware" | undefined;
  /** A driver that will not close is given up after so long. Default 1,000 ms. */
  readonly closeTimeoutMs?: number | undefined;
  /** The class of the package, or one that fits. Default: `SerialPort` of `serialport`. */
  readonly SerialPort?: SerialPortConstructor | undefined;
}

/** What a link needs of the package's `SerialPort`. */
export interface NodeSerialPort {
  write(bytes: Uint8Array, done: (error?: Error | null) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  on(event: string, listener: (...args: never[]) => void): unknown;
  removeListener(event: string, listener: (...args: never[]) => void): unknown;
  /** Reads the modem lines, which fails once the port is gone. */
  get?(done: (error: Error | null) => void): void;
  readonly isOpen: boolean;
  /** Whether the driver is being closed: `close` is emitted once more when it is. */
  readonly closing: boolean;
  open(done: (error: Error | null) => void): void;
  /** A close with `disconnect` is told as a loss: `close` is emitted with it. */
  close(done?: (error: Error | null) => void, disconnect?: Error): void;
  set(
    lines: { dtr: boolean; rts: boolean; brk: boolean },
    done: (error: Error | null) => void,
  ): void;
  destroy(): unknown;
}

/** The constructor of {@link NodeSerialPort}. */
export type SerialPortConstructor = new (options: {
  path: string;
  baudRate: number;
  dataBits: 7 | 8;
  stopBits: 1 | 2;
  parity: "none" | "even" | "odd";
  rtscts: boolean;
  autoOpen: false;
}) => NodeSerialPort;

/**
 * Gives a `Connect` over one of the host's own serial ports: in Node, with the package serialport.
 *
 * @throws UnsupportedError on every other host, at once.
 */
export function serialPort(_options: SerialPortOptions): Connect {
  throw new UnsupportedError({
    capability: "a serial port by its path",
    host: hostName(),
    alternative:
      "use webSerial in a page or a Worker; elsewhere open the port in Node, and reach it from here " +
      "through tcp or webSocketBytes",
  });
}
