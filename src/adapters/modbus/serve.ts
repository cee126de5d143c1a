// The slave's work, without its link: runs a request on a bank of registers and gives the answer.
//
// Owns which functions a slave serves and the order of a device's checks (application protocol, the
// state diagrams of section 6): function (exception 1), quantity and form (3), addresses (2), the
// run itself (4). Sends nothing: the slave frames the answer, and drops it for a broadcast.

import {
  bytesForBits,
  COIL_ON,
  MAX_READ_BITS,
  MAX_WRITE_BITS,
  packBits,
  unpackBits,
} from "./bit-functions.js";
import { ModbusException } from "./errors.js";
import { EXCEPTION_BIT, readUint16 } from "./modbus-function.js";
import type { DataSpace, RegisterBank } from "./register-bank.js";
import {
  MAX_READ_REGISTERS,
  MAX_READ_WRITE_REGISTERS,
  MAX_WRITE_REGISTERS,
  packRegisters,
  unpackRegisters,
} from "./register-functions.js";

const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;
const ILLEGAL_VALUE = 3;
const DEVICE_FAILURE = 4;

/** Runs a request and gives its answer, or the code of the exception to answer with. */
type Handler = (bank: RegisterBank, request: Uint8Array) => Uint8Array | number;

/**
 * Runs one request on a bank, as a device does.
 *
 * Never throws: what a device cannot do, it says with an exception. A space of the bank that throws
 * a ModbusException is answered with its `exceptionCode`, any other throw with 4; what had been
 * written by then stays written.
 *
 * @param bank where to read and write.
 * @param pdu the request, function code first.
 * @returns the PDU of the answer.
 *
 * @example
 * ```ts
 * serveRequest(createRegisterBank({ coils: 10 }), Uint8Array.of(1, 0, 9, 0, 2)); // 81 02
 * ```
 */
export function serveRequest(bank: RegisterBank, pdu: Uint8Array): Uint8Array {
  const code = pdu[0] ?? 0;
  const handler = handlerOf(code);
  const answer = handler === undefined ? ILLEGAL_FUNCTION : run(handler, bank, pdu);
  return typeof answer === "number" ? Uint8Array.of(code | EXCEPTION_BIT, answer) : answer;
}

function run(handler: Handler, bank: RegisterBank, pdu: Uint8Array): Uint8Array | number {
  try {
    return handler(bank, pdu);
  } catch (error) {
    return error instanceof ModbusException ? error.exceptionCode & 0xff : DEVICE_FAILURE;
  }
}

function handlerOf(code: number): Handler | undefined {
  switch (code) {
    case 1:
      return (bank, request) => readBits(bank.coils, request);
    case 2:
      return (bank, request) => readBits(bank.discreteInputs, request);
    case 3:
      return (bank, request) => readRegisters(bank.holdingRegisters, request);
    case 4:
      return (bank, request) => readRegisters(bank.inputRegisters, request);
    case 5:
      return writeOneCoil;
    case 6:
      return writeOneRegister;
    case 15:
      return writeManyCoils;
    case 16:
      return writeManyRegisters;
    case 23:
      return readAndWriteRegisters;
    default:
      return undefined;
  }
}

function readBits(space: DataSpace<boolean>, request: Uint8Array): Uint8Array | number {
  if (request.length !== 5) return ILLEGAL_VALUE;
  const address = readUint16(request, 1);
  const quantity = readUint16(request, 3);
  if (quantity < 1 || quantity > MAX_READ_BITS) return ILLEGAL_VALUE;
  if (!holds(space, address, quantity)) return ILLEGAL_ADDRESS;
  return withByteCount(request[0]!, packBits(readSpan(space, address, quantity)));
}

function readRegisters(space: DataSpace<number>, request: Uint8Array): Uint8Array | number {
  if (request.length !== 5) return ILLEGAL_VALUE;
  const address = readUint16(request, 1);
  const quantity = readUint16(request, 3);
  if (quantity < 1 || quantity > MAX_READ_REGISTERS) return ILLEGAL_VALUE;
  if (!holds(space, address, quantity)) return ILLEGAL_ADDRESS;
  return registersReply(request[0]!, space, address, quantity);
}

function writeOneCoil(bank: RegisterBank, request: Uint8Array): Uint8Array | number {
  if (request.length !== 5) return ILLEGAL_VALUE;
  const address = readUint16(request, 1);
  const value = readUint16(request, 3);
  if (value !== 0 && value !== COIL_ON) return ILLEGAL_VALUE;
  if (!holds(bank.coils, address, 1)) return ILLEGAL_ADDRESS;
  bank.coils.set(address, value === COIL_ON);
  return request.slice();
}

