// One request of a caller, over all its attempts.
//
// Owns its promise, how often it may still be sent, and its errors. Where it stands (queued, on the
// line) is the business of client-queue.ts and client-bus.ts; its caller's signal is the client's.

import { ModbusLinkDown, type ModbusTarget, ModbusTimeout } from "./errors.js";
import type { ModbusRequest } from "./modbus-function.js";
import { targetOf } from "./replies.js";

/** A request that is to be answered. */
export class ClientJob {
  readonly request: ModbusRequest;
  /** How long its answer may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly promise: Promise<unknown>;
  /** True once its caller has an answer, or wants none any more. */
  settled = false;
  /** True while it may wait for a link that was lost: an attempt was spent on that. */
  heldOver = false;
  /** It is not sent before this time, in the platform's `now()` milliseconds. */
  notBeforeMs = 0;
  #retriesLeft: number;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(request: ModbusRequest, timeoutMs: number, retries: number) {
    this.request = request;
    this.timeoutMs = timeoutMs;
    this.#retriesLeft = retries;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** What an error says of it. */
  get target(): ModbusTarget {
    return targetOf(this.request);
  }

  resolve(value: unknown): void {
    this.settled = true;
    this.#resolve(value);
  }

  reject(error: unknown): void {
    this.settled = true;
    this.#reject(error);
  }

  /** Its caller has given up: the promise is nobody's any more. */
  cancel(): void {
    this.settled = true;
  }

  /** The error of a link that is down, or was lost once this request was `sent`. */
  linkDown(sent: boolean, status: string | undefined, cause: unknown): ModbusLinkDown {
    return new ModbusLinkDown({ ...this.target, sent, status, cause });
  }

  /** The error of a wait that took too long. */
  timedOut(timeoutMs: number, phase: "queue" | "reply"): ModbusTimeout {
    return new ModbusTimeout({ ...this.target, timeoutMs, phase });
  }

  /** Spends one of the attempts that are left. False if there is none, or nobody waits. */
  takeRetry(): boolean {
    if (this.settled || this.#retriesLeft === 0) return false;
    this.#retriesLeft--;
    return true;
  }
}
