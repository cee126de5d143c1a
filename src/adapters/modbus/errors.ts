// Everything a Modbus call can reject with, beside wrong arguments and the errors of the kernel.
//
// Owns one class for each cause, because each asks for another remedy: the device said no, the
// answer makes no sense, no answer came, the link is down, too many wait already.
// Decides nothing: who retries, reconnects or waits is the client's business.

import { ActorError } from "../../kernel/errors.js";

/** The names of the exception codes that the application protocol (section 7) defines. */
export type ModbusExceptionName =
  | "illegal function"
  | "illegal data address"
  | "illegal data value"
  | "server device failure"
  | "acknowledge"
  | "server device busy"
  | "memory parity error"
  | "gateway path unavailable"
  | "gateway target device failed to respond"
  | "unknown";

/** Which request an error is about. */
export interface ModbusTarget {
  /** The unit that was asked, 0 to 255. */
  readonly unit: number;
  /** The function that was asked for, without the exception bit. */
  readonly functionCode: number;
  /** The first address of the request, where its function has one. */
  readonly address?: number | undefined;
}

/** What a unit's exception reply says. */
export interface ModbusExceptionDetail extends ModbusTarget {
  /** The code as it came, 0 to 255, whether or not it has a name. */
  readonly exceptionCode: number;
}

/**
 * A unit answered with an exception (application protocol, section 7). The link and the unit are
 * alive: this never restarts anything (MB-3).
 */
export class ModbusException extends ActorError {
  override readonly name: string = "ModbusException";
  override readonly code: "modbus-exception" = "modbus-exception";
  readonly unit: number;
  readonly functionCode: number;
  /** The first address of the request; undefined where its function has none. */
  readonly address: number | undefined;
  /** The number as it came, also when it has no name. */
  readonly exceptionCode: number;
  /** `"unknown"` for a code that the protocol does not define: `exceptionCode` has its number. */
  readonly exceptionName: ModbusExceptionName;
  /** True for codes 5 and 6: the unit is busy, and the same request may succeed after a delay. */
  readonly retryable: boolean;

  constructor(detail: ModbusExceptionDetail) {
    const { unit, functionCode, address, exceptionCode } = detail;
    const known = exceptionOf(exceptionCode);
    super(`Cannot ${runOn(detail)}: exception ${exceptionCode} (${known.name})${known.remedy}`);
    this.unit = unit;
    this.functionCode = functionCode;
    this.address = address;
    this.exceptionCode = exceptionCode;
    this.exceptionName = known.name;
    this.retryable = exceptionCode === 5 || exceptionCode === 6;
  }
}

/** Where an answer and its request disagree. */
export interface ModbusMismatch {
  /** Which part of the answer is wrong, such as `"byte count"`. */
  readonly field: ModbusField;
  /** What the request called for: a number, or bytes in hex. */
  readonly expected: number | string;
  /** What came. */
  readonly received: number | string;
}

/** The parts of an answer that are checked. */
export type ModbusField =
  | "unit"
  | "function"
  | "byte count"
  | "echo"
  | "length"
  | "protocol id"
  | "frame length";

/**
 * An answer came that its request does not allow: wrong unit, function, byte count, echo or length
 * (MB-4), or on TCP a header that cannot be one (MB-13). Its data were dropped.
 */
export class ModbusProtocolError extends ActorError {
  override readonly name: string = "ModbusProtocolError";
  override readonly code: "modbus-protocol" = "modbus-protocol";
  readonly field: ModbusField;
  readonly expected: number | string;
  readonly received: number | string;
  /** The unit that was asked; undefined where the link itself went wrong. */
  readonly unit: number | undefined;
  /** The function that was asked for; undefined where the link itself went wrong. */
  readonly functionCode: number | undefined;
  /** The first address of the request; undefined where there is none. */
  readonly address: number | undefined;
  /** True if the boundaries of frames are lost for good: the link must be made anew. */
  readonly fatal: boolean;

  constructor(
    detail: ModbusMismatch & {
      readonly unit?: number | undefined;
      readonly functionCode?: number | undefined;
      readonly address?: number | undefined;
      readonly fatal?: boolean;
    },
  ) {
    const { field, expected, received, unit, functionCode, address, fatal = false } = detail;
    const whose =
      unit === undefined || functionCode === undefined
        ? "Cannot read from the Modbus link"
        : `Cannot use the answer of unit ${unit} to Modbus function ${functionCode}${at(address)}`;
    const remedy = fatal ? "; the link must be opened anew" : "";
    super(`${whose}: its ${field} is ${received}, but must be ${expected}${remedy}`);
    this.field = field;
    this.expected = expected;
    this.received = received;
    this.unit = unit;
    this.functionCode = functionCode;
    this.address = address;
    this.fatal = fatal;
  }
}

