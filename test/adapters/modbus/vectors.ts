// The recorded frames that the Modbus suites check against, and the seeded randomness of their
// fuzz. Owns the data: what a request is in arguments, in RTU bytes, what its answer is in bytes
// and as a value, and which registers a slave needs to answer so. Tests nothing by itself.

import {
  readCoils,
  readDiscreteInputs,
  writeCoil,
  writeCoils,
} from "../../../src/adapters/modbus/bit-functions.js";
import type { ModbusRequest } from "../../../src/adapters/modbus/modbus-function.js";
import {
  createRegisterBank,
  type RegisterBank,
} from "../../../src/adapters/modbus/register-bank.js";
import {
  readHoldingRegisters,
  readInputRegisters,
  readWriteRegisters,
  writeRegister,
  writeRegisters,
} from "../../../src/adapters/modbus/register-functions.js";
import { buildRequest } from "../../../src/adapters/modbus/requests.js";

/** Bytes from hex: `11 03 00 6b`. */
export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(/\s+/).filter(Boolean), (byte) => Number.parseInt(byte, 16));
}

/** Bits from bytes in hex, the first in the lowest bit, as the specification draws them. */
export function bits(hex: string, quantity: number): boolean[] {
  const packed = bytes(hex);
  return Array.from({ length: quantity }, (_, at) => ((packed[at >> 3]! >> (at & 7)) & 1) === 1);
}

/** Several byte strings as one. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** One exchange on a serial line, CRC included. */
export interface RtuVector {
  readonly name: string;
  readonly build: () => ModbusRequest;
  readonly request: string;
  readonly reply: string;
  /** What the answer decodes to, or the code of the exception that it is. */
  readonly value: unknown;
  readonly exception?: number;
  /** A slave's data from which this answer comes. */
  readonly bank: () => RegisterBank;
}

/** A bank of zeros, and values from an address on in one of its spaces. */
function bankWith<Space extends keyof RegisterBank>(
  space: Space,
  address: number,
  values: readonly ReturnType<RegisterBank[Space]["get"]>[],
): RegisterBank {
  const bank = createRegisterBank();
  for (const [at, value] of values.entries()) bank[space].set(address + at, value as never);
  return bank;
}

/** The exchanges of functions 1 to 6, 15, 16 and 23, and of exceptions. */
export const rtuVectors: readonly RtuVector[] = [
  {
    name: "FC1",
    build: () => buildRequest(readCoils, 0x11, 0x13, 19),
    request: "11 01 00 13 00 13 8e 92",
    reply: "11 01 03 cd 6b 05 40 12",
    value: bits("cd 6b 05", 19),
    bank: () => bankWith("coils", 0x13, bits("cd 6b 05", 19)),
  },
  {
    name: "FC2",
    build: () => buildRequest(readDiscreteInputs, 0x11, 0xc4, 22),
    request: "11 02 00 c4 00 16 ba a9",
    reply: "11 02 03 ac db 35 20 18",
    value: bits("ac db 35", 22),
    bank: () => bankWith("discreteInputs", 0xc4, bits("ac db 35", 22)),
  },
  {
    name: "FC3 of three registers",
    build: () => buildRequest(readHoldingRegisters, 0x11, 0x6b, 3),
    request: "11 03 00 6b 00 03 76 87",
    reply: "11 03 06 02 2b 00 00 00 64 c8 ba",
    value: [0x22b, 0, 100],
    bank: () => bankWith("holdingRegisters", 0x6b, [0x22b, 0, 100]),
  },
  {
    name: "FC3 of two registers",
    build: () => buildRequest(readHoldingRegisters, 1, 0, 2),
    request: "01 03 00 00 00 02 c4 0b",
    reply: "01 03 04 10 00 10 01 32 f3",
    value: [0x1000, 0x1001],
    bank: () => bankWith("holdingRegisters", 0, [0x1000, 0x1001]),
  },
  {
    name: "FC4",
    build: () => buildRequest(readInputRegisters, 0x11, 8, 1),
    request: "11 04 00 08 00 01 b2 98",
    reply: "11 04 02 00 0a f8 f4",
    value: [10],
    bank: () => bankWith("inputRegisters", 8, [10]),
  },
  {
    name: "FC5",
    build: () => buildRequest(writeCoil, 0x11, 0xac, true),
    request: "11 05 00 ac ff 00 4e 8b",
    reply: "11 05 00 ac ff 00 4e 8b",
    value: undefined,
    bank: createRegisterBank,
  },
  {
    name: "FC6",
    build: () => buildRequest(writeRegister, 0x11, 1, 3),
    request: "11 06 00 01 00 03 9a 9b",
    reply: "11 06 00 01 00 03 9a 9b",
    value: undefined,
    bank: createRegisterBank,
  },
  {
    name: "FC15",
    build: () => buildRequest(writeCoils, 0x11, 0x13, bits("cd 01", 10)),
    request: "11 0f 00 13 00 0a 02 cd 01 bf 0b",
    reply: "11 0f 00 13 00 0a 26 99",
    value: undefined,
    bank: createRegisterBank,
  },
  {
    name: "FC16",
    build: () => buildRequest(writeRegisters, 0x11, 1, [0x0a, 0x102]),
    request: "11 10 00 01 00 02 04 00 0a 01 02 c6 f0",
    reply: "11 10 00 01 00 02 12 98",
    value: undefined,
    bank: createRegisterBank,
  },
  {
    name: "FC23",
    build: () => buildRequest(readWriteRegisters, 0x11, 3, 6, 0x0e, [0xff, 0xff, 0xff]),
    request: "11 17 00 03 00 06 00 0e 00 03 06 00 ff 00 ff 00 ff 4b 54",
    reply: "11 17 0c 00 fe 0a cd 00 01 00 03 00 0d 00 ff 0d 75",
    value: [0xfe, 0xacd, 1, 3, 0xd, 0xff],
    bank: () => bankWith("holdingRegisters", 3, [0xfe, 0xacd, 1, 3, 0xd, 0xff]),
  },
  {
    name: "exception 2 to FC1",
    build: () => buildRequest(readCoils, 0x0a, 0x4a1, 1),
    request: "0a 01 04 a1 00 01 ac 63",
    reply: "0a 81 02 b0 53",
    value: undefined,
    exception: 2,
    bank: () => createRegisterBank({ coils: 0x4a1 }),
  },
  {
    name: "exception 2 to FC3",
    build: () => buildRequest(readHoldingRegisters, 1, 0xffff, 1),
    request: "01 03 ff ff 00 01 84 2e",
    reply: "01 83 02 c0 f1",
    value: undefined,
    exception: 2,
    bank: () => createRegisterBank({ holdingRegisters: 0xffff }),
  },
  {
    name: "exception 4 to FC3",
    build: () => buildRequest(readHoldingRegisters, 9, 0, 1),
    request: "09 03 00 00 00 01 85 42",
    reply: "09 83 04 c1 31",
    value: undefined,
    exception: 4,
    bank: () => ({ ...createRegisterBank(), holdingRegisters: brokenSpace() }),
  },
];

