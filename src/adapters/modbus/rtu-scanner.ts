// Finds RTU frames in a stream of bytes by their length and then their CRC (MB-5), for both ends.
//
// RTU marks no frame's beginning. So a candidate is tried at every byte: if it cannot be a frame,
// or its CRC is wrong, ONE byte is dropped and the next is tried. Owns the buffer, that search, and
// the count of dropped bytes. What a frame is, and whom it is for, the dialect says (client or
// slave). Keeps no time: `idle` is called from outside when the line has been quiet.

import { crc16 } from "./crc.js";
import { MAX_RTU_FRAME, type ModbusFrame } from "./frame.js";

/** What one end of the line knows about the frames that come to it. */
export interface RtuDialect {
  /**
   * How long the frame is that begins with these bytes, unit and CRC included; or that more bytes
   * are needed to tell, that only quiet will end it, or that no frame begins so. `at` counts the
   * bytes of the stream before it.
   */
  frameLength(bytes: Uint8Array, at: number): number | "need more" | "until idle" | "no frame";
  /** A quick look at two bytes: false if `trusts` would say no. */
  mayTrust(unit: number, functionCode: number, at: number): boolean;
  /** Whether these bytes begin a frame that this end has reason to wait for. */
  trusts(bytes: Uint8Array, at: number): boolean;
  /** Takes a frame with a good CRC; returns it if it is to be given out. */
  accept(frame: ModbusFrame, at: number): ModbusFrame | undefined;
  /** Hears of a whole candidate with a wrong CRC. `aligned`: where the frame before it ended. */
  crcFailed(bytes: Uint8Array, at: number, aligned: boolean): void;
}

/** The shortest frame: unit, function, CRC. */
const MIN_RTU_FRAME = 4;

/**
 * Room for a candidate and then some: the rest is moved to the front only when the room is used up,
 * which is at most MAX_RTU_FRAME bytes moved for the others received. One-byte chunks stay linear.
 */
const CAPACITY = 4 * MAX_RTU_FRAME;

/** The search. One for each link and end. */
export class RtuScanner {
  //   stream:  … base ┌ start        end ┐
  //   #bytes:  [ used │ candidate  …     │ free ]
  readonly #bytes: Uint8Array = new Uint8Array(CAPACITY);
  readonly #dialect: RtuDialect;
  #start = 0;
  #end = 0;
  /** How many bytes of the stream came before `#bytes[0]`. */
  #base = 0;
  /** Candidates that were whole by this point of the stream have been looked at from afar. */
  #lookedAt = 0;
  /** True while the first candidate is where the frame before it ended. */
  #aligned = true;
  /** True once the line went quiet in the middle of the first candidate. */
  #stalled = false;
  #garbageBytes = 0;

  constructor(dialect: RtuDialect) {
    this.#dialect = dialect;
  }

  /** Bytes dropped because they belong to no frame. */
  get garbageBytes(): number {
    return this.#garbageBytes;
  }

  /** Bytes of the stream so far. */
  get received(): number {
    return this.#base + this.#end;
  }

