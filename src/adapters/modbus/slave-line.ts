// One link of a slave: reads requests from it, runs them on the bank, writes the answers.
//
// Owns the framer of that link, its silences, and the rule that it reads on only when its answers
// are written: a client that asks and never reads costs one chunk, not memory without end. Frames
// are the framers', what a request does is serve.ts's; who holds the link is the slave's.

import type { SelfBase } from "../../behaviours/context.js";
import type { Platform } from "../../kernel/platform.js";
import type { ByteDuplex } from "../byte-link/byte-duplex.js";
import { type Pump, startPump } from "../byte-link/pump.js";
import { unpackBits } from "./bit-functions.js";
import { idleGapOf, sendGapMs } from "./client-options.js";
import { encodeRtuFrame, encodeTcpFrame, type FramerCounters, type ModbusFrame } from "./frame.js";
import { EXCEPTION_BIT, readUint16 } from "./modbus-function.js";
import { unpackRegisters } from "./register-functions.js";
import { RtuServerFramer } from "./rtu-server-framer.js";
import { serveRequest } from "./serve.js";
import type { ModbusSlaveSettings, ModbusWrite } from "./slave-options.js";
import { TcpServerFramer } from "./tcp-framer.js";

/** What a slave has counted since it started. */
export interface SlaveCounters {
  /** Bytes that came, and bytes that went. */
  readonly bytesIn: number;
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

/** What a line needs of its process. Not `self` alone: that is fenced once the process has ended. */
export interface LineHost {
  readonly self: Pick<SelfBase, "sendAfter">;
  readonly ref: { send(message: unknown): boolean };
  readonly platform: Platform;
}

/** Something that happened on a link: it runs in the slave's own turn. */
export class LineEvent {
  run: () => void;
  constructor(run: () => void) {
    this.run = run;
  }
}

const GATEWAY_TARGET_FAILED = 0x0b;
const NO_COUNTS: FramerCounters = { garbageBytes: 0, crcErrors: 0, lateFrames: 0, strayFrames: 0 };

/** One link of a slave. */
export class SlaveLine {
  readonly pump: Pump;
  readonly #host: LineHost;
  readonly #settings: ModbusSlaveSettings;
  readonly #tally: SlaveTally;
  readonly #wire: ServerWire;
  readonly #gapMs: number;
  readonly #idleGapMs: number;
  /** Lets the pump read on. */
  #release: (() => void) | null = null;
  #idleTimer: { cancel(): unknown } | null = null;

  /** Takes the link over. `ended` is called once it was released, with the error that ended it. */
  constructor(
    host: LineHost,
    settings: ModbusSlaveSettings,
    tally: SlaveTally,
    duplex: ByteDuplex,
    ended: (line: SlaveLine, error: unknown) => void,
  ) {
    this.#host = host;
    this.#settings = settings;
    this.#tally = tally;
    const { units } = settings;
    const baudRate = settings.baudRate ?? duplex.baudRate;
    this.#wire = settings.framing === "rtu" ? rtuWire(units) : tcpWire();
    this.#gapMs = sendGapMs(settings.framing, baudRate);
    this.#idleGapMs = idleGapOf(settings.idleGapMs, baudRate);
    this.pump = startPump(duplex, {
      timers: host.platform,
      onChunk: (bytes) => this.#hold(bytes),
      onRecoverableError: () => this.#post(() => this.#wire.reset()),
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
      if (!this.#post(() => this.#received(bytes, resolve))) resolve();
    });
  }

  #received(bytes: Uint8Array, done: () => void): void {
    const answers = this.#run(this.#wire.push(bytes));
    if (this.#wire.failure !== undefined) void this.close(this.#wire.failure);
    this.#awaitIdle();
    if (answers.length === 0) done();
    else this.#answer(answers, done);
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
    else this.#host.self.sendAfter(this.#gapMs, new LineEvent(write));
  }

  #awaitIdle(): void {
    this.#idleTimer?.cancel();
    if (this.#wire.pending === 0) return;
    const idle = new LineEvent(() => {
      const answers = this.#run(this.#wire.idle());
      if (answers.length > 0) this.#answer(answers, () => {});
    });
    const timer = this.#host.self.sendAfter(this.#idleGapMs, idle);
    this.#idleTimer = {
      cancel() {
        idle.run = () => {};
        timer.cancel();
      },
    };
  }

  #post(run: () => void): boolean {
    return this.#host.ref.send(new LineEvent(run));
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

/** What a request that was carried out has written. */
function writeOf(unit: number, pdu: Uint8Array): ModbusWrite | undefined {
  const functionCode = pdu[0] ?? 0;
  const coils = { unit, functionCode, space: "coils" } as const;
  const registers = { unit, functionCode, space: "holdingRegisters" } as const;
  switch (functionCode) {
    case 5:
      return { ...coils, address: readUint16(pdu, 1), values: [readUint16(pdu, 3) !== 0] };
    case 6:
      return { ...registers, address: readUint16(pdu, 1), values: [readUint16(pdu, 3)] };
    case 15: {
      const values = unpackBits(pdu, 6, readUint16(pdu, 3));
      return { ...coils, address: readUint16(pdu, 1), values };
    }
    case 16: {
      const values = unpackRegisters(pdu, 6, readUint16(pdu, 3));
      return { ...registers, address: readUint16(pdu, 1), values };
    }
    case 23: {
      const values = unpackRegisters(pdu, 10, readUint16(pdu, 7));
      return { ...registers, address: readUint16(pdu, 5), values };
    }
    default:
      return undefined;
  }
}
