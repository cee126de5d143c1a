// What one function of Modbus is, and what a request and an answer are.
//
// Owns the shape that every function of the protocol is described in, once, for both ends: the
// client builds requests and reads answers with it, the slave finds the end of requests with it,
// and the RTU framers learn lengths from it. A new function is one constant of this shape and one
// entry in function-table.ts. Holds no function itself.

import type { ModbusMismatch } from "./errors.js";

/**
 * One function of the application protocol. PDUs start with the function code, and carry neither
 * unit nor checksum.
 *
 * The methods that look at a PDU on its way in may be given only its beginning, or more bytes than
 * belong to it: they judge what is there, and never read past the PDU's own end.
 */
export interface ModbusFunction<
  Args extends readonly unknown[] = readonly unknown[],
  Value = unknown,
> {
  /** 1 to 127. */
  readonly code: number;
  /** The client's method, such as `readHoldingRegisters`; error messages name it. */
  readonly name: string;
  /**
   * `"read"` has no effect on the unit, so it may be sent again (MB-9); only a pure `"write"` may
   * be broadcast (MB-10); `"readWrite"` is neither.
   */
  readonly access: "read" | "write" | "readWrite";
  /** Throws TypeError or RangeError unless the arguments can be sent (MB-2). */
  validate(...args: Args): void;
  /** Builds the PDU from arguments that `validate` has passed. */
  encode(...args: Args): Uint8Array;
  /** How long the request PDU is, from its first bytes; undefined while too few are there. */
  requestLength(request: Uint8Array): number | undefined;
  /**
   * Whether the fields of a request's beginning agree with each other, as those of a real one do
   * and those of stray bytes seldom. False while too few bytes are there to tell.
   */
  requestAgrees(request: Uint8Array): boolean;
  /**
   * How long the answer PDU is, from its first bytes; undefined while too few are there. `request`
   * is missing where the answer was not expected. A function without this method has answers that
   * end only where the line goes quiet.
   */
  replyLength?(reply: Uint8Array, request?: Uint8Array): number | undefined;
  /** The first thing in an answer that its request does not allow, or undefined. */
  mismatch(request: Uint8Array, reply: Uint8Array): ModbusMismatch | undefined;
  /** Reads the value from a whole answer that has no mismatch. */
  decode(request: Uint8Array, reply: Uint8Array): Value;
}

/** A request that is ready to be sent. Make one with `buildRequest` or `rawRequest`. */
export interface ModbusRequest<Value = unknown> {
  /** The unit asked, 0 to 255. On a serial line 0 is everybody, and nobody answers. */
  readonly unit: number;
  /** The function asked for. */
  readonly function: ModbusFunction<never, Value>;
  /** The request's PDU. Owned by the request: do not write to it. */
  readonly pdu: Uint8Array;
}

/** Set in the function code of an answer that is an exception. */
export const EXCEPTION_BIT: number = 0x80;

/** The bytes of an exception's PDU: the function code with its bit, and the exception code. */
export const EXCEPTION_REPLY_LENGTH: number = 2;

/** Reads 16 bits, high byte first, as all of Modbus has them but the CRC. */
export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Writes 16 bits, high byte first. */
export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Bytes as people compare them: `11 03 00 6b`. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/**
 * Where an answer that repeats the beginning of its request (functions 5, 6, 15, 16) differs from
 * it, looking at as much of the first `length` bytes as is there.
 */
export function echoMismatch(
  request: Uint8Array,
  reply: Uint8Array,
  length: number,
): ModbusMismatch | undefined {
  const end = Math.min(length, reply.length);
  for (let at = 0; at < end; at++) {
    if (request[at] !== reply[at]) {
      const expected = hex(request.subarray(0, length));
      return { field: "echo", expected, received: hex(reply.subarray(0, length)) };
    }
  }
  return undefined;
}
