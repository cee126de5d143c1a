// The data of a Modbus slave: its four spaces of addresses.
//
// Owns the spaces' shape and their keeping in memory. Knows no PDU: serve.ts reads and writes
// through this, and so does the program that the slave speaks for. A space may also be made by
// hand, over a real device or a computation: serve.ts asks for nothing but `size`, `get` and `set`.

import { ADDRESS_SPACE, checkBoolean, checkInteger } from "./arguments.js";

/**
 * One space of addresses, 0 to `size` − 1. A `get` or `set` that throws makes the slave answer with
 * an exception: its own code if it is a ModbusException, else 4 (server device failure).
 */
export interface DataSpace<Value> {
  /** How many addresses there are, 0 to 65,536. */
  readonly size: number;
  /** The value at an address. */
  get(address: number): Value;
  /** Changes the value at an address. */
  set(address: number, value: Value): void;
}

/** The four spaces of a slave. A client may write the coils and the holding registers. */
export interface RegisterBank {
  /** Bits that a client reads (function 1) and writes (5, 15). */
  readonly coils: DataSpace<boolean>;
  /** Bits that a client reads (function 2). */
  readonly discreteInputs: DataSpace<boolean>;
  /** Numbers of 0 to 65,535 that a client reads (function 4). */
  readonly inputRegisters: DataSpace<number>;
  /** Numbers of 0 to 65,535 that a client reads (functions 3, 23) and writes (6, 16, 23). */
  readonly holdingRegisters: DataSpace<number>;
}

/**
 * How a bank begins. Each space is its size, or its first values; a space is as long as they are.
 * The default is 65,536 addresses of false or 0.
 */
export interface RegisterBankOptions {
  /** How many coils, or their first values. */
  readonly coils?: number | readonly boolean[];
  /** How many discrete inputs, or their first values. */
  readonly discreteInputs?: number | readonly boolean[];
  /** How many input registers, or their first values. */
  readonly inputRegisters?: number | readonly number[];
  /** How many holding registers, or their first values. */
  readonly holdingRegisters?: number | readonly number[];
}

/**
 * Makes a bank in memory. Its `get` and `set` throw RangeError for an address that does not exist
 * and for a register value outside 0 to 65,535, TypeError for a value of the wrong type.
 *
 * @throws TypeError or RangeError for a size that is not 0 to 65,536, or for a wrong first value.
 *
 * @example
 * ```ts
 * const bank = createRegisterBank({ holdingRegisters: [555, 0, 100], coils: 16 });
 * bank.holdingRegisters.set(1, 42);
 * serveRequest(bank, Uint8Array.of(3, 0, 0, 0, 3)); // 03 06 02 2b 00 2a 00 64
 * ```
 */
export function createRegisterBank(options: RegisterBankOptions = {}): RegisterBank {
  return {
    coils: bitSpace("coils", options.coils),
    discreteInputs: bitSpace("discreteInputs", options.discreteInputs),
    inputRegisters: registerSpace("inputRegisters", options.inputRegisters),
    holdingRegisters: registerSpace("holdingRegisters", options.holdingRegisters),
  };
}

function bitSpace(
  name: string,
  content: number | readonly boolean[] | undefined,
): DataSpace<boolean> {
  const size = sizeOf(name, content);
  const bits = new Uint8Array(size);
  const space: DataSpace<boolean> = {
    size,
    get(address) {
      checkAddress(`read ${name}`, address, size);
      return bits[address] === 1;
    },
    set(address, value) {
      checkAddress(`write ${name}`, address, size);
      checkBoolean(`write ${name}`, "value", value);
      bits[address] = value ? 1 : 0;
    },
  };
  fill(space, content);
  return space;
}

function registerSpace(
  name: string,
  content: number | readonly number[] | undefined,
): DataSpace<number> {
  const size = sizeOf(name, content);
  const registers = new Uint16Array(size);
  const space: DataSpace<number> = {
    size,
    get(address) {
      checkAddress(`read ${name}`, address, size);
      return registers[address]!;
    },
    set(address, value) {
      checkAddress(`write ${name}`, address, size);
      checkInteger(`write ${name}`, "value", value, 0, 0xffff);
      registers[address] = value;
    },
  };
  fill(space, content);
  return space;
}

function sizeOf(name: string, content: number | readonly unknown[] | undefined): number {
  const size = Array.isArray(content) ? content.length : (content ?? ADDRESS_SPACE);
  checkInteger("make a register bank", `the size of ${name}`, size, 0, ADDRESS_SPACE);
  return size as number;
}

function fill<Value>(
  space: DataSpace<Value>,
  content: number | readonly Value[] | undefined,
): void {
  if (typeof content !== "object") return;
  for (let address = 0; address < content.length; address++) space.set(address, content[address]!);
}

function checkAddress(action: string, address: unknown, size: number): void {
  checkInteger(action, "address", address, 0, size - 1);
}
