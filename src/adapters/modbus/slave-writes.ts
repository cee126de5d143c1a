// What a client's write has changed, read from the request that made it.
//
// Owns the way from the bytes to the values that `onWrite` gets. Carries nothing out and checks
// nothing: serve.ts did both.

import { unpackBits } from "./bit-functions.js";
import { readUint16 } from "./modbus-function.js";
import { unpackRegisters } from "./register-functions.js";
import type { ModbusWrite } from "./slave-options.js";

/** What a request that was carried out has written; undefined if it only read. */
export function writeOf(unit: number, pdu: Uint8Array): ModbusWrite | undefined {
  const functionCode = pdu[0] ?? 0;
  const coils = { unit, functionCode, space: "coils" } as const;
  const registers = { unit, functionCode, space: "holdingRegisters" } as const;
  switch (functionCode) {
    case 5:
      return { ...coils, address: readUint16(pdu, 1), values: [readUint16(pdu, 3) !== 0] };
    case 6:
      return { ...registers, address: readUint16(pdu, 1), values: [readUint16(pdu, 3)] };
    case 15: {
      const values = unpackBits(pdu, 6, readUint16(pdu, 3));
      return { ...coils, address: readUint16(pdu, 1), values };
    }
    case 16: {
      const values = unpackRegisters(pdu, 6, readUint16(pdu, 3));
      return { ...registers, address: readUint16(pdu, 1), values };
    }
    case 23: {
      const values = unpackRegisters(pdu, 10, readUint16(pdu, 7));
      return { ...registers, address: readUint16(pdu, 5), values };
    }
    default:
      return undefined;
  }
}
