// A byte link over a serial port in Node, by the package serialport (an optional peer, loaded at the
// first attempt).
//
// Owns one attempt and the open port. It neither connects again nor frames. Errors are the package's
// own (most have a text only): `classifyLinkError` gives them their meaning. The port is locked, so
// that two programs never share a line.

import type {
  ByteDuplex,
  Connect,
  SerialOutputSignals,
} from "../../src/adapters/byte-link/byte-duplex.js";
import type {
  NodeSerialPort,
  SerialPortConstructor,
  SerialPortOptions,
} from "../../src/adapters/serial/serial-port.js";
import { UnsupportedError } from "../../src/kernel/errors.js";
import { checkOneOf, checkText, checkTime, checkWhole } from "../shared/check-option.js";
import { watchHangup } from "./serial-hangup.js";
import { duplexOfStream } from "./stream-duplex.js";

/**
 * Gives a `Connect` over a serial port.
 *
 * The attempt rejects with the package's error, with an UnsupportedError where the package
 * is not installed, or with the signal's reason when aborted. Unplugging resolves the link's
 * `closed` with the error that the driver reported: at once where the driver tells, else within a
 * quarter of a second, or at the next write, which fails with EIO.
 *
 * @throws TypeError or RangeError at once when an option is wrong.
 *
 * @example
 * ```ts
 * child(modbusClient, [{ connect: serialPort({ path: "/dev/ttyUSB0", baudRate: 19_200 }), framing: "rtu" }])
 * ```
 */
export function serialPort(options: SerialPortOptions): Connect {
  const { path, baudRate, dataBits = 8, stopBits = 1, parity = "none" } = options;
  const { flowControl = "none", closeTimeoutMs = 1_000 } = options;
  checkText("path", path);
  checkWhole("baudRate", baudRate, 1, 4_294_967_295);
  checkOneOf("dataBits", dataBits, [7, 8]);
  checkOneOf("stopBits", stopBits, [1, 2]);
  checkOneOf("parity", parity, ["none", "even", "odd"]);
  checkOneOf("flowControl", flowControl, ["none", "hardware"]);
  checkTime("closeTimeoutMs", closeTimeoutMs);
  if (options.SerialPort !== undefined && typeof options.SerialPort !== "function") {
    throw new TypeError("SerialPort is no class: pass that of the package, or leave it out");
  }

  return async ({ signal }): Promise<ByteDuplex> => {
    signal.throwIfAborted();
    const SerialPort = options.SerialPort ?? (await loadSerialPort(path));
    signal.throwIfAborted();
    const rtscts = flowControl === "hardware";
    const port = new SerialPort({
      path,
      baudRate,
      dataBits,
      stopBits,
      parity,
      rtscts,
      autoOpen: false,
    });
    // For ever: the package may emit an error after the close of a port that was pulled out.
    port.on("error", ignoreError);
    await open(port, path, signal);
    const stopWatching = watchHangup(port, (error) => port.close(undefined, error));
    const onClose = (): void => {
      stopWatching();
      port.removeListener("close", onClose);
    };
    port.on("close", onClose);
    const duplex = duplexOfStream(port, {
      closeTimeoutMs,
      end() {
        if (port.isOpen) port.close();
        // After a failed write the package closes the driver by itself, and says so with `close`.
        else if (!port.closing) port.destroy();
      },
      destroy: () => port.destroy(),
      // A failed write ends the stream before the driver is closed: the port is still taken then.
      isReleased: () => !port.isOpen && !port.closing,
    });
    return { ...duplex, setSignals: lineSetter(port), baudRate };
  };
}

/** Opening cannot be cancelled: an aborted attempt closes the port as soon as it is open. */
function open(port: NodeSerialPort, path: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let aborted = false;
    const onAbort = () => {
      aborted = true;
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    port.open((error) => {
      signal.removeEventListener("abort", onAbort);
      if (aborted && error === null) port.close(() => port.destroy());
      else if (error !== null) {
        port.destroy();
        reject(Object.assign(error, { path, syscall: "open" }));
      } else resolve();
    });
  });
}

/** The package sets every line at each call: those that are left out must be told again. */
function lineSetter(port: NodeSerialPort): (signals: SerialOutputSignals) => Promise<void> {
  let lines = { dtr: true, rts: true, brk: false };
  return ({ dataTerminalReady, requestToSend, break: brk }) =>
    new Promise((resolve, reject) => {
      const next = {
        dtr: dataTerminalReady ?? lines.dtr,
        rts: requestToSend ?? lines.rts,
        brk: brk ?? lines.brk,
      };
      port.set(next, (error) => {
        if (error !== null) return reject(error);
        lines = next;
        resolve();
      });
    });
}

async function loadSerialPort(path: string): Promise<SerialPortConstructor> {
  try {
    const { SerialPort } = await import("serialport");
    return SerialPort as unknown as SerialPortConstructor;
  } catch (cause) {
    throw Object.assign(
      new UnsupportedError({
        capability: `the serial port ${path}`,
        host: "node",
        alternative:
          "the package serialport cannot be loaded; " +
          "run npm install serialport (it is an optional peer of troupe)",
      }),
      { cause },
    );
  }
}

function ignoreError(): void {}
