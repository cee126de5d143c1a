// The checks of serial options, before anything is opened.
//
// Owns the ranges of the Web Serial specification (SER-1) and our default of `bufferSize`. What a
// browser refuses beyond them comes back from `open` as a final LinkError.

import { printed } from "../../kernel/exit-reason.js";
import type { WebSerialFilter, WebSerialOpenOptions } from "./web-serial-api.js";

/** Ours; the specification's 255 is below a frame of 256 bytes. */
const DEFAULT_BUFFER_BYTES = 4_096;
const MAX_BUFFER_BYTES = 16_777_216;

/**
 * Gives the options of `open` with our defaults, and nothing else of what was passed.
 * @throws TypeError or RangeError naming the option.
 */
export function checkOpenOptions(options: WebSerialOpenOptions): Required<WebSerialOpenOptions> & {
  readonly baudRate: number;
} {
  const {
    baudRate,
    dataBits = 8,
    stopBits = 1,
    parity = "none",
    flowControl = "none",
    bufferSize = DEFAULT_BUFFER_BYTES,
  } = options;
  checkWhole("baudRate", baudRate, 1, 4_294_967_295);
  checkOneOf("dataBits", dataBits, [7, 8]);
  checkOneOf("stopBits", stopBits, [1, 2]);
  checkOneOf("parity", parity, ["none", "even", "odd"]);
  checkOneOf("flowControl", flowControl, ["none", "hardware"]);
  checkWhole("bufferSize", bufferSize, 1, MAX_BUFFER_BYTES);
  return { baudRate, dataBits, stopBits, parity, flowControl, bufferSize };
}

/** @throws TypeError or RangeError naming the filter. */
export function checkFilters(filters: readonly WebSerialFilter[]): void {
  if (!Array.isArray(filters)) {
    throw new TypeError(
      `filters is ${printed(filters)}: it must be an array such as [{ usbVendorId: 0x0403 }]`,
    );
  }
  for (const [index, filter] of filters.entries()) {
    const name = `filters[${index}]`;
    if (typeof filter !== "object" || filter === null) {
      throw new TypeError(
        `${name} is ${printed(filter)}: it must be an object such as { usbVendorId: 0x0403 }`,
      );
    }
    const { usbVendorId, usbProductId, bluetoothServiceClassId } = filter;
    if (usbVendorId !== undefined) checkWhole(`${name}.usbVendorId`, usbVendorId, 0, 65_535);
    if (usbProductId !== undefined) checkWhole(`${name}.usbProductId`, usbProductId, 0, 65_535);
    if (usbProductId !== undefined && usbVendorId === undefined) {
      throw new TypeError(`${name} has a usbProductId and no usbVendorId: give both`);
    }
    if (usbVendorId === undefined && bluetoothServiceClassId === undefined) {
      throw new TypeError(`${name} selects nothing: give usbVendorId or bluetoothServiceClassId`);
    }
  }
}

function checkWhole(name: string, value: unknown, min: number, max: number): void {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new RangeError(
      `${name} is ${printed(value)}: it must be a whole number, ${min} to ${max}`,
    );
  }
}

function checkOneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) {
    throw new RangeError(
      `${name} is ${printed(value)}: it must be ${allowed.map(printed).join(" or ")}`,
    );
  }
}
