// GuestReader: the way of a value out of a frame of a peer that is not trusted.
//
// Owns what is looked at beside what every reader does: how long texts, buffers and bigints are. Every object
// is made anew, without a prototype. The walk is value-reader.ts.

import { MalformedFrame } from "../wire/malformed-frame.js";
import { ValueReader } from "./value-reader.js";

/** Reads one value of a peer that is not trusted. */
export class GuestReader extends ValueReader {
  #bytes = 0;

  protected override primitive(raw: unknown): unknown {
    if (typeof raw === "string") this.weigh(raw.length);
    else if (typeof raw === "bigint") this.#checkBigint(raw);
    return raw;
  }

  protected override record(): Record<string, unknown> {
    return Object.create(null) as Record<string, unknown>;
  }

  protected override weigh(bytes: number): void {
    const { maxFrameBytes } = this.settings.limits;
    this.#bytes += bytes;
    if (this.#bytes > maxFrameBytes) {
      throw new MalformedFrame(`a value is longer than ${maxFrameBytes} bytes (maxFrameBytes)`);
    }
  }

  #checkBigint(raw: bigint): void {
    const { maxBigintDigits } = this.settings.limits;
    if (maxBigintDigits === Infinity) return;
    // Compared, not printed: printing takes time that grows with the square of the length.
    const bound = 10n ** BigInt(maxBigintDigits);
    if (raw >= bound || raw <= -bound) throw tooManyDigits(maxBigintDigits);
  }
}

/** The error of a bigint with more than `max` digits. */
export function tooManyDigits(max: number): MalformedFrame {
  return new MalformedFrame(`a bigint has more than ${max} digits (maxBigintDigits)`);
}
