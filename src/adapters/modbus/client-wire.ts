// What a client must know of its framing, and no more: how requests become bytes, and which of the
// bytes that come are the answer to which request.
//
// Owns the two adapters of the framers (rtu-framer.ts, tcp-framer.ts) to one shape. Keeps no time
// and sends nothing: client-bus.ts does.

import type { ModbusClientSettings } from "./client-options.js";
import type { ModbusProtocolError } from "./errors.js";
import { encodeRtuFrame, encodeTcpFrame, type FramerCounters, type ModbusFrame } from "./frame.js";
import type { ModbusRequest } from "./modbus-function.js";
import { RtuFramer } from "./rtu-framer.js";
import { TcpFramer } from "./tcp-framer.js";

/** The answer to the request that was opened under `id`. */
export interface Answer extends ModbusFrame {
  readonly id: number;
}

/** A framing, as the client uses it. */
export interface ClientWire {
  /** How many requests may be open. */
  readonly maxInFlight: number;
  /** After a failed request the line must be quiet before the next: answers carry no number. */
  readonly needsQuiet: boolean;
  readonly counters: FramerCounters;
  /** Bytes held back: the line needs an `idle` once it is quiet, if this is not 0. */
  readonly pending: number;
  /** Why nothing more will come from this link, if so. */
  readonly failure: ModbusProtocolError | undefined;
  /** Whether nobody answers this request (MB-10). */
  isBroadcast(request: ModbusRequest): boolean;
  /** Opens a request: gives its number and its bytes. */
  open(request: ModbusRequest): { readonly id: number; readonly bytes: Uint8Array };
  /** Takes what came; gives the answers in it, and closes their requests. */
  push(chunk: Uint8Array): readonly Answer[];
  /** The line has been quiet for the idle gap. */
  idle(): readonly Answer[];
  /** Gives a request up: what still comes for it is late. */
  abandon(id: number): void;
  /** A new link: nothing is open. */
  reset(): void;
}

/** Makes the wire of a client. */
export function createWire(
  settings: Pick<ModbusClientSettings, "framing" | "inFlight">,
): ClientWire {
  return settings.framing === "rtu" ? new RtuWire() : new TcpWire(settings.inFlight);
}

class RtuWire implements ClientWire {
  readonly maxInFlight: number = 1;
  readonly needsQuiet: boolean = true;
  readonly failure: undefined = undefined;
  readonly #framer: RtuFramer = new RtuFramer();
  #id = 0;

  get counters(): FramerCounters {
    return this.#framer.counters;
  }

  get pending(): number {
    return this.#framer.pending;
  }

  isBroadcast(request: ModbusRequest): boolean {
    return request.unit === 0;
  }

  open(request: ModbusRequest): { id: number; bytes: Uint8Array } {
    const bytes = encodeRtuFrame(request.unit, request.pdu);
    if (!this.isBroadcast(request)) this.#framer.expect(request);
    return { id: ++this.#id, bytes };
  }

  push(chunk: Uint8Array): Answer[] {
    return this.#numbered(this.#framer.push(chunk));
  }

  idle(): Answer[] {
    return this.#numbered(this.#framer.idle());
  }

  abandon(id: number): void {
    if (id === this.#id) this.#framer.abandon();
  }

  reset(): void {
    this.#framer.reset();
  }

  #numbered(frames: ModbusFrame[]): Answer[] {
    return frames.map((frame) => ({ ...frame, id: this.#id }));
  }
}

class TcpWire implements ClientWire {
  readonly maxInFlight: number;
  readonly needsQuiet: boolean = false;
  readonly #framer: TcpFramer = new TcpFramer();

  constructor(maxInFlight: number) {
    this.maxInFlight = maxInFlight;
  }

  get counters(): FramerCounters {
    return this.#framer.counters;
  }

  /** A half frame needs no idle call: the header says where it ends. */
  get pending(): number {
    return 0;
  }

  get failure(): ModbusProtocolError | undefined {
    return this.#framer.failure;
  }

  /** Over TCP unit 0 is the device itself, and answers. */
  isBroadcast(): boolean {
    return false;
  }

  open(request: ModbusRequest): { id: number; bytes: Uint8Array } {
    const id = this.#framer.expect();
    return { id, bytes: encodeTcpFrame(id, request.unit, request.pdu) };
  }

  push(chunk: Uint8Array): Answer[] {
    const frames = this.#framer.push(chunk);
    return frames.map(({ transaction, unit, pdu }) => ({ id: transaction, unit, pdu }));
  }

  idle(): Answer[] {
    return [];
  }

  abandon(id: number): void {
    this.#framer.abandon(id);
  }

  reset(): void {
    this.#framer.reset();
  }
}
