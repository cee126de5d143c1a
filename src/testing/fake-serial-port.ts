// A Web Serial port without hardware, shaped by the specification (SER-7).
//
//   webSerial({ serial }) ──► FakeSerial ──► FakeSerialPort ══ line ══ FakeSerialDevice ◄── the test
//
// Owns the port's states, its two streams and the errors that replace them. Time does not pass in it:
// bytes move in microtasks. Where the specification leaves room it does as Chromium does, which was
// measured on a pty. Which ports there are is fake-serial.ts's. Source: https://wicg.github.io/serial/

import type { SerialOutputSignals } from "../adapters/byte-link/byte-duplex.js";
import { requireByteStreams } from "../adapters/byte-link/require-streams.js";
import type {
  WebSerialOpenOptions,
  WebSerialPort,
  WebSerialPortInfo,
} from "../adapters/serial/web-serial-api.js";
import type { FakeSerialDevice } from "./fake-serial-device.js";
import { PortEvent } from "./port-event.js";

export { FakeSerialDevice } from "./fake-serial-device.js";

/** The errors after which a port's `readable` is a new stream. */
export type RecoverableSerialError =
  | "BufferOverrunError"
  | "BreakError"
  | "FramingError"
  | "ParityError"
  | "UnknownError";

const MAX_BUFFER_BYTES = 16_777_216;

type PortState = "closed" | "opening" | "opened" | "closing";

/** A fake `SerialPort`. Made by `FakeSerial.addPort`. */
export class FakeSerialPort extends EventTarget implements WebSerialPort {
  /** The far end of the line; a port that was plugged in again keeps it. */
  readonly device: FakeSerialDevice;
  readonly #info: WebSerialPortInfo;
  #state: PortState = "closed";
  #plugged = true;
  #readable: ReadableStream<Uint8Array> | null = null;
  #input: ReadableByteStreamController | undefined;
  #writable: WritableStream<Uint8Array> | null = null;
  /** The line hung up under the open port. */
  #lost = false;
  /** The line is cut, and nobody has told. */
  #cut = false;
  #writeFatal = false;
  #openError: DOMException | undefined;
  #writeError: DOMException | undefined;
  #holding: Promise<void> | undefined;
  #streamsClosed: (() => void) | undefined;
  /** The options of the last `open`. */
  openOptions: WebSerialOpenOptions | undefined;
  /** The lines as `setSignals` left them. */
  signals: SerialOutputSignals = { dataTerminalReady: true, requestToSend: true, break: false };

  constructor(info: WebSerialPortInfo, device: FakeSerialDevice) {
    super();
    this.#info = info;
    this.device = device;
  }

  /** Whether the device is plugged in. */
  get connected(): boolean {
    return this.#plugged;
  }

  /** The state of the specification's `[[state]]` slot. */
  get state(): PortState {
    return this.#state;
  }

  /** A stream while the port is open; a new one after each recoverable error. */
  get readable(): ReadableStream<Uint8Array> | null {
    if (this.#state === "closing") return null;
    if (this.#readable === null && this.#state === "opened" && !this.#lost) {
      requireByteStreams();
      this.#readable = new ReadableStream(
        {
          type: "bytes",
          start: (controller) => {
            this.#input = controller;
          },
          cancel: () => this.#afterwards(() => this.#readableClosed()),
        },
        { highWaterMark: this.openOptions?.bufferSize ?? 255 },
      );
    }
    return this.#readable;
  }

  get writable(): WritableStream<Uint8Array> | null {
    if (this.#state === "closing") return null;
    if (this.#writable === null && this.#state === "opened" && !this.#writeFatal) {
      this.#writable = new WritableStream<Uint8Array>(
        {
          write: (chunk, controller) => this.#transmit(chunk, controller),
          close: () => this.#afterwards(() => this.#writableClosed()),
          abort: () => this.#afterwards(() => this.#writableClosed()),
        },
        // Chromium counts chunks here, whatever bufferSize is.
        { highWaterMark: 1 },
      );
    }
    return this.#writable;
  }

