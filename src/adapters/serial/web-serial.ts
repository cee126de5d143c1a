// A byte link over Web Serial, in a page or (better, its timers are not throttled) in a dedicated
// Worker: the page shows the picker, the Worker finds the granted port by itself.
//
// Owns one attempt to open and the open port until it is closed or lost. The choice of the port is
// choose-port.ts's, the picker request-port.ts's. It does not reconnect: it tells its client when
// the device is gone (`closed`) and when one was plugged in (`wake`).

import { ActorError, checkMs } from "../../kernel/errors.js";
import type { ByteDuplex, Connect, ConnectOptions, LinkTimers } from "../byte-link/byte-duplex.js";
import { classifyLinkError } from "../byte-link/classify.js";
import { LinkError } from "../byte-link/errors.js";
import { settledWithin, signalTimers } from "../byte-link/timers.js";
import { describePort } from "./ambiguous-port.js";
import { checkFilters, checkOpenOptions } from "./check-options.js";
import { type PortChooser, portChooser } from "./choose-port.js";
import {
  findWebSerial,
  requireWebSerial,
  type WebSerial,
  type WebSerialFilter,
  type WebSerialOpenOptions,
  type WebSerialPort,
} from "./web-serial-api.js";

/** Options of {@link webSerial}. */
export interface WebSerialOptions extends WebSerialOpenOptions {
  /** Which granted ports may be opened. Default: any, if it is the only one. */
  readonly filters?: readonly WebSerialFilter[] | undefined;
  /** Bits per second, 1 or more. */
  readonly baudRate: number;
  /** 7 or 8. Default 8. */
  readonly dataBits?: 7 | 8 | undefined;
  /** 1 or 2. Default 1. */
  readonly stopBits?: 1 | 2 | undefined;
  /** Default `none`. */
  readonly parity?: "none" | "even" | "odd" | undefined;
  /** Default `none`. */
  readonly flowControl?: "none" | "hardware" | undefined;
  /**
   * Bytes that the browser buffers, 1 to 16,777,216. Default 4,096: the specification's own, 255,
   * is below one frame of 256 bytes (SER-1).
   */
  readonly bufferSize?: number | undefined;
  /** The port that the user chose. Default: the granted one that fits `filters`. */
  readonly port?: WebSerialPort | undefined;
  /** Default: `navigator.serial`, looked up at each attempt. A polyfill fits too (SER-5). */
  readonly serial?: WebSerial | undefined;
  /** A port that will not close is given up after so long. Default 1,000 ms. */
  readonly closeTimeoutMs?: number | undefined;
}

/**
 * Gives a `Connect` over Web Serial.
 *
 * Each attempt prefers the handle it used before, then a fresh one of the same vendor and product,
 * and never guesses between identical adapters. It rejects with:
 * - `LinkError` `retry`: the port is in use, or the device is not there yet;
 * - `LinkError` `needsPermission`: no granted port fits;
 * - `AmbiguousPort`: several do, or the lost one cannot be told from its twin;
 * - `LinkError` `final`: the browser refuses the settings;
 * - `UnsupportedError`: this host has no Web Serial;
 * - the signal's reason, when it was aborted.
 *
 * The link's `readable` is a new stream after a break, framing, parity or overrun error (SER-2).
 * Its `closed` resolves with a `LinkError` when the device is unplugged.
 *
 * @throws TypeError or RangeError at once when an option is wrong.
 *
 * @example
 * ```ts
 * const filters = [{ usbVendorId: 0x0403, usbProductId: 0x6001 }];
 * child(modbusClient, [{ connect: webSerial({ filters, baudRate: 19_200 }), framing: "rtu" }])
 * ```
 */
export function webSerial(options: WebSerialOptions): Connect {
  const { filters = [], closeTimeoutMs = 1_000 } = options;
  const openOptions = checkOpenOptions(options);
  checkFilters(filters);
  checkMs("closeTimeoutMs", closeTimeoutMs);
  const chooser = portChooser(filters, options.port);

  const connect = async ({
    signal,
    timers = signalTimers,
    host,
  }: ConnectOptions): Promise<ByteDuplex> => {
    signal.throwIfAborted();
    const serial = requireWebSerial(options.serial, host);
    const port = await choosePort(chooser, serial);
    signal.throwIfAborted();
    await openPort(port, openOptions, signal);
    return duplexOfPort({ port, serial, chooser, closeTimeoutMs, timers, ...openOptions });
  };

  const wake = (listener: () => void): (() => void) => {
    const serial = findWebSerial(options.serial);
    const onConnect = (event: Event) => {
      if (isPort(event.target) && !chooser.fits(event.target)) return;
      listener();
    };
    serial?.addEventListener?.("connect", onConnect);
    return () => serial?.removeEventListener?.("connect", onConnect);
  };

  return Object.assign(connect, { wake });
}

