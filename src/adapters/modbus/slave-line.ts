// One link of a slave: reads requests from it, runs them on the bank, writes the answers.
//
// Owns the framer of that link, its silences, and the rule that it reads on only when its answers
// are written: a client that asks and never reads costs one chunk, not memory without end. Frames
// are the framers', what a request does is serve.ts's; who holds the link is the slave's.

import type { ByteDuplex } from "../byte-link/byte-duplex.js";
import { type Pump, startPump } from "../byte-link/pump.js";
import { idleGapOf, sendGapMs } from "./client-options.js";
import { encodeRtuFrame, encodeTcpFrame, type FramerCounters, type ModbusFrame } from "./frame.js";
import { EXCEPTION_BIT } from "./modbus-function.js";
import type { OwnTurn, Started } from "./own-turn.js";
import { RtuServerFramer } from "./rtu-server-framer.js";
import { serveRequest } from "./serve.js";
import type { ModbusSlaveSettings } from "./slave-options.js";
import { writeOf } from "./slave-writes.js";
import { TcpServerFramer } from "./tcp-framer.js";

/** What a slave has counted since it started. */
export interface SlaveCounters {
  /** Bytes that came. */
  readonly bytesIn: number;
  /** Bytes that went. */
  readonly bytesOut: number;
  /** Requests that were run or refused, broadcasts included. */
  readonly requests: number;
  /** Writes that were carried out. */
  readonly writes: number;
  /** Requests that were answered with an exception. */
  readonly exceptions: number;
  /** Frames whose checksum was wrong. */
  readonly crcErrors: number;
  /** Bytes that belong to no frame. */
  readonly garbageBytes: number;
  /** Requests to units that this slave does not answer for. */
  readonly strayFrames: number;
}

/** Counters that a link adds to. */
export type SlaveTally = { -readonly [Name in keyof SlaveCounters]: number };

/** A slave's framing on one link. */
interface ServerWire {
  readonly counters: FramerCounters;
  readonly pending: number;
  /** Why nothing more will come, if so. */
  readonly failure: unknown;
  /** Requests in what came, each with the way to frame its answer; none for a broadcast. */
  push(chunk: Uint8Array): readonly Asked[];
  idle(): readonly Asked[];
  reset(): void;
}

interface Asked extends ModbusFrame {
  readonly frame: ((pdu: Uint8Array) => Uint8Array) | undefined;
}

const GATEWAY_TARGET_FAILED = 0x0b;
const NO_COUNTS: FramerCounters = { garbageBytes: 0, crcErrors: 0, lateFrames: 0, strayFrames: 0 };

/** One link of a slave. */
export class SlaveLine {
  readonly pump: Pump;
  readonly #turn: OwnTurn;
  readonly #settings: ModbusSlaveSettings;
  readonly #tally: SlaveTally;
  readonly #wire: ServerWire;
  readonly #gapMs: number;
  readonly #idleGapMs: number;
  /** Lets the pump read on. */
  #release: (() => void) | null = null;
  #idleTimer: Started | null = null;

  /** Takes the link over. `ended` is called once it was released, with the error that ended it. */
  constructor(
    turn: OwnTurn,
    settings: ModbusSlaveSettings,
    tally: SlaveTally,
    duplex: ByteDuplex,
    ended: (line: SlaveLine, error: unknown) => void,
  ) {
    this.#turn = turn;
    this.#settings = settings;
    this.#tally = tally;
    const { units } = settings;
    const baudRate = settings.baudRate ?? duplex.baudRate;
    this.#wire = settings.framing === "rtu" ? rtuWire(units) : tcpWire();
    this.#gapMs = sendGapMs(settings.framing, baudRate);
    this.#idleGapMs = idleGapOf(settings.idleGapMs, baudRate);
    this.pump = startPump(duplex, {
      timers: turn.platform,
      onChunk: (bytes) => this.#hold(bytes),
      onRecoverableError: () => {
        turn.post(() => this.#wire.reset());
      },
      onEnd: (error) => {
        this.#release?.();
        const { bytesIn, bytesOut } = this.pump.stats;
        tally.bytesIn += bytesIn;
        tally.bytesOut += bytesOut;
        const { crcErrors, garbageBytes, strayFrames } = this.#wire.counters;
        tally.crcErrors += crcErrors;
        tally.garbageBytes += garbageBytes;
        tally.strayFrames += strayFrames;
        ended(this, error);
      },
    });
  }

  /** What this link adds to the tally until it ends. */
  get counters(): Partial<SlaveTally> {
    const { bytesIn, bytesOut } = this.pump.stats;
    const { crcErrors, garbageBytes, strayFrames } = this.#wire.counters;
    return { bytesIn, bytesOut, crcErrors, garbageBytes, strayFrames };
  }

  /** Closes the link. */
  close(reason?: unknown): Promise<void> {
    this.#idleTimer?.cancel();
    this.#release?.();
    return this.pump.close(reason);
  }

  #hold(bytes: Uint8Array): PromiseLike<void> {
    return new Promise((resolve) => {
      this.#release = resolve;
      // An ended slave takes no more: the link is being closed.
      if (!this.#turn.post(() => this.#received(bytes, resolve))) resolve();
    });
  }

  #received(bytes: Uint8Array, done: () => void): void {
    const answers = this.#run(this.#wire.push(bytes));
    const { failure } = this.#wire;
    // What was asked before the frames were lost is answered.
    const goOn = failure === undefined ? done : () => void this.close(failure);
    this.#awaitIdle();
    if (answers.length === 0) goOn();
    else this.#answer(answers, goOn);
  }

