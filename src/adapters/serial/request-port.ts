// The page's half of Web Serial: the browser's port picker.
//
// Owns the call that must come from a user's gesture and the meaning of its failures. The port it
// gives goes to `webSerial({ port })`; a Worker needs no hand-over, it finds granted ports itself.

import { UnsupportedError } from "../../kernel/errors.js";
import { classifyLinkError } from "../byte-link/classify.js";
import { checkFilters } from "./check-options.js";
import {
  requireWebSerial,
  type WebSerial,
  type WebSerialFilter,
  type WebSerialPort,
} from "./web-serial-api.js";

/** Options of {@link requestWebSerialPort}. */
export interface RequestWebSerialPortOptions {
  /** Which ports the picker shows. Default: all. */
  readonly filters?: readonly WebSerialFilter[] | undefined;
  /** Bluetooth services beyond the serial port profile whose ports may be shown. */
  readonly allowedBluetoothServiceClassIds?: readonly (number | string)[] | undefined;
  /** Default: `navigator.serial`. */
  readonly serial?: WebSerial | undefined;
}

/**
 * Shows the browser's port picker and resolves with the port that the user chose. Call it from a
 * click, before any `await`: the browser demands a gesture. Only a page has it (SER-1).
 *
 * Rejects with a `LinkError` of disposition `needsPermission` when the user chose none or the page
 * may not ask (SER-2: never retried), with an `UnsupportedError` where there is no picker, with a
 * TypeError or RangeError when a filter is wrong.
 *
 * @example
 * ```ts
 * const button = document.querySelector("button")!;
 * button.onclick = async () => {
 *   const port = await requestWebSerialPort({ filters: [{ usbVendorId: 0x0403 }] });
 *   await system.start(modbusClient, { connect: webSerial({ port, baudRate: 19_200 }), framing: "rtu" });
 * };
 * ```
 */
export async function requestWebSerialPort(
  options: RequestWebSerialPortOptions = {},
): Promise<WebSerialPort> {
  const { filters = [], allowedBluetoothServiceClassIds } = options;
  checkFilters(filters);
  const serial = requireWebSerial(options.serial);
  if (serial.requestPort === undefined) {
    throw new UnsupportedError({
      capability: "the picker of serial ports",
      host: "a Worker",
      alternative: "call requestWebSerialPort in the page; the Worker then finds the granted port",
    });
  }
  try {
    // Nothing is awaited before this call: the gesture would be lost.
    return await serial.requestPort({
      ...(filters.length === 0 ? {} : { filters: [...filters] }),
      ...(allowedBluetoothServiceClassIds === undefined
        ? {}
        : { allowedBluetoothServiceClassIds: [...allowedBluetoothServiceClassIds] }),
    });
  } catch (error) {
    throw classifyLinkError(error, { action: "choose a serial port" });
  }
}
