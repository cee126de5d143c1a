// The line of a Modbus client: which request is on it, for how long, and what its end means.
//
//   submit ──► queue ──► start ──► written ──► answer ─────► resolve | reject
//                ▲                    │  └───► overdue ──► (retry | reject), then drain or recycle
//                └────── retry ───────┘        lost ─────► (retry | reject)
//
// Owns the requests in flight, their timers, the silences of the line and the counters. Every event
// (bytes, timers, the end of a write) comes as a message to the client's process and runs in its
// turn. Whether there is a link at all is connection.ts's; frames are client-wire.ts's.

import type { SelfBase } from "../../behaviours/context.js";
import type { Platform } from "../../kernel/platform.js";
import type { ByteDuplex } from "../byte-link/byte-duplex.js";
import { type Pump, startPump } from "../byte-link/pump.js";
import { ClientJob } from "./client-job.js";
import { idleGapOf, type ModbusClientSettings, sendGapMs } from "./client-options.js";
import { ClientQueue, type Started } from "./client-queue.js";
import { type Answer, type ClientWire, createWire } from "./client-wire.js";
import {
  ModbusException,
  ModbusLinkDown,
  ModbusProtocolError,
  ModbusQueueFull,
  ModbusTimeout,
} from "./errors.js";
import type { ModbusRequest } from "./modbus-function.js";
import { decodeReply } from "./replies.js";

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

/** An open link of the client. */
export class ClientLink {
  readonly pump: Pump;
  /** The line's speed, if it is known. */
  readonly baudRate: number | undefined;
  /** Says that this link is of no use any more. */
  readonly lose: (error: unknown) => void;

  constructor(pump: Pump, baudRate: number | undefined, lose: (error: unknown) => void) {
    this.pump = pump;
    this.baudRate = baudRate;
    this.lose = lose;
  }
}

/** Something that happened: it runs in the client's own turn. */
class BusEvent {
  run: () => void;
  constructor(run: () => void) {
    this.run = run;
  }
}

/** A request on the line. */
class Transaction {
  readonly id: number;
  readonly job: ClientJob;
  readonly broadcast: boolean;
  sentAtMs: number;
  written = false;
  over = false;
  timer: Started | null = null;

  constructor(id: number, job: ClientJob, broadcast: boolean, sentAtMs: number) {
    this.id = id;
    this.job = job;
    this.broadcast = broadcast;
    this.sentAtMs = sentAtMs;
  }
}

type Host = Pick<SelfBase, "ref" | "platform" | "sendAfter">;
type Mailbox = { send(message: unknown): boolean };

/** The line of one client process. */
export class ClientBus {
  /** Set when the link should be opened anew; the client does it and clears it. */
  wantsRecycle = false;
  /** Called with each good answer: the link is proven. */
  onProven: () => void = () => {};
  readonly #self: Host;
  // Kept apart from `self`, which is fenced once the process has ended: a link that opens only then
  // must still be taken over, to be closed.
  readonly #ref: Mailbox;
  readonly #platform: Platform;
  readonly #settings: ModbusClientSettings;
  readonly #wire: ClientWire;
  readonly #queue: ClientQueue;
  readonly #flight: Map<number, Transaction> = new Map();
  readonly #links: Set<ClientLink> = new Set();
  readonly #past = { bytesIn: 0, bytesOut: 0 };
  readonly #counts = { requests: 0, timeouts: 0, exceptions: 0, protocolErrors: 0, lineErrors: 0 };
  #latencyMs: number | undefined;
  #link: ClientLink | null = null;
  #gapMs = 0;
  #idleGapMs = 0;
  /** When the line has been silent long enough for the next request (MB-6). */
  #freeAtMs = 0;
  #gapTimer: Started | null = null;
  /** Since when the line is drained; null if it is not. */
  #drainsSinceMs: number | null = null;
  #quietTimer: Started | null = null;
  #timeoutsInARow = 0;
  /** Where the link stands, for the error of a request that waited in vain. */
  #standing: { status: string; error: unknown } = { status: "connecting", error: undefined };

