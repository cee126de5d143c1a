// The slave's side of a serial line: which of the bytes that come in are requests.
//
// Owns what a request looks like. On a line with several slaves the answers of the others come by
// too: their bytes are searched through and dropped like any garbage. Executes nothing: serve.ts
// does. Keeps no time: the slave calls `idle` after a gap.

import { type FramerCounters, type ModbusFrame, RTU_OVERHEAD } from "./frame.js";
import { findFunction } from "./function-table.js";
import { EXCEPTION_BIT } from "./modbus-function.js";
import { type RtuDialect, RtuScanner } from "./rtu-scanner.js";

/** What a slave's framer needs to know. */
export interface RtuServerFramerOptions {
  /**
   * The units that this end serves; requests to others are counted and dropped. Default: every
   * unit. Unit 0, the broadcast, is always served.
   */
  readonly units?: Iterable<number>;
}

/**
 * Finds requests in what comes from a serial line. A frame with a wrong CRC is dropped without a
 * word, as the serial line guide has it, and costs no other (MB-5).
 *
 * @example
 * ```ts
 * const framer = new RtuServerFramer({ units: [17] });
 * for (const { unit, pdu } of framer.push(chunk)) {
 *   const reply = serveRequest(bank, pdu);
 *   if (unit !== 0) await link.write(encodeRtuFrame(unit, reply));   // nobody answers a broadcast
 * }
 * ```
 */
export class RtuServerFramer {
  readonly #scanner: RtuScanner = new RtuScanner(this.#dialect());
  readonly #units: ReadonlySet<number> | undefined;
  #crcErrors = 0;
  #strayFrames = 0;

  constructor(options: RtuServerFramerOptions = {}) {
    this.#units = options.units === undefined ? undefined : new Set(options.units);
  }

  /** What was seen and not given out, since construction. `lateFrames` is always 0. */
  get counters(): FramerCounters {
    return {
      garbageBytes: this.#scanner.garbageBytes,
      crcErrors: this.#crcErrors,
      lateFrames: 0,
      strayFrames: this.#strayFrames,
    };
  }

  /** Bytes held back: the line needs an `idle` call once it is quiet, if this is not 0. */
  get pending(): number {
    return this.#scanner.pending;
  }

  /** Takes what the link gave, in chunks of any size; returns the requests that it completes. */
  push(chunk: Uint8Array): ModbusFrame[] {
    return this.#scanner.push(chunk);
  }

  /**
   * The line has been quiet for the idle gap. Ends a request of an unknown function, so that it can
   * be refused, and searches behind a request that broke off.
   */
  idle(): ModbusFrame[] {
    return this.#scanner.idle();
  }

  /** Starts over on a new link: drops what is held back. The counters go on. */
  reset(): void {
    this.#scanner.clear();
  }

  #serves(unit: number): boolean {
    return unit === 0 || this.#units === undefined || this.#units.has(unit);
  }

  #dialect(): RtuDialect {
    return {
      frameLength: (bytes) => this.#frameLength(bytes),
      mayTrust: (unit, functionCode) =>
        this.#serves(unit) && findFunction(functionCode) !== undefined,
      trusts: (bytes) => this.#trusts(bytes),
      accept: (frame) => {
        if (this.#serves(frame.unit)) return frame;
        this.#strayFrames++;
        return undefined;
      },
      crcFailed: (bytes, _at, aligned) => {
        // Every damaged request holds other candidates: only the one where a frame was due counts.
        // The answers of other units are no damaged requests.
        if (aligned && this.#serves(bytes[0]!)) this.#crcErrors++;
      },
    };
  }

  #frameLength(bytes: Uint8Array): ReturnType<RtuDialect["frameLength"]> {
    if (bytes.length < 2) return "need more";
    const unit = bytes[0]!;
    const code = bytes[1]!;
    if (code === 0 || (code & EXCEPTION_BIT) !== 0) return "no frame";
    const known = findFunction(code);
    // An unknown function has an unknown length; what is for others is left to them.
    if (known === undefined) return unit !== 0 && this.#serves(unit) ? "until idle" : "no frame";
    const length = known.requestLength(bytes.subarray(1));
    return length === undefined ? "need more" : length + RTU_OVERHEAD;
  }

  #trusts(bytes: Uint8Array): boolean {
    if (bytes.length < 2 || !this.#serves(bytes[0]!)) return false;
    return findFunction(bytes[1]!)?.requestAgrees(bytes.subarray(1)) ?? false;
  }
}
