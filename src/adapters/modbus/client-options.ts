// What a Modbus client may be told: its link, its framing, its times and its limits.
//
// Owns the defaults and the checks, so that a wrong option fails the start with a sentence that
// names it, before anything is connected. Decides nothing else: client-bus.ts acts on the settings.

import { checkCount, checkMs } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import type { Connect } from "../byte-link/byte-duplex.js";
import type { ConnectionTimes } from "../connection-times.js";
import { rtuIdleGapMs, rtuSendGapMs } from "./timing.js";

/** How frames stand on the link: `rtu` (a serial line, or a bridge to one) or `tcp` (MBAP). */
export type ModbusFraming = "rtu" | "tcp";

/** Options of {@link modbusClient}. Times are milliseconds. */
export interface ModbusClientOptions extends ConnectionTimes {
  /** Opens the link: `webSerial`, `serialPort`, `tcp`, `webSocketBytes` or one of your own. */
  readonly connect: Connect;
  /** `rtu` for a serial line, also behind a bridge; `tcp` for Modbus TCP. */
  readonly framing: ModbusFraming;
  /**
   * How long an answer may take, from the moment the request's bytes were written (MB-8). A
   * request may bring its own. Default 1,000.
   */
  readonly timeoutMs?: number | undefined;
  /** How long a request may wait for its turn on the line, and for the link. Default 5,000. */
  readonly queueTimeoutMs?: number | undefined;
  /** How many requests may wait. Default 100; `Infinity` for no limit. */
  readonly maxQueue?: number | undefined;
  /**
   * How often a read is sent again after a timeout, a lost link, a damaged answer, or a unit that
   * is busy. Default 0. Each attempt has its own time in the queue and on the line.
   */
  readonly retries?: number | undefined;
  /**
   * Retries writes too. Default `false`: after a timeout nobody knows whether the unit carried a
   * write out, so a repeated one may happen twice (MB-9).
   */
  readonly retryWrites?: boolean | undefined;
  /** How long after a failure a request is sent again. Default 100. */
  readonly retryDelayMs?: number | undefined;
  /**
   * After an answer that did not come: `drain` waits until the line is quiet and drops what comes
   * late, `reconnect` opens the link anew. Default `drain`.
   *
   * On RTU a late answer of the same unit, function and size as the awaited one cannot be told from
   * it (MB-7). Draining catches it only while the line is not quiet yet: give slow units a long
   * `timeoutMs`. Over a bridge, `reconnect` leaves a late answer on the old link.
   */
  readonly afterTimeout?: "drain" | "reconnect" | undefined;
  /**
   * After so many timeouts in a row, of all units, the link is opened anew (SER-6): a cable may be
   * pulled, or a peer vanish, without a sign. After the host slept or changed its network, one
   * timeout is enough. Default 10; `Infinity` for never.
   */
  readonly recycleAfterTimeouts?: number | undefined;
  /** How long a broadcast holds the line, for all units to carry it out (MB-10). Default 150. */
  readonly turnaroundMs?: number | undefined;
  /**
   * Bits per second of the line, for the silence before a request (MB-6) and `idleGapMs`. Default:
   * what the link says; a link that does not say has no such silence.
   */
  readonly baudRate?: number | undefined;
  /** How long an RTU line must be quiet to count as drained. Default 20, or 3.5 characters if longer. */
  readonly idleGapMs?: number | undefined;
  /** How many requests may be in flight: 1 to 16, over TCP only. Default 1: many devices drop more. */
  readonly inFlight?: number | undefined;
}

/** The options with their defaults. */
export interface ModbusClientSettings {
  readonly connect: Connect;
  readonly framing: ModbusFraming;
  readonly timeoutMs: number;
  readonly queueTimeoutMs: number;
  readonly maxQueue: number;
  readonly retries: number;
  readonly retryWrites: boolean;
  readonly retryDelayMs: number;
  readonly afterTimeout: "drain" | "reconnect";
  readonly recycleAfterTimeouts: number;
  readonly turnaroundMs: number;
  readonly baudRate: number | undefined;
  readonly idleGapMs: number | undefined;
  readonly inFlight: number;
  readonly times: ConnectionTimes;
}

/** The most requests that may be in flight over TCP (MB-13). */
export const MAX_IN_FLIGHT: number = 16;

/**
 * Fills the options in and checks them.
 *
 * @throws TypeError for a value of the wrong kind, RangeError for a number out of range.
 */
