// The functions over 16-bit registers: read holding (3) and input registers (4), write one (6),
// write several (16), write and read in one request (23). Application protocol, 6.3, 6.4, 6.6,
// 6.12, 6.17.
//
// Owns their limits and their bytes. Values are whole numbers, 0 to 65,535: what they mean (signs,
// floats, word orders) is decided above. Does no I/O, and does not know the framing.

import { checkInteger, checkSpan, checkValues } from "./arguments.js";
import { echoMismatch, type ModbusFunction, readUint16, writeUint16 } from "./modbus-function.js";
import { pduOfTwoWords, type SpanKind, spanReader, spanReply } from "./span-reader.js";

/** The most registers that one request may read (functions 3, 4 and 23). */
export const MAX_READ_REGISTERS: number = 125;
/** The most registers that function 16 may write. */
export const MAX_WRITE_REGISTERS: number = 123;
/** The most registers that function 23 may write. */
export const MAX_READ_WRITE_REGISTERS: number = 121;

const registers: SpanKind<number> = {
  bytesFor: (quantity) => 2 * quantity,
  unpack: unpackRegisters,
};

/** Function 3: reads 1 to 125 holding registers from an address on. */
export const readHoldingRegisters: ModbusFunction<[address: number, quantity: number], number[]> =
  /* @__PURE__ */ spanReader(registers, {
    code: 3,
    name: "readHoldingRegisters",
    action: "read holding registers",
    max: MAX_READ_REGISTERS,
  });

/** Function 4: reads 1 to 125 input registers from an address on. */
export const readInputRegisters: ModbusFunction<[address: number, quantity: number], number[]> =
  /* @__PURE__ */ spanReader(registers, {
    code: 4,
    name: "readInputRegisters",
    action: "read input registers",
    max: MAX_READ_REGISTERS,
  });

/** Function 6: writes one holding register, 0 to 65,535. The answer repeats the request. */
export const writeRegister: ModbusFunction<[address: number, value: number], void> = {
  code: 6,
  name: "writeRegister",
  access: "write",
  validate(address, value) {
    checkSpan("write a register", "address", address, 1);
    checkRegister("write a register", "value", value);
  },
  encode: (address, value) => pduOfTwoWords(6, address, value),
  requestLength: () => 5,
  requestAgrees: (request) => request.length >= 5,
  replyLength: () => 5,
  mismatch: (request, reply) => echoMismatch(request, reply, 5),
  decode() {},
};

/** Function 16: writes 1 to 123 holding registers. The answer repeats address and count. */
export const writeRegisters: ModbusFunction<[address: number, values: readonly number[]], void> = {
  code: 16,
  name: "writeRegisters",
  access: "write",
  validate(address, values) {
    const action = "write registers";
    checkValues(action, values, MAX_WRITE_REGISTERS, (what, value) =>
      checkRegister(action, what, value),
    );
    checkSpan(action, "address", address, values.length);
  },
  encode(address, values) {
    const pdu = new Uint8Array(6 + 2 * values.length);
    pdu[0] = 16;
    writeUint16(pdu, 1, address);
    writeUint16(pdu, 3, values.length);
    pdu[5] = 2 * values.length;
    packRegisters(pdu, 6, values);
    return pdu;
  },
  requestLength: (request) => (request.length > 5 ? 6 + request[5]! : undefined),
  requestAgrees: (request) => {
    if (request.length < 6) return false;
    const quantity = readUint16(request, 3);
    return quantity >= 1 && quantity <= MAX_WRITE_REGISTERS && request[5] === 2 * quantity;
  },
  replyLength: () => 5,
  mismatch: (request, reply) => echoMismatch(request, reply, 5),
  decode() {},
};

const registersReply = /* @__PURE__ */ spanReply(registers);

/**
 * Function 23: writes 1 to 121 holding registers, then reads 1 to 125, in one request. The unit
 * writes first, so a read of the same addresses gives the new values.
 */
export const readWriteRegisters: ModbusFunction<
  [readAddress: number, readQuantity: number, writeAddress: number, values: readonly number[]],
  number[]
> = {
  code: 23,
  name: "readWriteRegisters",
  access: "readWrite",
  validate(readAddress, readQuantity, writeAddress, values) {
    const action = "read and write registers";
    const remedy = "read in several requests";
    checkInteger(action, "readQuantity", readQuantity, 1, MAX_READ_REGISTERS, remedy);
    checkSpan(action, "readAddress", readAddress, readQuantity);
    checkValues(action, values, MAX_READ_WRITE_REGISTERS, (what, value) =>
      checkRegister(action, what, value),
    );
    checkSpan(action, "writeAddress", writeAddress, values.length);
  },
  encode(readAddress, readQuantity, writeAddress, values) {
    const pdu = new Uint8Array(10 + 2 * values.length);
    pdu[0] = 23;
    writeUint16(pdu, 1, readAddress);
    writeUint16(pdu, 3, readQuantity);
    writeUint16(pdu, 5, writeAddress);
    writeUint16(pdu, 7, values.length);
    pdu[9] = 2 * values.length;
    packRegisters(pdu, 10, values);
    return pdu;
  },
  requestLength: (request) => (request.length > 9 ? 10 + request[9]! : undefined),
  requestAgrees: (request) => {
    if (request.length < 10) return false;
    const quantity = readUint16(request, 7);
    return quantity >= 1 && quantity <= MAX_READ_WRITE_REGISTERS && request[9] === 2 * quantity;
  },
  ...registersReply,
};

function checkRegister(action: string, what: string, value: unknown): void {
  const remedy = "write negative and wide values as the 16-bit words they consist of";
  checkInteger(action, what, value, 0, 0xffff, remedy);
}

/** Writes registers into the bytes from `offset` on, high byte first. */
export function packRegisters(bytes: Uint8Array, offset: number, values: readonly number[]): void {
  for (let at = 0; at < values.length; at++) writeUint16(bytes, offset + 2 * at, values[at]!);
}

/** Reads `quantity` registers from the bytes at `offset` on. */
export function unpackRegisters(bytes: Uint8Array, offset: number, quantity: number): number[] {
  const values: number[] = [];
  for (let at = 0; at < quantity; at++) values.push(readUint16(bytes, offset + 2 * at));
  return values;
}
