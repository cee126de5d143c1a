// The functions over single bits: read coils (1), read discrete inputs (2), write a coil (5), write
// coils (15). Application protocol, 6.1, 6.2, 6.5 and 6.11.
//
// Owns their limits, their bytes and the packing of bits. Values are booleans. Does no I/O, and
// does not know the framing.

import { checkBoolean, checkSpan, checkValues } from "./arguments.js";
import { echoMismatch, type ModbusFunction, readUint16, writeUint16 } from "./modbus-function.js";
import { pduOfTwoWords, type SpanKind, spanReader } from "./span-reader.js";

/** The most bits that one request may read (functions 1 and 2). */
export const MAX_READ_BITS: number = 2_000;
/** The most coils that one request may write (function 15). */
export const MAX_WRITE_BITS: number = 1_968;
/** What function 5 writes for an open coil; 0 is the other, and nothing else is allowed. */
export const COIL_ON: number = 0xff00;

const bits: SpanKind<boolean> = { bytesFor: bytesForBits, unpack: unpackBits };

/** Function 1: reads 1 to 2,000 coils from an address on, as booleans. */
export const readCoils: ModbusFunction<[address: number, quantity: number], boolean[]> =
  /* @__PURE__ */ spanReader(bits, {
    code: 1,
    name: "readCoils",
    action: "read coils",
    max: MAX_READ_BITS,
  });

/** Function 2: reads 1 to 2,000 discrete inputs from an address on, as booleans. */
export const readDiscreteInputs: ModbusFunction<[address: number, quantity: number], boolean[]> =
  /* @__PURE__ */ spanReader(bits, {
    code: 2,
    name: "readDiscreteInputs",
    action: "read discrete inputs",
    max: MAX_READ_BITS,
  });

/** Function 5: writes one coil. The answer repeats the request. */
export const writeCoil: ModbusFunction<[address: number, value: boolean], void> = {
  code: 5,
  name: "writeCoil",
  access: "write",
  validate(address, value) {
    checkSpan("write a coil", "address", address, 1);
    checkBoolean("write a coil", "value", value);
  },
  encode: (address, value) => pduOfTwoWords(5, address, value ? COIL_ON : 0),
  requestLength: () => 5,
  requestAgrees: (request) => {
    if (request.length < 5) return false;
    const value = readUint16(request, 3);
    return value === 0 || value === COIL_ON;
  },
  replyLength: () => 5,
  mismatch: (request, reply) => echoMismatch(request, reply, 5),
  decode() {},
};

/**
 * Function 15: writes 1 to 1,968 coils from an address on. The answer repeats address and count.
 */
export const writeCoils: ModbusFunction<[address: number, values: readonly boolean[]], void> = {
  code: 15,
  name: "writeCoils",
  access: "write",
  validate(address, values) {
    const action = "write coils";
    checkValues(action, values, MAX_WRITE_BITS, (what, value) => checkBoolean(action, what, value));
    checkSpan(action, "address", address, values.length);
  },
  encode(address, values) {
    const bytes = packBits(values);
    const pdu = new Uint8Array(6 + bytes.length);
    pdu[0] = 15;
    writeUint16(pdu, 1, address);
    writeUint16(pdu, 3, values.length);
    pdu[5] = bytes.length;
    pdu.set(bytes, 6);
    return pdu;
  },
  requestLength: (request) => (request.length > 5 ? 6 + request[5]! : undefined),
  requestAgrees: (request) => {
    if (request.length < 6) return false;
    const quantity = readUint16(request, 3);
    return quantity >= 1 && quantity <= MAX_WRITE_BITS && request[5] === bytesForBits(quantity);
  },
  replyLength: () => 5,
  mismatch: (request, reply) => echoMismatch(request, reply, 5),
  decode() {},
};

/** How many bytes hold this many bits. */
export function bytesForBits(bits: number): number {
  return (bits + 7) >>> 3;
}

/** Packs booleans into bytes as Modbus has them: the first in the lowest bit, the rest zero. */
export function packBits(bits: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(bytesForBits(bits.length));
  for (let at = 0; at < bits.length; at++) {
    if (bits[at]) bytes[at >>> 3]! |= 1 << (at & 7);
  }
  return bytes;
}

/** Reads `quantity` booleans from the bytes at `offset` on. */
export function unpackBits(bytes: Uint8Array, offset: number, quantity: number): boolean[] {
  const bits: boolean[] = [];
  for (let at = 0; at < quantity; at++) {
    bits.push(((bytes[offset + (at >>> 3)]! >>> (at & 7)) & 1) === 1);
  }
  return bits;
}
