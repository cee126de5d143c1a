// Which granted port to open (SER-4): the one that was used, a fresh handle of it, or none.
//
// Owns the memory of one `webSerial()`: its port, and whether an identical adapter was ever seen
// beside it. A browser gives an adapter that was plugged in again a new handle, so vendor and
// product are all there is to recognise it by; with a twin about they prove nothing, and then a
// person chooses. Opens no port.

import { LinkError } from "../byte-link/errors.js";
import { AmbiguousPort } from "./ambiguous-port.js";
import type {
  WebSerial,
  WebSerialFilter,
  WebSerialPort,
  WebSerialPortInfo,
} from "./web-serial-api.js";

/** Chooses the port for each attempt of one link. */
export interface PortChooser {
  /**
   * Gives the port to open.
   * Rejects with `AmbiguousPort` when several fit, with a `LinkError` of disposition
   * `needsPermission` when none was granted, and with what `getPorts` rejects with.
   */
  choose(serial: WebSerial): Promise<WebSerialPort>;
  /** Takes note of a port that appeared while the chosen one was open: it is another device. */
  sawWhileOpen(other: WebSerialPort): void;
  /** Whether a port is of a kind that this link would open. */
  fits(port: WebSerialPort): boolean;
}

/** Makes a chooser that starts from an explicit port, or from filters alone. */
export function portChooser(
  filters: readonly WebSerialFilter[],
  explicit: WebSerialPort | undefined,
): PortChooser {
  let cached = explicit;
  let hasTwin = false;

  const fits = (port: WebSerialPort): boolean => {
    if (cached !== undefined) return port === cached || sameKind(port.getInfo(), cached.getInfo());
    return filters.length === 0 || filters.some((filter) => matches(port.getInfo(), filter));
  };

  return {
    fits,
    sawWhileOpen(other) {
      if (other !== cached && fits(other)) hasTwin = true;
    },
    async choose(serial) {
      const fitting = (await serial.getPorts()).filter(fits);
      // The handle itself is proof: whatever else fits is another device.
      if (cached !== undefined && fitting.includes(cached)) {
        hasTwin = fitting.length > 1;
        return cached;
      }
      if (cached !== undefined && hasTwin && fitting.length > 0) {
        throw new AmbiguousPort(infosOf(fitting), true);
      }
      if (fitting.length > 1) throw new AmbiguousPort(infosOf(fitting), false);
      cached = fitting[0] ?? cached;
      if (cached === undefined) throw noPort(filters);
      return cached;
    },
  };
}

function infosOf(ports: readonly WebSerialPort[]): WebSerialPortInfo[] {
  return ports.map((port) => port.getInfo());
}

/** Built-in ports have no ids: they all look alike, and only the handle itself is proof. */
function sameKind(one: WebSerialPortInfo, other: WebSerialPortInfo): boolean {
  return (
    (one.usbVendorId !== undefined || one.bluetoothServiceClassId !== undefined) &&
    one.usbVendorId === other.usbVendorId &&
    one.usbProductId === other.usbProductId &&
    one.bluetoothServiceClassId === other.bluetoothServiceClassId
  );
}

function matches(info: WebSerialPortInfo, filter: WebSerialFilter): boolean {
  return (
    (filter.usbVendorId === undefined || filter.usbVendorId === info.usbVendorId) &&
    (filter.usbProductId === undefined || filter.usbProductId === info.usbProductId) &&
    (filter.bluetoothServiceClassId === undefined ||
      filter.bluetoothServiceClassId === info.bluetoothServiceClassId)
  );
}

function noPort(filters: readonly WebSerialFilter[]): LinkError {
  const which = filters.length === 0 ? "" : " that fits the filters";
  return new LinkError({
    message:
      `Cannot open a serial port: the user granted none${which}, or it is not plugged in; ` +
      "plug it in, or call requestWebSerialPort from a click in the page",
    disposition: "needsPermission",
    hostError: "NotFoundError",
  });
}