  /** Bytes held back because they may still become a frame. */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** Takes a chunk of any size and returns the frames that it completes, in order. */
  push(chunk: Uint8Array): ModbusFrame[] {
    const frames: ModbusFrame[] = [];
    let taken = 0;
    while (taken < chunk.length) {
      if (this.#end === CAPACITY) this.#moveToFront();
      const piece = chunk.subarray(taken, taken + CAPACITY - this.#end);
      this.#bytes.set(piece, this.#end);
      this.#end += piece.length;
      taken += piece.length;
      this.#scan(frames);
    }
    return frames;
  }

  /** The line has been quiet: what has no length of its own ends here. */
  idle(): ModbusFrame[] {
    const frames: ModbusFrame[] = [];
    if (this.pending === 0) {
      this.#aligned = true;
      return frames;
    }
    this.#takeUntilIdle(frames);
    this.#stalled = true;
    this.#scan(frames);
    return frames;
  }

  /** Drops what is held back, as garbage. */
  clear(): void {
    this.#drop(this.pending);
    this.#aligned = true;
  }

  #scan(frames: ModbusFrame[]): void {
    while (this.#start < this.#end) {
      const at = this.#base + this.#start;
      const rest = this.#bytes.subarray(this.#start, this.#end);
      const length = this.#dialect.frameLength(rest, at);
      if (typeof length === "number" && length <= rest.length) {
        const candidate = rest.subarray(0, length);
        if (length >= MIN_RTU_FRAME && length <= MAX_RTU_FRAME) {
          if (crc16(candidate) === 0) {
            this.#take(length, frames);
            continue;
          }
          this.#dialect.crcFailed(candidate, at, this.#aligned);
        }
        this.#drop(1);
        continue;
      }
      const impossible =
        typeof length === "number" ? length > MAX_RTU_FRAME : length === "no frame";
      if (impossible || rest.length >= MAX_RTU_FRAME) {
        this.#drop(1);
        continue;
      }
      // The first candidate is not whole yet. If it has the looks of a frame that is due, its own
      // bytes may contain what looks like another, so wait. Else it may be garbage that only claims
      // to be long, and the frame that is due may be in what follows.
      if (!this.#stalled && this.#dialect.trusts(rest, at)) return;
      if (!this.#lookAhead(frames)) return;
    }
  }

  /** Searches past the first candidate for a whole frame that is due. True if it took one. */
  #lookAhead(frames: ModbusFrame[]): boolean {
    for (let start = this.#start + 1; start + MIN_RTU_FRAME <= this.#end; start++) {
      const at = this.#base + start;
      if (!this.#dialect.mayTrust(this.#bytes[start]!, this.#bytes[start + 1]!, at)) continue;
      const rest = this.#bytes.subarray(start, this.#end);
      if (!this.#dialect.trusts(rest, at)) continue;
      const length = this.#dialect.frameLength(rest, at);
      if (typeof length !== "number" || length > rest.length || length > MAX_RTU_FRAME) continue;
      // Whole before the last look, so its CRC was wrong then: each is summed once.
      if (at + length <= this.#lookedAt || length < MIN_RTU_FRAME) continue;
      if (crc16(rest.subarray(0, length)) !== 0) continue;
      this.#drop(start - this.#start);
      this.#take(length, frames);
      return true;
    }
    this.#lookedAt = this.received;
    return false;
  }

  /** Takes a frame that ends where the line went quiet, wherever it begins. */
  #takeUntilIdle(frames: ModbusFrame[]): void {
    for (let start = this.#start; start + MIN_RTU_FRAME <= this.#end; start++) {
      const rest = this.#bytes.subarray(start, this.#end);
      if (this.#dialect.frameLength(rest, this.#base + start) !== "until idle") continue;
      if (crc16(rest) !== 0) continue;
      this.#drop(start - this.#start);
      this.#take(rest.length, frames);
      return;
    }
  }

  #take(length: number, frames: ModbusFrame[]): void {
    const at = this.#base + this.#start;
    const end = this.#start + length;
    const unit = this.#bytes[this.#start]!;
    const pdu = this.#bytes.slice(this.#start + 1, end - 2);
    this.#moveTo(end, true);
    const frame = this.#dialect.accept({ unit, pdu }, at);
    if (frame !== undefined) frames.push(frame);
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#garbageBytes += count;
    this.#moveTo(this.#start + count, false);
  }

  #moveTo(start: number, aligned: boolean): void {
    this.#start = start;
    this.#aligned = aligned;
    this.#stalled = false;
    if (start === this.#end) this.#moveToFront();
  }

  #moveToFront(): void {
    this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#base += this.#start;
    this.#end -= this.#start;
    this.#start = 0;
  }
}
