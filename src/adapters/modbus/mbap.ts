// Splits a TCP stream into Modbus frames by their MBAP headers (messaging guide, 3.1.3; MB-13).
//
// Owns one frame's worth of buffer and the checks of the header. A header that cannot be one means
// that the boundaries are lost, and TCP gives no way to find them again: the reader stops for good
// and says why. Knows no transactions: the framers of both ends do.

import { ModbusProtocolError } from "./errors.js";
import { MAX_PDU, MBAP_LENGTH, type TcpFrame } from "./frame.js";
import { readUint16 } from "./modbus-function.js";

/** The header's bytes up to and with its length field, which counts the bytes after it. */
const LENGTH_END = 6;

/** The least and the most that the length field may say: the unit and a PDU of 1 to 253 bytes. */
const MIN_LENGTH = 2;
const MAX_LENGTH = 1 + MAX_PDU;

/** Reads frames from the chunks of one TCP connection. */
export class MbapReader {
  readonly #frame: Uint8Array = new Uint8Array(LENGTH_END + MAX_LENGTH);
  /** Bytes of the present frame that are there. */
  #filled = 0;
  /** Bytes that the present frame has; only as far as its length field until that is there. */
  #needed = LENGTH_END;
  #failure: ModbusProtocolError | undefined;

  /** Why reading ended, if it did. */
  get failure(): ModbusProtocolError | undefined {
    return this.#failure;
  }

  /** Bytes of a frame that is not whole yet. */
  get pending(): number {
    return this.#filled;
  }

  /**
   * Takes a chunk of any size; returns the frames that it completes, those before a failure too.
   */
  push(chunk: Uint8Array): TcpFrame[] {
    const frames: TcpFrame[] = [];
    let taken = 0;
    while (taken < chunk.length && this.#failure === undefined) {
      const piece = chunk.subarray(taken, taken + this.#needed - this.#filled);
      this.#frame.set(piece, this.#filled);
      this.#filled += piece.length;
      taken += piece.length;
      if (this.#filled < this.#needed) break;
      if (this.#needed === LENGTH_END) this.#readHeader();
      else frames.push(this.#takeFrame());
    }
    return frames;
  }

  /** Starts over, for a new connection. */
  reset(): void {
    this.#filled = 0;
    this.#needed = LENGTH_END;
    this.#failure = undefined;
  }

  #readHeader(): void {
    const protocol = readUint16(this.#frame, 2);
    const length = readUint16(this.#frame, 4);
    if (protocol !== 0) {
      this.#fail({ field: "protocol id", expected: 0, received: protocol });
    } else if (length < MIN_LENGTH || length > MAX_LENGTH) {
      const expected = `${MIN_LENGTH} to ${MAX_LENGTH}`;
      this.#fail({ field: "frame length", expected, received: length });
    } else {
      this.#needed = LENGTH_END + length;
    }
  }

  #fail(wrong: {
    field: "protocol id" | "frame length";
    expected: number | string;
    received: number;
  }): void {
    this.#failure = new ModbusProtocolError({ ...wrong, fatal: true });
  }

  #takeFrame(): TcpFrame {
    const frame: TcpFrame = {
      transaction: readUint16(this.#frame, 0),
      unit: this.#frame[LENGTH_END]!,
      pdu: this.#frame.slice(MBAP_LENGTH, this.#filled),
    };
    this.#filled = 0;
    this.#needed = LENGTH_END;
    return frame;
  }
}