  constructor(self: Host, settings: ModbusClientSettings) {
    this.#self = self;
    this.#ref = self.ref as unknown as Mailbox;
    this.#platform = self.platform;
    this.#settings = settings;
    this.#wire = createWire(settings);
    this.#queue = new ClientQueue(
      settings.queueTimeoutMs,
      (delayMs, run) => this.#after(delayMs, run),
      (job) => job.reject(this.#waitedInVain(job)),
    );
  }

  /** The counters, as they are now. */
  get counters(): ClientCounters {
    let { bytesIn, bytesOut } = this.#past;
    for (const { pump } of this.#links) {
      bytesIn += pump.stats.bytesIn;
      bytesOut += pump.stats.bytesOut;
    }
    const { crcErrors, garbageBytes, lateFrames, strayFrames } = this.#wire.counters;
    return {
      bytesIn,
      bytesOut,
      ...this.#counts,
      crcErrors,
      garbageBytes,
      lateFrames,
      strayFrames,
      latencyMs: this.#latencyMs,
    };
  }

  /** Takes an info message. True if it was one of the bus's own. */
  info(message: unknown): boolean {
    if (!(message instanceof BusEvent)) return false;
    message.run();
    return true;
  }

  /**
   * Queues a request, and sends it when its turn comes. Gives the promise of its value. An abort of
   * `signal` takes it out of the queue; on the line it keeps its slot (MB-8).
   *
   * @throws RangeError for a broadcast that is no write; ModbusLinkDown, ModbusQueueFull.
   */
  submit(
    request: ModbusRequest,
    timeoutMs: number = this.#settings.timeoutMs,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const { retries, retryWrites, maxQueue } = this.#settings;
    const { access, name } = request.function;
    if (access !== "write" && this.#wire.isBroadcast(request)) {
      throw new RangeError(
        `Cannot ${name} from unit 0: on a serial line it is the broadcast, which nobody answers; ` +
          "ask a unit from 1 to 247",
      );
    }
    const job = new ClientJob(request, timeoutMs, access === "read" || retryWrites ? retries : 0);
    const { status, error } = this.#standing;
    if (status !== "open" && status !== "connecting") throw this.#refusal(job, status, error);
    if (this.#queue.size >= maxQueue) throw new ModbusQueueFull({ ...job.target, maxQueue });
    this.#queue.add(job);
    signal?.addEventListener("abort", () => {
      job.cancel();
      this.#post(() => {
        if (this.#queue.remove(job)) this.#next();
      });
    });
    this.#next();
    return job.promise;
  }