  async open(options: WebSerialOpenOptions): Promise<void> {
    if (this.#state !== "closed") throw domError("The port is already open.", "InvalidStateError");
    if (!(options.baudRate > 0)) throw new TypeError("Requested baud rate must be above zero.");
    if (options.dataBits !== undefined && options.dataBits !== 7 && options.dataBits !== 8) {
      throw new TypeError("Requested number of data bits must be 7 or 8.");
    }
    if (options.stopBits !== undefined && options.stopBits !== 1 && options.stopBits !== 2) {
      throw new TypeError("Requested number of stop bits must be 1 or 2.");
    }
    const { bufferSize = 255 } = options;
    if (bufferSize === 0 || bufferSize > MAX_BUFFER_BYTES) {
      throw new TypeError("Requested buffer size must be 1 to 16,777,216.");
    }
    this.#state = "opening";
    // The specification opens in parallel: never within the call.
    await this.#holding;
    await undefined;
    const error = this.#openError;
    this.#openError = undefined;
    if (error !== undefined || !this.#plugged || this.#cut) {
      this.#state = "closed";
      throw error ?? domError("Failed to open serial port.", "NetworkError");
    }
    this.#state = "opened";
    this.openOptions = { ...options };
    this.device.attach((bytes) => this.#receive(bytes));
  }

  async close(): Promise<void> {
    if (this.#state !== "opened")
      throw domError("The port is already closed.", "InvalidStateError");
    if (this.#readable?.locked === true || this.#writable?.locked === true) {
      throw new TypeError("Cannot cancel a locked stream");
    }
    this.#state = "closing";
    const streamsClosed = new Promise<void>((resolve) => {
      this.#streamsClosed = resolve;
    });
    const ends = [this.#readable?.cancel(), this.#writable?.abort()];
    this.#settleClose();
    await Promise.all([...ends, streamsClosed]);
    await this.#holding;
    this.device.detach();
    this.#streamsClosed = undefined;
    this.#lost = false;
    this.#writeFatal = false;
    this.#state = "closed";
  }

  getInfo(): WebSerialPortInfo {
    return { ...this.#info };
  }

  async setSignals(signals: SerialOutputSignals): Promise<void> {
    if (this.#state !== "opened") throw domError("The port is not open.", "InvalidStateError");
    if (Object.values(signals).every((level) => level === undefined)) {
      throw new TypeError("Signals dictionary must contain at least one member.");
    }
    if (this.#lost) throw domError("Failed to set control signals.", "NetworkError");
    this.signals = { ...this.signals, ...signals };
  }

  /** Ends `readable` with an error of the line; the next look at `readable` gives a new stream. */
  raise(name: RecoverableSerialError): void {
    // The getter makes the stream where there was none yet.
    if (this.readable === null) throw new Error(`Cannot raise ${name} on a port that is not open`);
    this.#input?.error(domError(`${name} on the line.`, name));
    this.#readableClosed();
  }

  /** Lets the next `open` fail. */
  failNextOpen(name: string, message: string = "Failed to open serial port."): void {
    this.#openError = domError(message, name);
  }

  /** Lets the next write fail; `NetworkError` takes `writable` away for good. */
  failNextWrite(name: "UnknownError" | "NetworkError"): void {
    this.#writeError = domError("Failed to write to serial port.", name);
  }

  /** Opening, writing and closing wait until the returned function is called: a stuck driver. */
  hold(): () => void {
    let release = (): void => {};
    this.#holding = new Promise((resolve) => {
      release = resolve;
    });
    return () => {
      this.#holding = undefined;
      release();
    };
  }

  /**
   * Cuts the line without an event: the browser still lists the port as connected, reading fails,
   * and opening fails until {@link restore}. As Chromium does when the far end of a tty hangs up.
   */
  cut(): void {
    this.#cut = true;
    this.#hangUp();
  }

  /** Mends a line that was cut; the port must be closed and opened again, and no event tells. */
  restore(): void {
    this.#cut = false;
  }

  /** Used by `FakeSerial`: the cable comes out or goes in, and the event tells it. */
  setPlugged(plugged: boolean): void {
    this.#plugged = plugged;
    if (!plugged) this.#hangUp();
  }

  /** Used by `FakeSerial`: one event for the port's own listeners. */
  announce(type: "connect" | "disconnect"): Event {
    this.dispatchEvent(new PortEvent(type, this));
    return new PortEvent(type, this);
  }

  #receive(bytes: Uint8Array): void {
    // The line does not wait for a reader: the getter makes the stream that buffers.
    // A byte stream refuses an empty chunk, and keeps the buffer of each.
    if (this.readable !== null && bytes.byteLength > 0) this.#input?.enqueue(bytes.slice());
  }

  #hangUp(): void {
    this.device.detach();
    // Fatal until the port is closed and opened again, also when the cable comes back before that.
    this.#lost = this.#state === "opened";
    this.#input?.error(lostError());
    this.#readableClosed();
  }

  async #transmit(chunk: Uint8Array, controller: WritableStreamDefaultController): Promise<void> {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("The chunk is no BufferSource.");
    const bytes = chunk.slice();
    if (this.#holding !== undefined) {
      const cancelled = new Promise<void>((resolve) => {
        controller.signal.addEventListener("abort", () => resolve(), { once: true });
      });
      await Promise.race([this.#holding, cancelled]);
      controller.signal.throwIfAborted();
    }
    const error = this.#writeError;
    this.#writeError = undefined;
    if (error !== undefined) {
      this.#writeFatal ||= error.name === "NetworkError";
      this.#writableClosed();
      throw error;
    }
    if (this.#lost) {
      // Chromium takes the first write after the loss, and only then finds out.
      void this.#afterwards(() => {
        this.#writeFatal = true;
        this.#writableClosed();
        controller.error(lostError());
      });
      return;
    }
    this.device.take(bytes);
  }

  /** The browser's own process acts a turn after the page asked, not within the call. */
  async #afterwards(act: () => void): Promise<void> {
    await undefined;
    act();
  }

  #readableClosed(): void {
    this.#readable = null;
    this.#input = undefined;
    this.#settleClose();
  }

  #writableClosed(): void {
    this.#writable = null;
    this.#settleClose();
  }

  #settleClose(): void {
    if (this.#readable === null && this.#writable === null) this.#streamsClosed?.();
  }
}

function lostError(): DOMException {
  return domError("The device has been lost.", "NetworkError");
}

function domError(message: string, name: string): DOMException {
  return new DOMException(message, name);
}
