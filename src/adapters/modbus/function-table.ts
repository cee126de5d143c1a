// The functions that this adapter knows by their codes.
//
// Owns the list, and nothing of any function: to add one, describe it as a ModbusFunction and put
// it here; framers, requests, answers and late-frame detection then have it. The slave's side of
// serving it is serve.ts.

import { readCoils, readDiscreteInputs, writeCoil, writeCoils } from "./bit-functions.js";
import type { ModbusFunction } from "./modbus-function.js";
import {
  readHoldingRegisters,
  readInputRegisters,
  readWriteRegisters,
  writeRegister,
  writeRegisters,
} from "./register-functions.js";

/** A function whose arguments and value are not known to the compiler. */
export type AnyModbusFunction = ModbusFunction<never, unknown>;

/** Every known function, by its code; the codes in between are empty. */
const TABLE: readonly (AnyModbusFunction | undefined)[] = /* @__PURE__ */ byCode([
  readCoils,
  readDiscreteInputs,
  readHoldingRegisters,
  readInputRegisters,
  writeCoil,
  writeRegister,
  writeCoils,
  writeRegisters,
  readWriteRegisters,
]);

function byCode(functions: readonly AnyModbusFunction[]): (AnyModbusFunction | undefined)[] {
  const table = new Array<AnyModbusFunction | undefined>(128).fill(undefined);
  for (const known of functions) table[known.code] = known;
  return table;
}

/** The function of this code, or undefined if this adapter does not know it. */
export function findFunction(code: number): AnyModbusFunction | undefined {
  return TABLE[code];
}
