// The line of a Modbus client: which request is on it, for how long, and what its end means.
//
//   submit ──► queue ──► start ──► written ──► answer ─────► resolve | reject
//                ▲                    │  └───► overdue ──► (retry | reject), then drain or recycle
//                └────── retry ───────┘        lost ─────► (retry | reject)
//
// Owns the requests in flight and their timers, and counts what becomes of them. Everything here
// runs in the client's own turn. Whether there is a link at all is connection.ts's, frames are
// client-wire.ts's, silences line-silence.ts's.

import type { ByteDuplex } from "../byte-link/byte-duplex.js";
import { ClientJob } from "./client-job.js";
import { type ClientLink, ClientLinks } from "./client-link.js";
import { idleGapOf, type ModbusClientSettings, sendGapMs } from "./client-options.js";
import { ClientQueue } from "./client-queue.js";
import type { ClientCounters } from "./client-view.js";
import { type Answer, type ClientWire, createWire } from "./client-wire.js";
import { ModbusException, ModbusProtocolError, ModbusQueueFull } from "./errors.js";
import { LineSilence } from "./line-silence.js";
import type { ModbusRequest } from "./modbus-function.js";
import type { OwnTurn } from "./own-turn.js";
import { decodeReply } from "./replies.js";
import { Transaction } from "./transaction.js";

/** The line of one client process. */
export class ClientBus {
  /** Set when the link should be opened anew; the client does it and clears it. */
  wantsRecycle = false;
  readonly #turn: OwnTurn;
  readonly #settings: ModbusClientSettings;
  readonly #onProven: () => void;
  readonly #wire: ClientWire;
  readonly #queue: ClientQueue;
  readonly #silence: LineSilence;
  readonly #links: ClientLinks;
  readonly #flight: Map<number, Transaction> = new Map();
  readonly #counts = { requests: 0, timeouts: 0, exceptions: 0, protocolErrors: 0, lineErrors: 0 };
  #latencyMs: number | undefined;
  #link: ClientLink | null = null;
  #timeoutsInARow = 0;
  /** Where the link stands, for the error of a request that waited in vain. */
  #standing: { status: string; error: unknown } = { status: "connecting", error: undefined };