/** A write to everybody, that nobody answers. */
export const broadcast: { readonly build: () => ModbusRequest; readonly request: string } = {
  build: () => buildRequest(writeRegister, 0, 0x50, 0xbad),
  request: "00 06 00 50 0b ad 4e 87",
};

/** The exchange of the messaging guide, over TCP. */
export const tcpVector: {
  readonly transaction: number;
  readonly build: () => ModbusRequest;
  readonly request: string;
  readonly reply: string;
  readonly value: readonly number[];
  readonly bank: () => RegisterBank;
} = {
  transaction: 0x1501,
  build: () => buildRequest(readHoldingRegisters, 0xff, 0x6b, 3),
  request: "15 01 00 00 00 06 ff 03 00 6b 00 03",
  reply: "15 01 00 00 00 09 ff 03 06 02 2b 00 00 00 64",
  value: [0x22b, 0, 100],
  bank: () => bankWith("holdingRegisters", 0x6b, [0x22b, 0, 100]),
};

function brokenSpace(): RegisterBank["holdingRegisters"] {
  const broken = (): never => {
    throw new Error("the sensor is gone");
  };
  return { size: 65_536, get: broken, set: broken };
}

/**
 * Seeded randomness, so that a failure of a fuzz test is the same on every run and host: gives a
 * whole number from 0 to `below` − 1.
 */
export type Random = (below: number) => number;

/** Makes a Random (Mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * below);
  };
}

/** So many random bytes. */
export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

/** The same bytes in pieces of 1 to `most` bytes. */
export function inPieces(whole: Uint8Array, random: Random, most: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < whole.length; ) {
    const end = at + 1 + random(most);
    pieces.push(whole.subarray(at, end));
    at = end;
  }
  return pieces;
}

/** The ways in which a test sends the same bytes: at once, and one at a time. */
export const deliveries: readonly {
  readonly name: string;
  readonly split: (whole: Uint8Array) => Uint8Array[];
}[] = [
  { name: "whole", split: (whole) => [whole] },
  { name: "byte by byte", split: (whole) => Array.from(whole, (byte) => Uint8Array.of(byte)) },
];

/** What `run` throws, for tests that look at its fields. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("Expected a throw, but nothing was thrown");
}
