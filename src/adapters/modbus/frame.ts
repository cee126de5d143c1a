// A PDU on the wire: what framers give out, and how a PDU becomes the bytes of RTU or TCP.
//
// Owns both outgoing encodings and the counters that all framers share. Finding frames in what
// comes in is the framers' work.

import { checkInteger, checkUnit } from "./arguments.js";
import { crc16 } from "./crc.js";
import { writeUint16 } from "./modbus-function.js";

/** One frame that came in, its checksum or header checked and taken off. */
export interface ModbusFrame {
  /** The unit that the frame names, 0 to 255. */
  readonly unit: number;
  /** The PDU, function code first. A copy: it is the receiver's. */
  readonly pdu: Uint8Array;
}

/** A frame of Modbus TCP. */
export interface TcpFrame extends ModbusFrame {
  /** Which request this belongs to, 0 to 65,535; an answer repeats its request's. */
  readonly transaction: number;
}

/** What a framer saw that it did not give out (MB-18). Counts from its construction on. */
export interface FramerCounters {
  /** Bytes that belong to no frame. */
  readonly garbageBytes: number;
  /** Frames where one was due whose checksum was wrong; their bytes count as garbage too. */
  readonly crcErrors: number;
  /** Good answers to requests that had been given up. */
  readonly lateFrames: number;
  /** Good frames that nobody here had asked for, or that are for somebody else. */
  readonly strayFrames: number;
}

/** The most bytes of an RTU frame: unit, a PDU of 253, CRC. */
export const MAX_RTU_FRAME: number = 256;

/** The most bytes of a PDU. */
export const MAX_PDU: number = 253;

/** The bytes of an RTU frame around its PDU: unit and CRC. */
export const RTU_OVERHEAD: number = 3;

/** The bytes of a TCP frame before its PDU: transaction, protocol id, length, unit. */
export const MBAP_LENGTH: number = 7;

/**
 * Wraps a PDU for a serial line: unit, PDU, CRC with its low byte first.
 *
 * @param unit 0 to 255.
 * @throws RangeError if the PDU is empty or longer than 253 bytes; TypeError or RangeError for a
 *   unit that is none.
 */
export function encodeRtuFrame(unit: number, pdu: Uint8Array): Uint8Array {
  checkUnit(unit);
  checkPdu(pdu);
  const bytes = new Uint8Array(pdu.length + RTU_OVERHEAD);
  bytes[0] = unit;
  bytes.set(pdu, 1);
  const crc = crc16(bytes.subarray(0, -2));
  bytes[bytes.length - 2] = crc;
  bytes[bytes.length - 1] = crc >>> 8;
  return bytes;
}

/**
 * Wraps a PDU for TCP: the MBAP header (messaging guide, 3.1.3), then the PDU.
 *
 * @param transaction 0 to 65,535.
 * @param unit 0 to 255.
 * @throws RangeError if the PDU is empty or longer than 253 bytes; TypeError or RangeError for a
 *   transaction or unit that is none.
 */
export function encodeTcpFrame(transaction: number, unit: number, pdu: Uint8Array): Uint8Array {
  checkInteger("frame a PDU", "transaction", transaction, 0, 0xffff);
  checkUnit(unit);
  checkPdu(pdu);
  const bytes = new Uint8Array(MBAP_LENGTH + pdu.length);
  writeUint16(bytes, 0, transaction);
  writeUint16(bytes, 4, pdu.length + 1);
  bytes[6] = unit;
  bytes.set(pdu, MBAP_LENGTH);
  return bytes;
}

function checkPdu(pdu: Uint8Array): void {
  if (pdu.length < 1 || pdu.length > MAX_PDU) {
    throw new RangeError(
      `Cannot frame a PDU of ${pdu.length} bytes: it must have 1 to ${MAX_PDU} bytes`,
    );
  }
}