  #run(asked: readonly Asked[]): Uint8Array[] {
    const { bank, onWrite } = this.#settings;
    const answers: Uint8Array[] = [];
    for (const { unit, pdu, frame } of asked) {
      this.#tally.requests++;
      const served = this.#serves(unit)
        ? serveRequest(bank, pdu)
        : Uint8Array.of((pdu[0] ?? 0) | EXCEPTION_BIT, GATEWAY_TARGET_FAILED);
      const refused = ((served[0] ?? 0) & EXCEPTION_BIT) !== 0;
      if (refused && frame !== undefined) this.#tally.exceptions++;
      if (frame !== undefined) answers.push(frame(served));
      const write = refused ? undefined : writeOf(unit, pdu);
      if (write !== undefined) {
        this.#tally.writes++;
        onWrite?.(write);
      }
    }
    return answers;
  }

  /** Over TCP, 0 and 255 are the device itself (MB-10); a line's framer has sorted out the rest. */
  #serves(unit: number): boolean {
    const { units } = this.#settings;
    return units === undefined || unit === 0 || unit === 255 || units.has(unit);
  }

  #answer(answers: Uint8Array[], done: () => void): void {
    const write = (): void => {
      const writes = answers.map((bytes) => this.pump.write(bytes));
      // A write that fails ends the link, and the pump tells.
      Promise.allSettled(writes).then(done);
    };
    // The client needs the same silence to tell its frame from ours (serial line guide, 2.5.1.1).
    if (this.#gapMs === 0) write();
    else this.#turn.after(this.#gapMs, write);
  }

  #awaitIdle(): void {
    this.#idleTimer?.cancel();
    if (this.#wire.pending === 0) return;
    this.#idleTimer = this.#turn.after(this.#idleGapMs, () => {
      const answers = this.#run(this.#wire.idle());
      if (answers.length > 0) this.#answer(answers, () => {});
    });
  }
}

function rtuWire(units: ReadonlySet<number> | undefined): ServerWire {
  const framer = new RtuServerFramer(units === undefined ? {} : { units });
  const asked = (frames: ModbusFrame[]): Asked[] =>
    frames.map(({ unit, pdu }) => ({
      unit,
      pdu,
      frame: unit === 0 ? undefined : (reply) => encodeRtuFrame(unit, reply),
    }));
  return {
    failure: undefined,
    get counters() {
      return framer.counters;
    },
    get pending() {
      return framer.pending;
    },
    push: (chunk) => asked(framer.push(chunk)),
    idle: () => asked(framer.idle()),
    reset: () => framer.reset(),
  };
}

function tcpWire(): ServerWire {
  const framer = new TcpServerFramer();
  return {
    counters: NO_COUNTS,
    pending: 0,
    get failure() {
      return framer.failure;
    },
    push: (chunk) =>
      framer.push(chunk).map(({ transaction, unit, pdu }) => ({
        unit,
        pdu,
        frame: (reply) => encodeTcpFrame(transaction, unit, reply),
      })),
    idle: () => [],
    reset: () => framer.reset(),
  };
}