async function choosePort(chooser: PortChooser, serial: WebSerial): Promise<WebSerialPort> {
  try {
    return await chooser.choose(serial);
  } catch (error) {
    // getPorts rejects with SecurityError where a policy forbids serial. AmbiguousPort stays itself.
    throw error instanceof ActorError
      ? error
      : classifyLinkError(error, { action: "look for granted serial ports" });
  }
}

/** `open` cannot be cancelled: an aborted attempt closes the port as soon as it is open. */
async function openPort(
  port: WebSerialPort,
  openOptions: WebSerialOpenOptions,
  signal: AbortSignal,
): Promise<void> {
  const opening = port.open(openOptions).catch((error: unknown) => {
    const what = `${describePort(port.getInfo())} at ${openOptions.baudRate} baud`;
    throw classifyLinkError(error, { action: `open the serial port ${what}` });
  });
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      opening.then(() => port.close()).catch(() => {});
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const settled = () => signal.removeEventListener("abort", onAbort);
    opening.then(settled, settled);
    opening.then(resolve, reject);
  });
}

interface OpenPort {
  readonly port: WebSerialPort;
  readonly serial: WebSerial;
  readonly chooser: PortChooser;
  readonly closeTimeoutMs: number;
  readonly timers: LinkTimers;
  readonly baudRate: number;
}

function duplexOfPort(open: OpenPort): ByteDuplex {
  const { port, serial, chooser, closeTimeoutMs, timers } = open;
  let closing: Promise<void> | undefined;
  let resolveClosed: (reason: unknown) => void;
  const closed = new Promise<unknown>((resolve) => {
    resolveClosed = resolve;
  });
  const onDisconnect = () => {
    ignoreEvents();
    resolveClosed(lostPort());
  };
  const onConnect = (event: Event) => {
    if (isPort(event.target)) chooser.sawWhileOpen(event.target);
  };
  const ignoreEvents = () => {
    port.removeEventListener?.("disconnect", onDisconnect);
    serial.removeEventListener?.("connect", onConnect);
  };
  port.addEventListener?.("disconnect", onDisconnect);
  serial.addEventListener?.("connect", onConnect);

  const release = async (reason: unknown): Promise<void> => {
    let failure: unknown;
    const work = (async () => port.close())().catch((error: unknown) => {
      // A port that is lost or closed already has nothing left to release.
      if (isLocked(port)) failure = error;
    });
    await settledWithin(work, closeTimeoutMs, timers);
    if (failure !== undefined) {
      closing = undefined;
      throw classifyLinkError(failure, {
        action: "close the serial port before the locks of its streams are released",
      });
    }
    ignoreEvents();
    resolveClosed(reason);
  };

  return {
    // Null once the port is lost; a failed stream says so to the reader that it is read by.
    get readable() {
      return port.readable ?? failedReadable();
    },
    get writable() {
      return port.writable ?? failedWritable();
    },
    closed,
    close(reason) {
      closing ??= release(reason);
      return closing;
    },
    async setSignals(signals) {
      await port.setSignals?.(signals);
    },
    baudRate: open.baudRate,
  };
}

function isLocked(port: WebSerialPort): boolean {
  return port.readable?.locked === true || port.writable?.locked === true;
}

function isPort(target: unknown): target is WebSerialPort {
  return typeof (target as Partial<WebSerialPort> | null)?.getInfo === "function";
}

function lostPort(): LinkError {
  return new LinkError({
    message:
      "Cannot use the serial port: the device is gone; check the cable and the power of the device",
    disposition: "retry",
    hostError: "NetworkError",
  });
}

function failedReadable(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.error(lostPort()) });
}

function failedWritable(): WritableStream<Uint8Array> {
  return new WritableStream({ start: (controller) => controller.error(lostPort()) });
}