export function checkClientOptions(options: ModbusClientOptions): ModbusClientSettings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `The options of modbusClient are ${printed(options)}: they must be { connect, framing, … }`,
    );
  }
  const { connect, framing, baudRate, idleGapMs } = options;
  const settings: ModbusClientSettings = {
    connect,
    framing,
    timeoutMs: options.timeoutMs ?? 1_000,
    queueTimeoutMs: options.queueTimeoutMs ?? 5_000,
    maxQueue: options.maxQueue ?? 100,
    retries: options.retries ?? 0,
    retryWrites: options.retryWrites ?? false,
    retryDelayMs: options.retryDelayMs ?? 100,
    afterTimeout: options.afterTimeout ?? "drain",
    recycleAfterTimeouts: options.recycleAfterTimeouts ?? 10,
    turnaroundMs: options.turnaroundMs ?? 150,
    baudRate,
    idleGapMs,
    inFlight: options.inFlight ?? 1,
    times: options,
  };
  checkConnect("modbusClient", connect);
  checkFraming(framing);
  checkTimeout("timeoutMs", settings.timeoutMs);
  checkTimeout("queueTimeoutMs", settings.queueTimeoutMs);
  checkCount("maxQueue", settings.maxQueue, 1);
  checkCount("retries", settings.retries, 0);
  if (settings.retries === Infinity) {
    throw new RangeError("retries is Infinity: a call that never gives up would never settle");
  }
  if (typeof settings.retryWrites !== "boolean") {
    throw new TypeError(
      `retryWrites is ${printed(settings.retryWrites)}: it must be true or false`,
    );
  }
  checkMs("retryDelayMs", settings.retryDelayMs);
  if (settings.afterTimeout !== "drain" && settings.afterTimeout !== "reconnect") {
    throw new TypeError(
      `afterTimeout is ${printed(settings.afterTimeout)}: it must be "drain" or "reconnect"`,
    );
  }
  checkCount("recycleAfterTimeouts", settings.recycleAfterTimeouts, 1);
  checkMs("turnaroundMs", settings.turnaroundMs);
  if (baudRate !== undefined) rtuSendGapMs(baudRate);
  if (idleGapMs !== undefined) checkMs("idleGapMs", idleGapMs);
  checkInFlight(settings.inFlight, framing);
  return settings;
}

/** Throws unless `framing` is one. */
export function checkFraming(framing: unknown): void {
  if (framing !== "rtu" && framing !== "tcp") {
    throw new TypeError(
      `framing is ${printed(framing)}: it must be "rtu" (serial lines, also behind a bridge) or "tcp"`,
    );
  }
}

/** Throws unless `connect` is a function. */
export function checkConnect(whose: string, connect: unknown): void {
  if (typeof connect !== "function") {
    throw new TypeError(
      `connect of ${whose} is ${printed(connect)}: it must be a function that opens a link, ` +
        "such as webSerial({ … }) or tcp({ … })",
    );
  }
}

/** Throws unless `timeoutMs` is a time of more than 0: every request must settle. */
export function checkTimeout(name: string, timeoutMs: number): void {
  checkMs(name, timeoutMs);
  if (timeoutMs === 0) throw new RangeError(`${name} is 0: it must be more than 0 ms`);
}

/** The silence before a request, in milliseconds; 0 where the speed of the line is unknown. */
export function sendGapMs(framing: ModbusFraming, baudRate: number | undefined): number {
  return framing === "rtu" && baudRate !== undefined ? rtuSendGapMs(baudRate) : 0;
}

/** How long a line must be quiet, in milliseconds, at a speed that may be unknown. */
export function idleGapOf(idleGapMs: number | undefined, baudRate: number | undefined): number {
  return idleGapMs ?? (baudRate === undefined ? 20 : rtuIdleGapMs(baudRate));
}

function checkInFlight(inFlight: number, framing: ModbusFraming): void {
  if (!Number.isInteger(inFlight) || inFlight < 1 || inFlight > MAX_IN_FLIGHT) {
    throw new RangeError(
      `inFlight is ${printed(inFlight)}: it must be a whole number from 1 to ${MAX_IN_FLIGHT}`,
    );
  }
  if (inFlight > 1 && framing === "rtu") {
    throw new RangeError(
      `inFlight is ${inFlight}: with framing "rtu" it must be 1, for answers carry no number there`,
    );
  }
}
