// What a Modbus slave may be told: its data, its framing, its units and its link.
//
// Owns the defaults and the checks, so that a wrong option fails the start with a sentence that names
// it. Opens and serves nothing: slave.ts does.

import { checkCount, checkMs } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import type { Connect } from "../byte-link/byte-duplex.js";
import type { ConnectionTimes } from "../connection-times.js";
import { checkUnit } from "./arguments.js";
import { checkConnect, checkFraming, type ModbusFraming } from "./client-options.js";
import {
  createRegisterBank,
  type RegisterBank,
  type RegisterBankOptions,
} from "./register-bank.js";
import { rtuSendGapMs } from "./timing.js";

/** A write that a client made, after it was carried out. */
export interface ModbusWrite {
  /** The unit it was for; 0 is a broadcast on a serial line. */
  readonly unit: number;
  /** 5, 6, 15, 16 or 23. */
  readonly functionCode: number;
  /** Where it was written. */
  readonly space: "coils" | "holdingRegisters";
  /** The first address. */
  readonly address: number;
  /** What stands there now: booleans for coils, numbers for registers. */
  readonly values: readonly boolean[] | readonly number[];
}

/** Options of {@link modbusSlave}. */
export interface ModbusSlaveOptions extends ConnectionTimes {
  /** `rtu` for a serial line, also behind a bridge; `tcp` for Modbus TCP. */
  readonly framing: ModbusFraming;
  /**
   * Its data: a bank that the program keeps, which outlives a restart of the slave, or how one is
   * to begin, which is made anew at each start.
   */
  readonly bank: RegisterBank | RegisterBankOptions;
  /**
   * The units it answers for, 1 to 247. Default: every unit. Over TCP it answers for 0 and 255 too,
   * which are the device itself, and refuses others with exception 11; on a line it is silent.
   */
  readonly units?: readonly number[] | undefined;
  /**
   * Opens the link it serves, again and again: a serial port, or the client's end of a bridge.
   * Without it the slave serves what `attach` brings.
   */
  readonly connect?: Connect | undefined;
  /** How many attached links it serves at a time; one more is closed. Default 32. */
  readonly maxConnections?: number | undefined;
  /** Bits per second of the line, for its silences. Default: what the link says. */
  readonly baudRate?: number | undefined;
  /** How long an RTU line must be quiet for half a frame to be dropped. As of the client. */
  readonly idleGapMs?: number | undefined;
  /**
   * Called after each write of a client, in the slave's turn. A throw crashes the slave. To refuse
   * a write, bring a bank whose `set` throws a ModbusException.
   */
  readonly onWrite?: ((write: ModbusWrite) => void) | undefined;
}

/** The options with their defaults. */
export interface ModbusSlaveSettings {
  readonly framing: ModbusFraming;
  readonly bank: RegisterBank;
  readonly units: ReadonlySet<number> | undefined;
  readonly connect: Connect | undefined;
  readonly maxConnections: number;
  readonly baudRate: number | undefined;
  readonly idleGapMs: number | undefined;
  readonly onWrite: ((write: ModbusWrite) => void) | undefined;
  readonly times: ConnectionTimes;
}

/**
 * Fills the options in and checks them.
 *
 * @throws TypeError for a value of the wrong kind, RangeError for a number out of range.
 */
export function checkSlaveOptions(options: ModbusSlaveOptions): ModbusSlaveSettings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `The options of modbusSlave are ${printed(options)}: they must be { framing, bank, … }`,
    );
  }
  const { framing, bank, units, connect, baudRate, idleGapMs, onWrite } = options;
  const { maxConnections = 32 } = options;
  checkFraming(framing);
  if (typeof bank !== "object" || bank === null) {
    throw new TypeError(
      `bank is ${printed(bank)}: it must be a bank, or how one begins, such as { coils: 16 }`,
    );
  }
  if (connect !== undefined) checkConnect("modbusSlave", connect);
  if (baudRate !== undefined) rtuSendGapMs(baudRate);
  if (idleGapMs !== undefined) checkMs("idleGapMs", idleGapMs);
  checkCount("maxConnections", maxConnections, 1);
  if (onWrite !== undefined && typeof onWrite !== "function") {
    throw new TypeError(`onWrite is ${printed(onWrite)}: it must be a function`);
  }
  return {
    framing,
    bank: isBank(bank) ? bank : createRegisterBank(bank),
    units: units === undefined ? undefined : checkUnits(units),
    connect,
    maxConnections,
    baudRate,
    idleGapMs,
    onWrite,
    times: options,
  };
}

function checkUnits(units: readonly number[]): ReadonlySet<number> {
  if (!Array.isArray(units) || units.length === 0) {
    throw new TypeError(
      `units is ${printed(units)}: it must be a list of units, such as [17]; leave it out for all`,
    );
  }
  for (const unit of units) checkUnit(unit);
  return new Set(units);
}

function isBank(bank: RegisterBank | RegisterBankOptions): bank is RegisterBank {
  return typeof (bank as RegisterBank).coils?.get === "function";
}
