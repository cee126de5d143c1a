// Both ends of Modbus TCP: the client's transactions, and the slave's requests.
//
// Owns the transaction ids of one client: which are awaited, which were given up, which is next.
// The header and the splitting of the stream are mbap.ts. Limits nothing in flight and keeps no
// time: the client does.

import { checkInteger } from "./arguments.js";
import type { ModbusProtocolError } from "./errors.js";
import type { FramerCounters, TcpFrame } from "./frame.js";
import { MbapReader } from "./mbap.js";

/** Transaction ids are 16 bits. */
const TRANSACTIONS = 0x10000;

/** How many given-up transactions are remembered, so that their late answers have a name. */
const REMEMBERED = 64;

/** Settings of a client's framer. */
export interface TcpFramerOptions {
  /** The first transaction id, 0 to 65,535; the default is 0. */
  readonly firstTransaction?: number;
}

/**
 * Matches the answers of a Modbus TCP device to requests by their transaction ids. Any number may
 * be in flight, and answers may come in any order.
 *
 * @example
 * ```ts
 * const framer = new TcpFramer();
 * const transaction = framer.expect();
 * await link.write(encodeTcpFrame(transaction, request.unit, request.pdu));
 * for (const frame of framer.push(chunk)) decodeReply(request, frame.unit, frame.pdu);
 * if (framer.failure) reconnect(framer.failure);
 * ```
 */
export class TcpFramer {
  readonly #reader: MbapReader = new MbapReader();
  readonly #awaited: Set<number> = new Set<number>();
  /** Given-up transactions, the oldest first. */
  readonly #abandoned: Set<number> = new Set<number>();
  #next: number;
  #lateFrames = 0;
  #strayFrames = 0;

  /** @throws TypeError or RangeError for a first transaction that is no id. */
  constructor(options: TcpFramerOptions = {}) {
    const { firstTransaction = 0 } = options;
    const action = "make a Modbus TCP framer";
    checkInteger(action, "firstTransaction", firstTransaction, 0, TRANSACTIONS - 1);
    this.#next = firstTransaction;
  }

  /** What was seen and not given out, since construction. Garbage and CRCs are none of TCP's. */
  get counters(): FramerCounters {
    return {
      garbageBytes: 0,
      crcErrors: 0,
      lateFrames: this.#lateFrames,
      strayFrames: this.#strayFrames,
    };
  }

  /**
   * Why no more frames will come from this link, or undefined: the stream's frame boundaries are
   * lost (`fatal` is true). Look after each `push`; close the link, open it anew, then `reset`.
   */
  get failure(): ModbusProtocolError | undefined {
    return this.#reader.failure;
  }

  /** Bytes held back of a frame that is not whole yet. */
  get pending(): number {
    return this.#reader.pending;
  }

  /**
   * Opens a transaction and returns its id, for `encodeTcpFrame`. Ids count up and wrap after
   * 65,535; one that is in flight or was lately given up is passed over.
   *
   * @throws RangeError if nearly all ids are in flight: the client must limit them long before.
   */
  expect(): number {
    if (this.#awaited.size >= TRANSACTIONS - REMEMBERED) {
      throw new RangeError(
        `Cannot open a Modbus transaction: ${this.#awaited.size} are in flight, ` +
          `but must be less than ${TRANSACTIONS - REMEMBERED}; limit the requests in flight`,
      );
    }
    while (this.#awaited.has(this.#next) || this.#abandoned.has(this.#next)) this.#step();
    const transaction = this.#next;
    this.#awaited.add(transaction);
    this.#step();
    return transaction;
  }

  /** Gives a transaction up, as after its timeout. Its answer, if it still comes, is late. */
  abandon(transaction: number): void {
    if (!this.#awaited.delete(transaction)) return;
    this.#abandoned.add(transaction);
    if (this.#abandoned.size <= REMEMBERED) return;
    for (const oldest of this.#abandoned) {
      this.#abandoned.delete(oldest);
      return;
    }
  }

  /**
   * Takes what the link gave, in chunks of any size.
   *
   * @returns the answers to open transactions, and closes these. Answers to others are counted and
   *   dropped (MB-13). After a failure: only what came before it.
   */
  push(chunk: Uint8Array): TcpFrame[] {
    return this.#reader.push(chunk).filter(({ transaction }) => {
      if (this.#awaited.delete(transaction)) return true;
      if (this.#abandoned.delete(transaction)) this.#lateFrames++;
      else this.#strayFrames++;
      return false;
    });
  }

  /** Starts over on a new connection: no transaction is open. Ids and counters go on. */
  reset(): void {
    this.#reader.reset();
    this.#awaited.clear();
    this.#abandoned.clear();
  }

  #step(): void {
    this.#next = (this.#next + 1) % TRANSACTIONS;
  }
}

/**
 * Finds requests in what comes from a client over TCP. Answer each with its own transaction and
 * unit.
 *
 * @example
 * ```ts
 * const framer = new TcpServerFramer();
 * for (const { transaction, unit, pdu } of framer.push(chunk)) {
 *   await link.write(encodeTcpFrame(transaction, unit, serveRequest(bank, pdu)));
 * }
 * if (framer.failure) await link.close();
 * ```
 */
export class TcpServerFramer {
  readonly #reader: MbapReader = new MbapReader();

  /** Why no more requests will come from this link, or undefined: close it. */
  get failure(): ModbusProtocolError | undefined {
    return this.#reader.failure;
  }

  /** Bytes held back of a request that is not whole yet. */
  get pending(): number {
    return this.#reader.pending;
  }

  /** Takes what the link gave, in chunks of any size; returns the requests that it completes. */
  push(chunk: Uint8Array): TcpFrame[] {
    return this.#reader.push(chunk);
  }

  /** Starts over on a new connection. */
  reset(): void {
    this.#reader.reset();
  }
}
