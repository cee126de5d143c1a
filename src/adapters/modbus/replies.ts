// Reads answers: turns the PDU that came into the value that was asked for, or into a typed error.
//
// Owns the order of the checks of MB-4 (unit, function, byte count or echo, length), and the
// question whether an answer belongs to a request at all, which tells late frames from the awaited
// one. Does not frame: the bytes come whole, with a good checksum.

import {
  ModbusException,
  type ModbusMismatch,
  ModbusProtocolError,
  type ModbusTarget,
} from "./errors.js";
import { findFunction } from "./function-table.js";
import {
  EXCEPTION_BIT,
  EXCEPTION_REPLY_LENGTH,
  type ModbusRequest,
  readUint16,
} from "./modbus-function.js";

/**
 * Reads the value from the answer to a request.
 *
 * @param request what was asked.
 * @param unit the unit that the answer names.
 * @param pdu the answer, function code first.
 * @returns what the function gives: booleans, registers, nothing for a write.
 * @throws ModbusException if the unit answered with an exception.
 * @throws ModbusProtocolError if the answer is not one to this request.
 *
 * @example
 * ```ts
 * const request = buildRequest(readInputRegisters, 17, 8, 1);
 * decodeReply(request, 17, Uint8Array.of(4, 2, 0, 10)); // [10]
 * ```
 */
export function decodeReply<Value>(
  request: ModbusRequest<Value>,
  unit: number,
  pdu: Uint8Array,
): Value {
  const wrong = mismatchOf(request, unit, pdu);
  const target = targetOf(request);
  if (wrong !== undefined) throw new ModbusProtocolError({ ...wrong, ...target });
  if (isException(pdu)) throw new ModbusException({ ...target, exceptionCode: pdu[1]! });
  return request.function.decode(request.pdu, pdu);
}

/** What an error says of the request that it is about. */
export function targetOf({ unit, function: { code }, pdu }: ModbusRequest): ModbusTarget {
  const hasAddress = findFunction(code) !== undefined && pdu.length >= 3;
  return { unit, functionCode: code, address: hasAddress ? readUint16(pdu, 1) : undefined };
}

/**
 * Whether this could be the answer to this request, an exception included. An answer to another
 * request of the same unit, function and size cannot be told from the right one (MB-7); a write's
 * can, by its echo.
 */
export function answersRequest(request: ModbusRequest, unit: number, pdu: Uint8Array): boolean {
  return mismatchOf(request, unit, pdu) === undefined;
}

/**
 * Whether these bytes could be where an answer to this request begins. They may be fewer than the
 * whole answer, or run on past it.
 */
export function beginsAnswer(request: ModbusRequest, unit: number, bytes: Uint8Array): boolean {
  if (unit !== request.unit) return false;
  const code = request.function.code;
  if (bytes[0] === (code | EXCEPTION_BIT)) return true;
  return bytes[0] === code && request.function.mismatch(request.pdu, bytes) === undefined;
}

function isException(pdu: Uint8Array): boolean {
  return (pdu[0]! & EXCEPTION_BIT) !== 0;
}

function mismatchOf(
  request: ModbusRequest,
  unit: number,
  pdu: Uint8Array,
): ModbusMismatch | undefined {
  if (unit !== request.unit) return { field: "unit", expected: request.unit, received: unit };
  const code = request.function.code;
  if (pdu.length === 0) return { field: "length", expected: "at least 1", received: 0 };
  const received = pdu[0]!;
  if (received === (code | EXCEPTION_BIT)) {
    return lengthMismatch(EXCEPTION_REPLY_LENGTH, pdu.length);
  }
  if (received !== code) return { field: "function", expected: code, received };
  const wrong = request.function.mismatch(request.pdu, pdu);
  if (wrong !== undefined || request.function.replyLength === undefined) return wrong;
  return lengthMismatch(request.function.replyLength(pdu, request.pdu), pdu.length);
}

function lengthMismatch(
  expected: number | undefined,
  received: number,
): ModbusMismatch | undefined {
  if (expected === received) return undefined;
  return { field: "length", expected: expected ?? `more than ${received}`, received };
}
