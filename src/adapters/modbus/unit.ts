// One unit on the line, as a caller sees it: a method for each function.
//
// Owns the check of the arguments before anything is sent (MB-2), and the rule that a call waits as
// long as the client lets its request wait: the client settles it, not the call's own timeout.
// Holds nothing of the link: a unit is as cheap as a handle, and as stable.

import type { WithOptions } from "../../kernel/ref.js";
import { checkUnit } from "./arguments.js";
import { readCoils, readDiscreteInputs, writeCoil, writeCoils } from "./bit-functions.js";
import { checkTimeout } from "./client-options.js";
import type { ModbusFunction } from "./modbus-function.js";
import {
  readHoldingRegisters,
  readInputRegisters,
  readWriteRegisters,
  writeRegister,
  writeRegisters,
} from "./register-functions.js";
import { buildRequest } from "./requests.js";

/** How one request may be told to differ. */
export interface ModbusCallOptions {
  /**
   * Gives up when it aborts: the call rejects with its reason. A request that waits is never sent;
   * one on the line keeps it until its answer or its timeout.
   */
  readonly signal?: AbortSignal | undefined;
  /** How long the answer may take once the request is on the line. Default: the client's. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A unit of a {@link modbusClient}. Every method rejects with a TypeError or RangeError for wrong
 * arguments (nothing is sent then), and else with:
 * - ModbusException: the unit refused;
 * - ModbusTimeout: no answer came (`phase` `"reply"`), or no turn (`"queue"`);
 * - ModbusLinkDown: the link is down, or was lost on the way (`sent` says which);
 * - ModbusProtocolError: the answer does not fit;
 * - ModbusQueueFull: too many requests wait;
 * - ActorExit: the client itself ended.
 */
export interface ModbusUnit {
  /** Its number, 0 to 255. */
  readonly unit: number;
  /** Function 1: reads 1 to 2,000 coils. */
  readCoils(address: number, quantity: number, options?: ModbusCallOptions): Promise<boolean[]>;
  /** Function 2: reads 1 to 2,000 discrete inputs. */
  readDiscreteInputs(
    address: number,
    quantity: number,
    options?: ModbusCallOptions,
  ): Promise<boolean[]>;
  /** Function 3: reads 1 to 125 holding registers. */
  readHoldingRegisters(
    address: number,
    quantity: number,
    options?: ModbusCallOptions,
  ): Promise<number[]>;
  /** Function 4: reads 1 to 125 input registers. */
  readInputRegisters(
    address: number,
    quantity: number,
    options?: ModbusCallOptions,
  ): Promise<number[]>;
  /** Function 5: writes one coil. */
  writeCoil(address: number, value: boolean, options?: ModbusCallOptions): Promise<void>;
  /** Function 6: writes one holding register, 0 to 65,535. */
  writeRegister(address: number, value: number, options?: ModbusCallOptions): Promise<void>;
  /** Function 15: writes 1 to 1,968 coils. */
  writeCoils(
    address: number,
    values: readonly boolean[],
    options?: ModbusCallOptions,
  ): Promise<void>;
  /** Function 16: writes 1 to 123 holding registers. */
  writeRegisters(
    address: number,
    values: readonly number[],
    options?: ModbusCallOptions,
  ): Promise<void>;
  /** Function 23: writes 1 to 121 holding registers, then reads 1 to 125. */
  readWriteRegisters(
    readAddress: number,
    readQuantity: number,
    writeAddress: number,
    values: readonly number[],
    options?: ModbusCallOptions,
  ): Promise<number[]>;
}

/** What a unit needs of its client's ref. */
export interface RequestRef {
  readonly options: WithOptions | null;
  with(options: WithOptions): RequestRef;
  readonly call: {
    request(unit: number, pdu: Uint8Array, timeoutMs: number | undefined): Promise<unknown>;
  };
}

/**
 * Gives a unit of the client behind `ref`.
 *
 * @throws TypeError or RangeError for a unit that is none.
 */
export function unitOf(ref: RequestRef, unit: number): ModbusUnit {
  checkUnit(unit);
  return new Unit(ref, unit);
}

class Unit implements ModbusUnit {
  readonly unit: number;
  readonly #ref: RequestRef;

  constructor(ref: RequestRef, unit: number) {
    // A timeout that was asked for on the ref bounds the whole call; without one the client's own
    // limits do.
    this.#ref = ref.options?.timeoutMs === undefined ? ref.with({ timeoutMs: Infinity }) : ref;
    this.unit = unit;
  }

  readCoils(address: number, quantity: number, options?: ModbusCallOptions): Promise<boolean[]> {
    return this.#ask(readCoils, options, address, quantity);
  }

  readDiscreteInputs(
    address: number,
    quantity: number,
    options?: ModbusCallOptions,
  ): Promise<boolean[]> {
    return this.#ask(readDiscreteInputs, options, address, quantity);
  }

  readHoldingRegisters(
    address: number,
    quantity: number,
    options?: ModbusCallOptions,
  ): Promise<number[]> {
    return this.#ask(readHoldingRegisters, options, address, quantity);
  }

  readInputRegisters(
    address: number,
    quantity: number,
    options?: ModbusCallOptions,
  ): Promise<number[]> {
    return this.#ask(readInputRegisters, options, address, quantity);
  }

  writeCoil(address: number, value: boolean, options?: ModbusCallOptions): Promise<void> {
    return this.#ask(writeCoil, options, address, value);
  }

  writeRegister(address: number, value: number, options?: ModbusCallOptions): Promise<void> {
    return this.#ask(writeRegister, options, address, value);
  }

  writeCoils(
    address: number,
    values: readonly boolean[],
    options?: ModbusCallOptions,
  ): Promise<void> {
    return this.#ask(writeCoils, options, address, values);
  }

  writeRegisters(
    address: number,
    values: readonly number[],
    options?: ModbusCallOptions,
  ): Promise<void> {
    return this.#ask(writeRegisters, options, address, values);
  }

  readWriteRegisters(
    readAddress: number,
    readQuantity: number,
    writeAddress: number,
    values: readonly number[],
    options?: ModbusCallOptions,
  ): Promise<number[]> {
    return this.#ask(readWriteRegisters, options, readAddress, readQuantity, writeAddress, values);
  }

  // `async`, so that wrong arguments reject like everything else; what comes before the first await
  // runs at once, so the call still knows in whose handler it was made.
  async #ask<Args extends readonly unknown[], Value>(
    kind: ModbusFunction<Args, Value>,
    options: ModbusCallOptions | undefined,
    ...args: Args
  ): Promise<Value> {
    const { signal, timeoutMs } = options ?? {};
    const request = buildRequest(kind, this.unit, ...args);
    if (timeoutMs !== undefined) checkTimeout("timeoutMs", timeoutMs);
    const ref = signal === undefined ? this.#ref : this.#ref.with({ signal });
    // Plain bytes, so that the client may live in another realm.
    return (await ref.call.request(this.unit, request.pdu, timeoutMs)) as Value;
  }
}