  /** `onProven` is called with each answer: the link is good. */
  constructor(turn: OwnTurn, settings: ModbusClientSettings, onProven: () => void) {
    this.#turn = turn;
    this.#settings = settings;
    this.#onProven = onProven;
    this.#wire = createWire(settings);
    this.#queue = new ClientQueue(turn, settings.queueTimeoutMs, (job) =>
      job.reject(this.#waitedInVain(job)),
    );
    this.#silence = new LineSilence(
      turn,
      () => this.#next(),
      () => {
        for (const answer of this.#wire.idle()) this.#answered(answer);
      },
    );
    this.#links = new ClientLinks(turn, {
      received: (link, bytes) => this.#received(link, bytes),
      lineError: (link, error) => this.#lineError(link, error),
    });
  }

  /** The counters, as they are now. */
  get counters(): ClientCounters {
    const { crcErrors, garbageBytes, lateFrames, strayFrames } = this.#wire.counters;
    return {
      ...this.#links.bytes,
      ...this.#counts,
      crcErrors,
      garbageBytes,
      lateFrames,
      strayFrames,
      latencyMs: this.#latencyMs,
    };
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
    const { status } = this.#standing;
    if (status !== "open" && status !== "connecting") throw this.#refusal(job);
    if (this.#queue.size >= maxQueue) throw new ModbusQueueFull({ ...job.target, maxQueue });
    this.#queue.add(job);
    signal?.addEventListener("abort", () => {
      job.cancel();
      this.#turn.post(() => this.#queue.remove(job));
    });
    this.#next();
    return job.promise;
  }

  /** Takes a link over that was just opened. It is used from `opened` on. */
  attach(duplex: ByteDuplex, lose: (error: unknown) => void): ClientLink {
    return this.#links.add(duplex, lose);
  }

  /** The link is up. */
  opened(link: ClientLink): void {
    const { framing, idleGapMs, timeoutMs } = this.#settings;
    const baudRate = this.#settings.baudRate ?? link.baudRate;
    this.#link = link;
    this.#silence.opened({
      gapMs: sendGapMs(framing, baudRate),
      idleGapMs: idleGapOf(idleGapMs, baudRate),
      maxDrainMs: timeoutMs,
    });
    this.#timeoutsInARow = 0;
    // Spent on the link that was lost: the next loss costs another attempt.
    for (const job of this.#queue) job.heldOver = false;
  }

  /** The host was asleep, or changed its network: one timeout more, and the link is opened anew. */
  doubted(): void {
    const { recycleAfterTimeouts } = this.#settings;
    if (recycleAfterTimeouts < Infinity) this.#timeoutsInARow = recycleAfterTimeouts - 1;
  }

  /** The link is down: what was on it is retried if it may be, else rejected. */
  lost(error: unknown): void {
    this.#link = null;
    this.#silence.stop();
    const flight = [...this.#flight.values()];
    for (const transaction of flight) this.#end(transaction);
    this.#wire.reset();
    // Last first, so that they stand in the queue in the order they were sent.
    for (const { job } of flight.reverse()) {
      job.heldOver = true;
      if (job.takeRetry()) this.#queue.add(job, { first: true });
      else job.reject(job.linkDown(true, undefined, error));
    }
  }

  /** The link stands otherwise than before. Tells those who wait for it in vain. */
  stands(status: string, error: unknown): void {
    this.#standing = { status, error };
    if (status === "open") this.#next();
    if (status === "open" || status === "connecting") return;
    for (const job of [...this.#queue]) {
      job.heldOver ||= job.takeRetry();
      if (status === "waiting" && job.heldOver) continue;
      this.#queue.remove(job);
      job.reject(this.#refusal(job));
    }
  }

  #next(): void {
    while (
      this.#link !== null &&
      !this.wantsRecycle &&
      this.#queue.size > 0 &&
      this.#flight.size < this.#wire.maxInFlight &&
      this.#silence.isFree()
    ) {
      const job = this.#queue.take();
      if (job === undefined) return;
      this.#start(this.#link, job);
    }
  }

  #start(link: ClientLink, job: ClientJob): void {
    const { id, bytes } = this.#wire.open(job.request);
    const broadcast = this.#wire.isBroadcast(job.request);
    const transaction = new Transaction(id, job, broadcast, this.#now());
    this.#flight.set(id, transaction);
    this.#counts.requests++;
    // A transport that does not even take the bytes is stuck; they might go out much later.
    transaction.timer = this.#turn.after(job.timeoutMs, () => this.#overdue(transaction));
    link.pump.write(bytes).then(
      () => this.#turn.post(() => this.#written(transaction)),
      // The end of the link is told by the pump, once, for all that is in flight.
      () => {},
    );
  }

  #written(transaction: Transaction): void {
    if (transaction.over) return;
    const { job, broadcast } = transaction;
    this.#silence.used();
    transaction.written = true;
    transaction.sentAtMs = this.#now();
    transaction.timer?.cancel();
    const done = (): void => {
      this.#end(transaction);
      job.resolve(undefined);
      this.#next();
    };
    transaction.timer = broadcast
      ? this.#turn.after(this.#settings.turnaroundMs, done)
      : this.#turn.after(job.timeoutMs, () => this.#overdue(transaction));
  }

  #received(link: ClientLink, bytes: Uint8Array): void {
    // Of a link that is not in use yet, or no more.
    if (link !== this.#link) return;
    this.#silence.used();
    for (const answer of this.#wire.push(bytes)) this.#answered(answer);
    const { failure } = this.#wire;
    if (failure !== undefined) {
      this.#link = null;
      link.lose(failure);
      return;
    }
    this.#silence.awaitQuiet(this.#wire.pending > 0);
    this.#next();
  }

  #answered({ id, unit, pdu }: Answer): void {
    const transaction = this.#flight.get(id);
    if (transaction === undefined) return;
    const { job, sentAtMs } = transaction;
    this.#end(transaction);
    this.#timeoutsInARow = 0;
    this.#latencyMs = this.#now() - sentAtMs;
    this.#onProven();
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
    const { job, written } = transaction;
    const { afterTimeout, recycleAfterTimeouts } = this.#settings;
    this.#end(transaction);
    this.#wire.abandon(transaction.id);
    this.#counts.timeouts++;
    this.#timeoutsInARow++;
    this.#failed(job, job.timedOut(job.timeoutMs, "reply"));
    const isSilent = this.#timeoutsInARow >= recycleAfterTimeouts;
    if (!written || isSilent || afterTimeout === "reconnect") this.wantsRecycle = true;
    else this.#drain();
    this.#next();
  }

  /** An error that the link survived costs what is in flight, and no more (SER-2). */
  #lineError(link: ClientLink, error: unknown): void {
    if (link !== this.#link) return;
    this.#counts.lineErrors++;
    for (const transaction of [...this.#flight.values()]) {
      const { job } = transaction;
      this.#end(transaction);
      this.#failed(job, job.linkDown(true, "open", error));
    }
    this.#wire.reset();
    this.#drain();
    this.#next();
  }

  /** Late answers of RTU carry no number: nothing is sent until the line is quiet (MB-7). */
  #drain(): void {
    if (this.#wire.needsQuiet) this.#silence.drain();
  }

  #failed(job: ClientJob, error: unknown): void {
    if (!job.takeRetry()) {
      job.reject(error);
      return;
    }
    const delayMs = this.#settings.retryDelayMs;
    this.#queue.add(job, { first: true, delayMs });
    this.#turn.after(delayMs, () => this.#next());
  }

  #end(transaction: Transaction): void {
    transaction.over = true;
    transaction.timer?.cancel();
    this.#flight.delete(transaction.id);
  }

  #waitedInVain(job: ClientJob): Error {
    if (this.#standing.status !== "open") return this.#refusal(job);
    return job.timedOut(this.#settings.queueTimeoutMs, "queue");
  }

  #refusal(job: ClientJob): Error {
    const { status, error } = this.#standing;
    return job.linkDown(false, status, error);
  }

  #now(): number {
    return this.#turn.platform.now();
  }
}
