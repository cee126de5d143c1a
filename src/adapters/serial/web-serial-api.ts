// The part of the Web Serial API that we use, as types of our own.
//
// Owns the shape of `navigator.serial` and of its ports: TypeScript's DOM library has neither, and a
// polyfill or a fake that fits may be injected. It holds no code but the look-up of the host's own.
// Source: https://wicg.github.io/serial/

import { UnsupportedError } from "../../kernel/errors.js";
import { hostName } from "../../realms/links/host-name.js";
import type { SerialOutputSignals } from "../byte-link/byte-duplex.js";

/** What a port tells about its device; a port that is not on USB has no USB ids. */
export interface WebSerialPortInfo {
  readonly usbVendorId?: number | undefined;
  readonly usbProductId?: number | undefined;
  readonly bluetoothServiceClassId?: number | string | undefined;
}

/** Selects ports by their device. A product id needs a vendor id. */
export interface WebSerialFilter {
  /** 0 to 65,535. */
  readonly usbVendorId?: number | undefined;
  /** 0 to 65,535. */
  readonly usbProductId?: number | undefined;
  /** A UUID, or a short number that stands for one. */
  readonly bluetoothServiceClassId?: number | string | undefined;
}

/** What `open` takes. */
export interface WebSerialOpenOptions {
  readonly baudRate: number;
  readonly dataBits?: 7 | 8 | undefined;
  readonly stopBits?: 1 | 2 | undefined;
  readonly parity?: "none" | "even" | "odd" | undefined;
  readonly flowControl?: "none" | "hardware" | undefined;
  readonly bufferSize?: number | undefined;
}

/** A `SerialPort` of Web Serial. Both streams are `null` while it is closed or lost (SER-1). */
export interface WebSerialPort {
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
  open(options: WebSerialOpenOptions): Promise<void>;
  close(): Promise<void>;
  getInfo(): WebSerialPortInfo;
  setSignals?(signals: SerialOutputSignals): Promise<void>;
  addEventListener?(type: string, listener: (event: Event) => void): void;
  removeEventListener?(type: string, listener: (event: Event) => void): void;
}

/** `navigator.serial`, or what stands in for it. */
export interface WebSerial {
  getPorts(): Promise<WebSerialPort[]>;
  /** Only in a page: a Worker has `getPorts` alone. */
  requestPort?(options?: {
    filters?: WebSerialFilter[];
    allowedBluetoothServiceClassIds?: (number | string)[];
  }): Promise<WebSerialPort>;
  addEventListener?(type: string, listener: (event: Event) => void): void;
  removeEventListener?(type: string, listener: (event: Event) => void): void;
}

/** The injected one, else the host's: looked up when it is needed, never at import. */
export function findWebSerial(injected: WebSerial | undefined): WebSerial | undefined {
  const host = globalThis as { navigator?: { serial?: WebSerial | undefined } | undefined };
  return injected ?? host.navigator?.serial;
}

/**
 * Like {@link findWebSerial}.
 * @throws UnsupportedError where there is none.
 */
export function requireWebSerial(
  injected: WebSerial | undefined,
  host: string = hostName(),
): WebSerial {
  const serial = findWebSerial(injected);
  if (serial !== undefined) return serial;
  throw new UnsupportedError({
    capability: "Web Serial",
    host,
    alternative:
      "use Chrome or Edge 89, or Firefox 151 on a desktop, over HTTPS; or pass web-serial-polyfill " +
      "as { serial }; or reach the port through webSocketBytes; in Node use serialPort",
  });
}
