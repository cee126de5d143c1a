// What a snapshot of a client says.
//
// Owns its shape only. It counts nothing: the numbers are the connection's, the bus's and the
// framer's.

import type { ConnectionView } from "../connection.js";

/** What a client has counted since it started. */
export interface ClientCounters {
  /** Bytes that came. */
  readonly bytesIn: number;
  /** Bytes that the transport took. */
  readonly bytesOut: number;
  /** Requests that were put on the line, retries included. */
  readonly requests: number;
  /** Requests that were not answered in time. */
  readonly timeouts: number;
  /** Answers that were exceptions. */
  readonly exceptions: number;
  /** Answers that did not fit their request (MB-4). */
  readonly protocolErrors: number;
  /** Errors of the line that it survived: parity, framing, overrun, break. */
  readonly lineErrors: number;
  /** Frames whose checksum was wrong. */
  readonly crcErrors: number;
  /** Bytes that belong to no frame. */
  readonly garbageBytes: number;
  /** Answers to requests that had been given up. */
  readonly lateFrames: number;
  /** Frames that nobody had asked for. */
  readonly strayFrames: number;
  /** How long the last answer took, in milliseconds; undefined before the first. */
  readonly latencyMs: number | undefined;
}

/** What a snapshot says of a client: where its link stands, and what it has counted. */
export interface ModbusClientView extends ConnectionView, ClientCounters {}