/**
 * No answer came in time. Waiting in the queue and waiting for the unit are timed apart (MB-8):
 * with `phase` `"queue"` nothing was sent; with `"reply"` the request was, and whether the unit ran
 * it is unknown.
 */
export class ModbusTimeout extends ActorError {
  override readonly name: string = "ModbusTimeout";
  override readonly code: "modbus-timeout" = "modbus-timeout";
  readonly unit: number;
  readonly functionCode: number;
  /** The first address of the request; undefined where its function has none. */
  readonly address: number | undefined;
  readonly timeoutMs: number;
  readonly phase: "queue" | "reply";

  constructor(
    detail: ModbusTarget & { readonly timeoutMs: number; readonly phase: "queue" | "reply" },
  ) {
    const { unit, functionCode, address, timeoutMs, phase } = detail;
    const why =
      phase === "queue"
        ? "it was still queued behind other requests, and was not sent"
        : "no answer came; whether the unit ran it is unknown";
    super(`Cannot ${runOn(detail)} within ${timeoutMs} ms: ${why}`);
    this.unit = unit;
    this.functionCode = functionCode;
    this.address = address;
    this.timeoutMs = timeoutMs;
    this.phase = phase;
  }
}

/**
 * The link to the device is not open, or was lost while the answer was awaited. `sent` says which:
 * the outcome of a request that was sent is unknown. `cause` is the link's own error, if it had
 * one.
 */
export class ModbusLinkDown extends ActorError {
  override readonly name: string = "ModbusLinkDown";
  override readonly code: "modbus-link-down" = "modbus-link-down";
  readonly unit: number;
  readonly functionCode: number;
  /** The first address of the request; undefined where its function has none. */
  readonly address: number | undefined;
  /** True if bytes of the request may have reached the device. */
  readonly sent: boolean;
  /** Where the link stood, as in the client's snapshot; `open` if it is up again already. */
  readonly status: string | undefined;

  constructor(
    detail: ModbusTarget & {
      readonly sent: boolean;
      readonly status?: string | undefined;
      readonly cause?: unknown;
    },
  ) {
    const { unit, functionCode, address, sent, status, cause } = detail;
    const said = cause === undefined ? "" : ` (${cause instanceof Error ? cause.message : cause})`;
    const why = sent
      ? `the link was lost before the answer${said}; whether the unit ran it is unknown`
      : `the link is ${status ?? "down"}${said}, and nothing was sent`;
    super(`Cannot ${runOn(detail)}: ${why}`, cause);
    this.unit = unit;
    this.functionCode = functionCode;
    this.address = address;
    this.sent = sent;
    this.status = status;
  }
}

/** So many requests waited already that this one was refused. Nothing was sent. */
export class ModbusQueueFull extends ActorError {
  override readonly name: string = "ModbusQueueFull";
  override readonly code: "modbus-queue-full" = "modbus-queue-full";
  readonly unit: number;
  readonly functionCode: number;
  /** The first address of the request; undefined where its function has none. */
  readonly address: number | undefined;
  /** How many requests may wait. */
  readonly maxQueue: number;

  constructor(detail: ModbusTarget & { readonly maxQueue: number }) {
    const { unit, functionCode, address, maxQueue } = detail;
    super(
      `Cannot ${runOn(detail)}: ${maxQueue} requests wait already, the limit; ` +
        "wait for their answers before you ask more, or raise maxQueue",
    );
    this.unit = unit;
    this.functionCode = functionCode;
    this.address = address;
    this.maxQueue = maxQueue;
  }
}

function runOn({ unit, functionCode, address }: ModbusTarget): string {
  return `run Modbus function ${functionCode} on unit ${unit}${at(address)}`;
}

function at(address: number | undefined): string {
  return address === undefined ? "" : ` at address ${address}`;
}

function exceptionOf(code: number): { name: ModbusExceptionName; remedy: string } {
  switch (code) {
    case 1:
      return { name: "illegal function", remedy: ": the unit does not have this function" };
    case 2:
      return { name: "illegal data address", remedy: ": the unit lacks some of these addresses" };
    case 3:
      return { name: "illegal data value", remedy: ": the unit refuses this quantity or value" };
    case 4:
      return { name: "server device failure", remedy: "" };
    case 5:
      return { name: "acknowledge", remedy: ": the unit is still at it, ask again later" };
    case 6:
      return { name: "server device busy", remedy: ": send the request again later" };
    case 8:
      return { name: "memory parity error", remedy: "" };
    case 0x0a:
      return { name: "gateway path unavailable", remedy: ": check the gateway's settings" };
    case 0x0b:
      return { name: "gateway target device failed to respond", remedy: "" };
    default:
      return { name: "unknown", remedy: "" };
  }
}
