// Makes requests: from a known function and its arguments, or raw for a vendor's own code.
//
// Owns the moment when arguments are checked before any byte exists (MB-2): what comes out can
// be sent as it is. Does not frame and does not send.

import { printed } from "../../kernel/exit-reason.js";
import { checkInteger, checkUnit } from "./arguments.js";
import { findFunction } from "./function-table.js";
import type { ModbusFunction, ModbusRequest } from "./modbus-function.js";

/** The most bytes that a PDU may have after its function code. */
export const MAX_PDU_DATA: number = 252;

/**
 * Builds the request of a known function.
 *
 * @param kind the function, such as `readHoldingRegisters`.
 * @param unit the unit to ask, 0 to 255. On a serial line 0 is a broadcast and 1 to 247 are units;
 *   on TCP 0 and 255 are the device itself.
 * @param args what the function takes.
 * @throws TypeError for an argument of the wrong type, RangeError for one out of range: both name
 *   the value and the range, and nothing has been sent.
 *
 * @example
 * ```ts
 * const request = buildRequest(readHoldingRegisters, 17, 0x6b, 3);
 * encodeRtuFrame(request.unit, request.pdu); // 11 03 00 6b 00 03 76 87
 * ```
 */
export function buildRequest<Args extends readonly unknown[], Value>(
  kind: ModbusFunction<Args, Value>,
  unit: number,
  ...args: Args
): ModbusRequest<Value> {
  checkUnit(unit);
  kind.validate(...args);
  return { unit, function: kind, pdu: kind.encode(...args) };
}

/** What `rawRequest` may know about the answer. */
export interface RawRequestOptions {
  /**
   * How many bytes the answer has after its function code: a number from 0 to 252, or a function of
   * the first of them that returns undefined until it can tell. Without it, a function that this
   * adapter knows keeps its own rule, and any other answer ends where the line goes quiet.
   */
  readonly replyLength?: number | ((data: Uint8Array) => number | undefined);
  /** Defaults to `"write"`: nothing is known, so it is not sent twice. */
  readonly access?: "read" | "write" | "readWrite";
}

/**
 * Builds a request of any function code from its bytes, for a vendor's own functions (MB-1).
 * Its value is the answer's bytes after the function code; they are not checked.
 *
 * @param unit the unit to ask, 0 to 255.
 * @param functionCode 1 to 127.
 * @param data the bytes after the function code, at most 252; copied.
 * @throws TypeError or RangeError for wrong arguments; nothing has been sent.
 *
 * @example
 * ```ts
 * const request = rawRequest(17, 0x41, Uint8Array.of(1, 2), { replyLength: 4 });
 * ```
 */
export function rawRequest(
  unit: number,
  functionCode: number,
  data: Uint8Array,
  options: RawRequestOptions = {},
): ModbusRequest<Uint8Array> {
  const action = "build a raw request";
  checkUnit(unit);
  checkInteger(action, "functionCode", functionCode, 1, 127, "128 and up are exceptions");
  if (!(data instanceof Uint8Array)) {
    throw new TypeError(`Cannot ${action}: data is ${printed(data)}, but must be a Uint8Array`);
  }
  checkInteger(action, "data.length", data.length, 0, MAX_PDU_DATA);
  const { replyLength, access = "write" } = options;
  if (typeof replyLength !== "function" && replyLength !== undefined) {
    checkInteger(action, "replyLength", replyLength, 0, MAX_PDU_DATA);
  }
  const pdu = new Uint8Array(1 + data.length);
  pdu[0] = functionCode;
  pdu.set(data, 1);
  return { unit, function: rawFunction(functionCode, access, replyLength), pdu };
}

function rawFunction(
  code: number,
  access: ModbusFunction["access"],
  replyLength: RawRequestOptions["replyLength"],
): ModbusFunction<never, Uint8Array> {
  const length = replyLengthOf(code, replyLength);
  return {
    code,
    name: "request",
    access,
    validate() {},
    encode() {
      throw new TypeError("Cannot encode a raw request from arguments: make it with rawRequest");
    },
    requestLength: () => undefined,
    requestAgrees: () => false,
    ...(length === undefined ? {} : { replyLength: length }),
    mismatch: () => undefined,
    decode: (_request, reply) => reply.slice(1),
  };
}

function replyLengthOf(
  code: number,
  replyLength: RawRequestOptions["replyLength"],
): ModbusFunction["replyLength"] {
  if (typeof replyLength === "number") return () => 1 + replyLength;
  if (replyLength === undefined) return findFunction(code)?.replyLength;
  return (reply) => {
    const length = replyLength(reply.subarray(1));
    return length === undefined ? undefined : 1 + length;
  };
}
