// The client's side of a serial line: which of the bytes that come in are the awaited answer.
//
// RTU answers carry no number. So this keeps the requests that were given up, and tells a late
// answer from the awaited one by unit, function, byte count and echo, and by its having begun
// before the request was sent. Late and stray frames are counted and dropped, never given out
// (MB-7). Keeps no time: the client calls `idle` after a gap, and `abandon` after a timeout.

import { type FramerCounters, type ModbusFrame, RTU_OVERHEAD } from "./frame.js";
import { type AnyModbusFunction, findFunction } from "./function-table.js";
import { EXCEPTION_BIT, EXCEPTION_REPLY_LENGTH, type ModbusRequest } from "./modbus-function.js";
import { answersRequest, beginsAnswer } from "./replies.js";
import { type RtuDialect, RtuScanner } from "./rtu-scanner.js";

/**
 * How many given-up requests are remembered: enough for a line of dead units to come back at once,
 * few enough that an old one seldom meets a new answer that looks like it.
 */
const REMEMBERED = 8;

/**
 * Finds the answers to a client's requests in what comes from a serial line, or from any byte link
 * that carries RTU. One request at a time, as the line has it.
 *
 * The residual risk of RTU: an answer that comes after its request was given up, and whose unit,
 * function and size (for a write: echo) are also those of the awaited one, is taken for it. After a
 * timeout, wait until the line is quiet (`idle`) before the next request, or open the link anew.
 *
 * @example
 * ```ts
 * const framer = new RtuFramer();
 * framer.expect(request);                       // before the bytes are written
 * await link.write(encodeRtuFrame(request.unit, request.pdu));
 * for (const frame of framer.push(chunk)) decodeReply(request, frame.unit, frame.pdu);
 * ```
 */
export class RtuFramer {
  readonly #scanner: RtuScanner = new RtuScanner(this.#dialect());
  #awaited: ModbusRequest | undefined;
  /** Where in the stream the awaited answer can begin at the earliest. */
  #sentAt = 0;
  #abandoned: ModbusRequest[] = [];
  #crcErrors = 0;
  #lateFrames = 0;
  #strayFrames = 0;

  /** What was seen and not given out, since construction. */
  get counters(): FramerCounters {
    return {
      garbageBytes: this.#scanner.garbageBytes,
      crcErrors: this.#crcErrors,
      lateFrames: this.#lateFrames,
      strayFrames: this.#strayFrames,
    };
  }

  /** The request whose answer is awaited, or undefined. */
  get awaited(): ModbusRequest | undefined {
    return this.#awaited;
  }

  /** Bytes held back: the line needs an `idle` call once it is quiet, if this is not 0. */
  get pending(): number {
    return this.#scanner.pending;
  }

  /**
   * Waits for the answer to this request, and no other. Call it before the first byte is written:
   * a frame that began earlier cannot be the answer, and is not taken for it. A request that is
   * still awaited is given up. Do not await a broadcast: nobody answers.
   */
  expect(request: ModbusRequest): void {
    this.abandon();
    this.#awaited = request;
    this.#sentAt = this.#scanner.received;
  }