function writeOneRegister(bank: RegisterBank, request: Uint8Array): Uint8Array | number {
  if (request.length !== 5) return ILLEGAL_VALUE;
  const address = readUint16(request, 1);
  if (!holds(bank.holdingRegisters, address, 1)) return ILLEGAL_ADDRESS;
  bank.holdingRegisters.set(address, readUint16(request, 3));
  return request.slice();
}

function writeManyCoils(bank: RegisterBank, request: Uint8Array): Uint8Array | number {
  if (request.length < 6) return ILLEGAL_VALUE;
  const address = readUint16(request, 1);
  const quantity = readUint16(request, 3);
  if (quantity < 1 || quantity > MAX_WRITE_BITS) return ILLEGAL_VALUE;
  if (!hasByteCount(request, 5, bytesForBits(quantity))) return ILLEGAL_VALUE;
  if (!holds(bank.coils, address, quantity)) return ILLEGAL_ADDRESS;
  writeSpan(bank.coils, address, unpackBits(request, 6, quantity));
  return request.slice(0, 5);
}

function writeManyRegisters(bank: RegisterBank, request: Uint8Array): Uint8Array | number {
  if (request.length < 6) return ILLEGAL_VALUE;
  const address = readUint16(request, 1);
  const quantity = readUint16(request, 3);
  if (quantity < 1 || quantity > MAX_WRITE_REGISTERS) return ILLEGAL_VALUE;
  if (!hasByteCount(request, 5, 2 * quantity)) return ILLEGAL_VALUE;
  if (!holds(bank.holdingRegisters, address, quantity)) return ILLEGAL_ADDRESS;
  writeSpan(bank.holdingRegisters, address, unpackRegisters(request, 6, quantity));
  return request.slice(0, 5);
}

function readAndWriteRegisters(bank: RegisterBank, request: Uint8Array): Uint8Array | number {
  if (request.length < 10) return ILLEGAL_VALUE;
  const space = bank.holdingRegisters;
  const readAddress = readUint16(request, 1);
  const readQuantity = readUint16(request, 3);
  const writeAddress = readUint16(request, 5);
  const writeQuantity = readUint16(request, 7);
  if (readQuantity < 1 || readQuantity > MAX_READ_REGISTERS) return ILLEGAL_VALUE;
  if (writeQuantity < 1 || writeQuantity > MAX_READ_WRITE_REGISTERS) return ILLEGAL_VALUE;
  if (!hasByteCount(request, 9, 2 * writeQuantity)) return ILLEGAL_VALUE;
  // Both before either runs: a request that is refused must have changed nothing.
  if (!holds(space, readAddress, readQuantity)) return ILLEGAL_ADDRESS;
  if (!holds(space, writeAddress, writeQuantity)) return ILLEGAL_ADDRESS;
  writeSpan(space, writeAddress, unpackRegisters(request, 10, writeQuantity));
  return registersReply(23, space, readAddress, readQuantity);
}

/** Whether the byte count at `at` is the one due, and as many bytes follow it. */
function hasByteCount(request: Uint8Array, at: number, count: number): boolean {
  return request[at] === count && request.length === at + 1 + count;
}

function holds(space: DataSpace<unknown>, address: number, quantity: number): boolean {
  return address + quantity <= space.size;
}

function readSpan<Value>(space: DataSpace<Value>, address: number, quantity: number): Value[] {
  const values: Value[] = [];
  for (let at = 0; at < quantity; at++) values.push(space.get(address + at));
  return values;
}

function writeSpan<Value>(
  space: DataSpace<Value>,
  address: number,
  values: readonly Value[],
): void {
  for (let at = 0; at < values.length; at++) space.set(address + at, values[at]!);
}

function registersReply(
  code: number,
  space: DataSpace<number>,
  address: number,
  quantity: number,
): Uint8Array {
  const bytes = new Uint8Array(2 * quantity);
  packRegisters(bytes, 0, readSpan(space, address, quantity));
  return withByteCount(code, bytes);
}

function withByteCount(code: number, bytes: Uint8Array): Uint8Array {
  const pdu = new Uint8Array(2 + bytes.length);
  pdu[0] = code;
  pdu[1] = bytes.length;
  pdu.set(bytes, 2);
  return pdu;
}
