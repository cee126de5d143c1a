// The device at the far end of a fake serial line.
//
// Owns what a test does there: sends bytes, reads what came, or gives the line to a slave as a byte
// link. Like a real line it has no carrier: bytes sent while no port is open are lost, and nobody is
// told. The port itself is fake-serial-port.ts's.

import type { ByteDuplex } from "../adapters/byte-link/byte-duplex.js";

/** The far end of a fake serial port. */
export class FakeSerialDevice {
  readonly #listeners = new Set<(bytes: Uint8Array) => void>();
  #received: number[] = [];
  #deliver: ((bytes: Uint8Array) => void) | undefined;

  /** Sends bytes to the port: one chunk, as the USB adapter would hand it over. */
  send(bytes: Uint8Array | readonly number[]): void {
    this.#deliver?.(Uint8Array.from(bytes));
  }

  /** Calls `listener` with each chunk that the port sends. Gives the function that stops it. */
  onBytes(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes all that came since the last call. */
  takeReceived(): Uint8Array {
    return Uint8Array.from(this.#received.splice(0));
  }

  /** How many listen: 0 when a test ends, or something leaked. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** The line as a byte link, for a slave at this end. Unplugging the port does not end it. */
  duplex(): ByteDuplex {
    let stop: (() => void) | undefined;
    let input: ReadableStreamDefaultController<Uint8Array> | undefined;
    let resolveClosed: (reason: unknown) => void;
    const closed = new Promise<unknown>((resolve) => {
      resolveClosed = resolve;
    });
    const silence = () => {
      stop?.();
      input = undefined;
    };
    return {
      closed,
      readable: new ReadableStream<Uint8Array>({
        start: (controller) => {
          input = controller;
          stop = this.onBytes((bytes) => controller.enqueue(bytes.slice()));
        },
        cancel: silence,
      }),
      writable: new WritableStream<Uint8Array>({ write: (bytes) => this.send(bytes) }),
      async close(reason) {
        input?.close();
        silence();
        resolveClosed(reason);
      },
    };
  }

  /** Used by the port: where bytes go while it is open. */
  attach(deliver: (bytes: Uint8Array) => void): void {
    this.#deliver = deliver;
  }

  /** Used by the port when it closes or is lost. */
  detach(): void {
    this.#deliver = undefined;
  }

  /** Used by the port: bytes that it sent. */
  take(bytes: Uint8Array): void {
    this.#received.push(...bytes);
    for (const listener of [...this.#listeners]) listener(bytes.slice());
  }
}
