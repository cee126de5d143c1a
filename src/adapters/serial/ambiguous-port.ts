// The error for a choice that a program must not make.
//
// Owns `AmbiguousPort`: several granted ports fit, and writing to the wrong device is worse than
// waiting for a person. Which ports fit is decided in choose-port.ts.

import { ActorError } from "../../kernel/errors.js";
import type { WebSerialPortInfo } from "./web-serial-api.js";

/** Several granted ports fit, so that none was opened (SER-4). */
export class AmbiguousPort extends ActorError {
  override readonly name: string = "AmbiguousPort";
  readonly code: "ambiguous-port" = "ambiguous-port";
  /** Only a person can tell the ports apart: a client waits for one. */
  readonly disposition: "needsPermission" = "needsPermission";
  /** The ports that fit. */
  readonly ports: readonly WebSerialPortInfo[];

  constructor(ports: readonly WebSerialPortInfo[], lostPort: boolean) {
    const which = ports.map(describePort).join(" and ");
    super(
      lostPort
        ? `Cannot tell whether ${which} is the port that was lost, as an identical one was there: ` +
            "have the user choose it, and pass it as { port }"
        : `Cannot choose among ${ports.length} serial ports that fit (${which}): ` +
            "narrow the filters, or have the user choose one, and pass it as { port }",
    );
    this.ports = ports;
  }
}

/** A port in words: `USB 0403:6001`. */
export function describePort(info: WebSerialPortInfo): string {
  if (info.usbVendorId !== undefined) {
    return `USB ${hex4(info.usbVendorId)}:${hex4(info.usbProductId ?? 0)}`;
  }
  return info.bluetoothServiceClassId === undefined ? "a built-in port" : "a Bluetooth port";
}

function hex4(id: number): string {
  return id.toString(16).padStart(4, "0");
}