  /** Gives the awaited request up, as after its timeout. If its answer still comes, it is late. */
  abandon(): void {
    if (this.#awaited === undefined) return;
    this.#abandoned.push(this.#awaited);
    if (this.#abandoned.length > REMEMBERED) this.#abandoned.shift();
    this.#awaited = undefined;
  }

  /**
   * Takes what the link gave, in chunks of any size.
   *
   * @returns the awaited answer, once it is there: at most one frame for each `expect`. Give it to
   *   `decodeReply`, which throws for an answer of the right unit that is wrong otherwise.
   */
  push(chunk: Uint8Array): ModbusFrame[] {
    return this.#scanner.push(chunk);
  }

  /**
   * The line has been quiet for the idle gap (`rtuIdleGapMs`). Ends an answer that has no length of
   * its own, and searches behind what only looked like the beginning of one. If nothing is awaited,
   * what is held back is dropped, so that the line is drained.
   *
   * @returns as `push`.
   */
  idle(): ModbusFrame[] {
    const frames = this.#scanner.idle();
    if (this.#awaited === undefined) this.#scanner.clear();
    return frames;
  }

  /**
   * Starts over on a new link: drops what is held back, gives the awaited request up. The device
   * may be the same, so late answers are still told from new ones; the counters go on.
   */
  reset(): void {
    this.abandon();
    this.#scanner.clear();
  }

  #dialect(): RtuDialect {
    return {
      frameLength: (bytes, at) => this.#frameLength(bytes, at),
      mayTrust: (unit, functionCode, at) => this.#mayTrust(unit, functionCode, at),
      trusts: (bytes, at) => this.#trusts(bytes, at),
      accept: (frame, at) => this.#accept(frame, at),
      crcFailed: (bytes, at, aligned) => {
        if (aligned || this.#trusts(bytes, at)) this.#crcErrors++;
      },
    };
  }

  /** The awaited request, if a frame that begins at this point of the stream can answer it. */
  #awaitedAt(at: number): ModbusRequest | undefined {
    return at >= this.#sentAt ? this.#awaited : undefined;
  }

  #frameLength(bytes: Uint8Array, at: number): ReturnType<RtuDialect["frameLength"]> {
    if (bytes.length < 2) return "need more";
    const unit = bytes[0]!;
    const code = bytes[1]!;
    const awaited = this.#awaitedAt(at);
    // Nobody answers as unit 0 on a line; behind a gateway that takes 0 as its own, somebody may.
    if (unit === 0 && awaited?.unit !== 0) return "no frame";
    if ((code & EXCEPTION_BIT) !== 0) return EXCEPTION_REPLY_LENGTH + RTU_OVERHEAD;
    const asked = asks(awaited, unit, code)
      ? awaited
      : this.#abandoned.find((request) => asks(request, unit, code));
    const known: AnyModbusFunction | undefined = asked?.function ?? findFunction(code);
    if (known === undefined) return "no frame";
    if (known.replyLength === undefined) {
      return asked !== undefined && asked === awaited ? "until idle" : "no frame";
    }
    const length = known.replyLength(bytes.subarray(1), asked?.pdu);
    return length === undefined ? "need more" : length + RTU_OVERHEAD;
  }

  #mayTrust(unit: number, functionCode: number, at: number): boolean {
    const code = functionCode & ~EXCEPTION_BIT;
    const awaited = this.#awaitedAt(at);
    if (awaited?.unit === unit && (awaited.function.code === code || code === 0)) return true;
    return this.#abandoned.some((request) => asks(request, unit, code));
  }

  #trusts(bytes: Uint8Array, at: number): boolean {
    if (bytes.length < 2) return false;
    const unit = bytes[0]!;
    const pdu = bytes.subarray(1);
    const awaited = this.#awaitedAt(at);
    if (awaited !== undefined) {
      if (beginsAnswer(awaited, unit, pdu)) return true;
      if (unit === awaited.unit && namesNoFunction(pdu)) return true;
    }
    return this.#abandoned.some((request) => beginsAnswer(request, unit, pdu));
  }

  #accept(frame: ModbusFrame, at: number): ModbusFrame | undefined {
    const { unit, pdu } = frame;
    const awaited = this.#awaitedAt(at);
    if (awaited !== undefined && answersRequest(awaited, unit, pdu)) return this.#deliver(frame);
    const late = this.#abandoned.findIndex(
      (request) =>
        answersRequest(request, unit, pdu) || (unit === request.unit && namesNoFunction(pdu)),
    );
    if (late >= 0) {
      this.#abandoned.splice(late, 1);
      this.#lateFrames++;
      return undefined;
    }
    // The right unit and function with the wrong count or echo, or an exception to no function at
    // all: nothing else was asked that this could answer, so the client hears of it (MB-4).
    const sameFunction = awaited?.function.code === (pdu[0]! & ~EXCEPTION_BIT);
    if (awaited?.unit === unit && (sameFunction || namesNoFunction(pdu))) {
      return this.#deliver(frame);
    }
    this.#strayFrames++;
    return undefined;
  }

  #deliver(frame: ModbusFrame): ModbusFrame {
    this.#awaited = undefined;
    return frame;
  }
}

function asks(request: ModbusRequest | undefined, unit: number, code: number): boolean {
  return request?.unit === unit && request.function.code === code;
}

/** An exception to function 0, as pymodbus 3.15 answers a quantity that it does not like (MB-4). */
function namesNoFunction(pdu: Uint8Array): boolean {
  return pdu[0] === EXCEPTION_BIT;
}