  /** Takes a link over that was just opened. It is used from `opened` on. */
  attach(duplex: ByteDuplex, lose: (error: unknown) => void): ClientLink {
    const pump = startPump(duplex, {
      timers: this.#platform,
      onChunk: (bytes) => this.#post(() => this.#received(link, bytes)),
      onRecoverableError: (error) => this.#post(() => this.#lineError(link, error)),
      onEnd: (error) => {
        this.#links.delete(link);
        this.#past.bytesIn += pump.stats.bytesIn;
        this.#past.bytesOut += pump.stats.bytesOut;
        lose(error);
      },
    });
    const link = new ClientLink(pump, this.#settings.baudRate ?? duplex.baudRate, lose);
    this.#links.add(link);
    return link;
  }

  /** The link is up. */
  opened(link: ClientLink): void {
    this.#link = link;
    this.#gapMs = sendGapMs(this.#settings.framing, link.baudRate);
    this.#idleGapMs = idleGapOf(this.#settings.idleGapMs, link.baudRate);
    this.#freeAtMs = 0;
    this.#timeoutsInARow = 0;
    // Spent on the link that was lost: the next loss costs another attempt.
    this.#queue.takeUnless((job) => {
      job.heldOver = false;
      return true;
    });
  }

  /** The link is down: what was on it is retried if it may be, else rejected. */
  lost(error: unknown): void {
    this.#link = null;
    this.#stopQuiet();
    this.#gapTimer?.cancel();
    this.#gapTimer = null;
    const flight = [...this.#flight.values()];
    for (const transaction of flight) this.#end(transaction);
    this.#wire.reset();
    // Last first, so that they stand in the queue in the order they were sent.
    for (const { job } of flight.reverse()) {
      job.heldOver = true;
      if (job.takeRetry()) this.#queue.add(job, { first: true });
      else job.reject(new ModbusLinkDown({ ...job.target, sent: true }, causedBy(error)));
    }
  }

  /** The link stands otherwise than before. Tells those who wait for it in vain. */
  stands(status: string, error: unknown): void {
    this.#standing = { status, error };
    if (status === "open") this.#next();
    if (status === "open" || status === "connecting") return;
    const refused = this.#queue.takeUnless((job) => {
      if (status !== "waiting") return false;
      job.heldOver ||= job.takeRetry();
      return job.heldOver;
    });
    for (const job of refused) job.reject(this.#refusal(job, status, error));
  }

  #next(): void {
    while (
      this.#link !== null &&
      !this.wantsRecycle &&
      this.#drainsSinceMs === null &&
      this.#flight.size < this.#wire.maxInFlight &&
      this.#queue.size > 0
    ) {
      const nowMs = this.#platform.now();
      if (nowMs < this.#freeAtMs) {
        this.#gapTimer ??= this.#after(Math.ceil(this.#freeAtMs - nowMs), () => {
          this.#gapTimer = null;
          this.#next();
        });
        return;
      }
      const job = this.#queue.take(nowMs);
      if (job === undefined) return;
      this.#start(this.#link, job);
    }
  }

  #start(link: ClientLink, job: ClientJob): void {
    const { id, bytes } = this.#wire.open(job.request);
    const broadcast = this.#wire.isBroadcast(job.request);
    const transaction = new Transaction(id, job, broadcast, this.#platform.now());
    this.#flight.set(id, transaction);
    this.#counts.requests++;
    // A transport that does not even take the bytes is stuck; they might go out much later.
    transaction.timer = this.#after(job.timeoutMs, () => this.#overdue(transaction));
    link.pump.write(bytes).then(
      () => this.#post(() => this.#written(transaction)),
      // The end of the link is told by the pump, once, for all that is in flight.
      () => {},
    );
  }

  #written(transaction: Transaction): void {
    if (transaction.over) return;
    const { job } = transaction;
    this.#lineWasUsed();
    transaction.written = true;
    transaction.sentAtMs = this.#platform.now();
    transaction.timer?.cancel();
    transaction.timer = transaction.broadcast
      ? this.#after(this.#settings.turnaroundMs, () => {
          this.#end(transaction);
          job.resolve(undefined);
          this.#next();
        })
      : this.#after(job.timeoutMs, () => this.#overdue(transaction));
  }

  #received(link: ClientLink, bytes: Uint8Array): void {
    // Of a link that is not in use yet, or no more.
    if (link !== this.#link) return;
    this.#lineWasUsed();
    for (const answer of this.#wire.push(bytes)) this.#answered(answer);
    const { failure } = this.#wire;
    if (failure !== undefined) {
      this.#link = null;
      link.lose(failure);
      return;
    }
    this.#awaitQuiet();
    this.#next();
  }

  #answered({ id, unit, pdu }: Answer): void {
    const transaction = this.#flight.get(id);
    if (transaction === undefined) return;
    const { job, sentAtMs } = transaction;
    this.#end(transaction);
    this.#timeoutsInARow = 0;
    this.#latencyMs = this.#platform.now() - sentAtMs;
    this.onProven();
    try {
      job.resolve(decodeReply(job.request, unit, pdu));
    } catch (error) {
      if (error instanceof ModbusException) {
        this.#counts.exceptions++;
        if (error.retryable) this.#failed(job, error);
        else job.reject(error);
        return;
      }
      if (error instanceof ModbusProtocolError) this.#counts.protocolErrors++;
      this.#failed(job, error);
      // What follows may still be the right answer: it must not meet the next request.
      this.#drain();
    }
  }

  #overdue(transaction: Transaction): void {
    if (transaction.over) return;
    const { job, written } = transaction;
    this.#end(transaction);
    this.#wire.abandon(transaction.id);
    this.#counts.timeouts++;
    this.#timeoutsInARow++;
    const { timeoutMs } = job;
    this.#failed(job, new ModbusTimeout({ ...job.target, timeoutMs, phase: "reply" }));
    const { afterTimeout, recycleAfterTimeouts } = this.#settings;
    if (!written || afterTimeout === "reconnect" || this.#timeoutsInARow >= recycleAfterTimeouts) {
      this.wantsRecycle = true;
    } else this.#drain();
    this.#next();
  }

  /** An error of the line that the link survived costs the request in flight, and no more (SER-2). */
  #lineError(link: ClientLink, error: unknown): void {
    if (link !== this.#link) return;
    this.#counts.lineErrors++;
    for (const transaction of [...this.#flight.values()]) {
      const { job } = transaction;
      this.#end(transaction);
      const detail = { ...job.target, sent: true, status: "open" };
      this.#failed(job, new ModbusLinkDown(detail, causedBy(error)));
    }
    this.#wire.reset();
    this.#drain();
    this.#next();
  }

  #failed(job: ClientJob, error: unknown): void {
    if (!job.takeRetry()) {
      job.reject(error);
      return;
    }
    const delayMs = this.#settings.retryDelayMs;
    job.notBeforeMs = this.#platform.now() + delayMs;
    this.#queue.add(job, { first: true, delayMs });
    this.#after(delayMs, () => this.#next());
  }

  #end(transaction: Transaction): void {
    transaction.over = true;
    transaction.timer?.cancel();
    this.#flight.delete(transaction.id);
  }

  #lineWasUsed(): void {
    if (this.#gapMs > 0) this.#freeAtMs = this.#platform.now() + this.#gapMs;
  }

  /** Sends nothing until the line is quiet: late answers of RTU have no number (MB-7). */
  #drain(): void {
    if (!this.#wire.needsQuiet) return;
    this.#drainsSinceMs ??= this.#platform.now();
    this.#awaitQuiet();
  }

  #awaitQuiet(): void {
    const since = this.#drainsSinceMs;
    if (since === null && this.#wire.pending === 0) return;
    this.#quietTimer?.cancel();
    // A line that never falls silent must not hold the requests for ever.
    if (since !== null && this.#platform.now() - since > this.#settings.timeoutMs) {
      this.#quiet();
      return;
    }
    this.#quietTimer = this.#after(this.#idleGapMs, () => {
      this.#quiet();
      this.#next();
    });
  }

  #quiet(): void {
    this.#stopQuiet();
    for (const answer of this.#wire.idle()) this.#answered(answer);
  }

  #stopQuiet(): void {
    this.#quietTimer?.cancel();
    this.#quietTimer = null;
    this.#drainsSinceMs = null;
  }

  #waitedInVain(job: ClientJob): Error {
    const { status, error } = this.#standing;
    if (status !== "open") return this.#refusal(job, status, error);
    const timeoutMs = this.#settings.queueTimeoutMs;
    return new ModbusTimeout({ ...job.target, timeoutMs, phase: "queue" });
  }

  #refusal(job: ClientJob, status: string, error: unknown): ModbusLinkDown {
    return new ModbusLinkDown({ ...job.target, sent: false, status }, causedBy(error));
  }

  #post(run: () => void): void {
    this.#ref.send(new BusEvent(run));
  }

  #after(delayMs: number, run: () => void): Started {
    const event = new BusEvent(run);
    const timer = this.#self.sendAfter(delayMs, event);
    return {
      cancel() {
        // It may have fired, and wait in the mailbox.
        event.run = () => {};
        timer.cancel();
      },
    };
  }
}

function causedBy(error: unknown): ErrorOptions | undefined {
  return error === undefined ? undefined : { cause: error };
}
