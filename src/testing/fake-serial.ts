// A fake `navigator.serial`: which ports there are, the picker, the cable.
//
// Owns the list of granted ports and the events of plugging and unplugging (SER-7). What a port does
// while it is open is fake-serial-port.ts's. Source: https://wicg.github.io/serial/

import type {
  WebSerial,
  WebSerialFilter,
  WebSerialPortInfo,
} from "../adapters/serial/web-serial-api.js";
import { FakeSerialDevice } from "./fake-serial-device.js";
import { FakeSerialPort } from "./fake-serial-port.js";

/** A fake `navigator.serial` with the ports that a test gives it. */
export class FakeSerial extends EventTarget implements WebSerial {
  readonly #ports: FakeSerialPort[] = [];
  #choice: FakeSerialPort | DOMException | undefined;

  /** Adds a granted port with its device, plugged in. */
  addPort(info: WebSerialPortInfo = {}): FakeSerialPort {
    const port = new FakeSerialPort(info, new FakeSerialDevice());
    this.#ports.push(port);
    return port;
  }

  /** The granted ports that are plugged in. */
  async getPorts(): Promise<FakeSerialPort[]> {
    return this.#ports.filter((port) => port.connected);
  }

  /** The picker: gives what {@link choose} set, else rejects as when the user closes it. */
  async requestPort(options: { filters?: WebSerialFilter[] } = {}): Promise<FakeSerialPort> {
    for (const filter of options.filters ?? []) {
      if (filter.usbProductId !== undefined && filter.usbVendorId === undefined) {
        throw new TypeError("A filter containing a usbProductId must also have a usbVendorId.");
      }
    }
    const choice = this.#choice ?? domError("No port selected by the user.", "NotFoundError");
    if (choice instanceof DOMException) throw choice;
    return choice;
  }

  /** What the user does in the picker: chooses a port, or an error by its name. */
  choose(choice: FakeSerialPort | "NotFoundError" | "SecurityError"): void {
    this.#choice =
      typeof choice === "string" ? domError("Failed to request a port.", choice) : choice;
  }

  /** Pulls the cable: the port's streams fail, it leaves `getPorts`, and `disconnect` is fired. */
  unplug(port: FakeSerialPort): void {
    port.setPlugged(false);
    this.dispatchEvent(port.announce("disconnect"));
  }

  /**
   * Plugs the cable in and fires `connect`. As in a browser, the port is a new handle of the same
   * device by default; with `sameHandle` it is the old one (a Bluetooth port). Gives the handle.
   */
  plug(port: FakeSerialPort, options: { readonly sameHandle?: boolean } = {}): FakeSerialPort {
    const handle =
      options.sameHandle === true ? port : new FakeSerialPort(port.getInfo(), port.device);
    if (handle !== port) this.#ports.splice(this.#ports.indexOf(port), 1, handle);
    handle.setPlugged(true);
    this.dispatchEvent(handle.announce("connect"));
    return handle;
  }
}

function domError(message: string, name: string): DOMException {
  return new DOMException(message, name);
}
