// A process: a mailbox, a program that handles its messages one at a time, and what each outcome
// means for the caller, the state and the process itself.
//
// Owns the run of messages (synchronous unless a handler returns a thenable), the state and the
// view. Starting, owning and ending come from lifecycle.ts; what a message
// means to a behaviour is its Program's business.

import type { ActorRef } from "./actor-ref.js";
import { LATER, POSTPONED, Promised, Rejection } from "./answer.js";
import type { Caller, CallRequest } from "./call-request.js";
import type { ExitReason } from "./exit-reason.js";
import { handlerName, Inbox } from "./inbox.js";
import type { Kernel } from "./kernel.js";
import type { Lifecycle } from "./lifecycle.js";
import {
  CALL,
  type Entry,
  INFO,
  INFO_OPERATION,
  isThenable,
  type Operation,
  STOP,
  type StopRequest,
  whenSettled,
} from "./operation.js";
import { OwedCalls } from "./owed-calls.js";
import type { Info, ProgramOf } from "./program.js";
import type { Runnable } from "./run-queue.js";
import { DEAD, IDLE, READY, RUNNING, WAITING } from "./status.js";
import { View } from "./view.js";

export type { Info };
/** A behaviour as the kernel runs it. */
export type Program = ProgramOf<Process>;

/** A flush ends even if each message it handles brings another. */
const MAX_FLUSH = 10_000;

/** One process. Made by behaviours/gen.ts, the one path of start. */
export class Process extends Inbox implements Runnable, Caller {
  readonly program: Program;
  /** The behaviour's state, or a state machine's whole standing. */
  state: unknown = undefined;
  /** The context that handlers get. */
  self: unknown = null;
  /** The operation in hand, and its argument. */
  current: Operation | null = null;
  currentArg: unknown = undefined;
  /** Set by `restartFrom: "lastState"`: the state before the message in hand. */
  saved: { state: unknown } | null = null;
  #owed: OwedCalls | null = null;
  #view: View | null = null;
  #onStarted: ((reason: ExitReason | null) => void)[] | null = null;
  #ref: ActorRef | null = null;
  readonly #refClass: new (
    process: Process,
  ) => ActorRef;

  /** `refClass` is shared by all processes of the behaviour: an idle process holds no ref. */
  constructor(
    kernel: Kernel,
    parent: Lifecycle | null,
    program: Program,
    refClass: new (process: Process) => ActorRef,
  ) {
    super(kernel, parent, program.mailbox);
    this.program = program;
    this.#refClass = refClass;
  }

  /** The ref of this incarnation. */
  get ref(): ActorRef {
    if (this.#ref === null) this.#ref = new this.#refClass(this);
    return this.#ref;
  }

  /** As a target, a process is always itself. */
  get process(): this {
    return this;
  }

  get behaviourId(): string {
    return this.program.id;
  }

  protected get hasTerminate(): boolean {
    return this.program.terminates;
  }

  // A supervisor is bounded by its children, each of which has its own time.
  protected override get shutdownMs(): number {
    return this.program.supervises ? Number.POSITIVE_INFINITY : super.shutdownMs;
  }

  /** `init` has settled well: from now on messages are handled. */
  started(): void {
    this.hasStarted = true;
    this.status = IDLE;
    this.#tellStarted(null);
    if (this.isEnding) this.handlerDone();
    else this.rest();
  }

  /** `init` has failed, or was overtaken: the process ends without ever having started. */
  startFailed(reason: ExitReason): void {
    this.status = IDLE;
    if (this.isEnding) this.handlerDone();
    else this.end(reason, true);
  }

  /** Calls `told` once `init` has settled: with null if it went well, else with the reason. */
  whenStarted(told: (reason: ExitReason | null) => void): void {
    if (this.hasStarted) told(null);
    else if (this.status === DEAD) told(this.exitReason);
    else {
      if (this.#onStarted === null) this.#onStarted = [];
      this.#onStarted.push(told);
    }
  }

  run(quantum: number): number {
    if (this.status !== READY || this.isEnding) return 0;
    let handled = 0;
    while (handled < quantum) {
      const op = this.takeNext();
      if (op === null) break;
      handled++;
      if (!this.#handle(op, this.takenArg)) return handled;
    }
    this.rest();
    return handled;
  }

  /** Handles what waits, now: for a controlled input, whose caret a later turn would move. */
  flush(): void {
    if (this.status === READY) this.run(MAX_FLUSH);
    this.#view?.flush();
  }

  /** The view, made when first asked for; null if the behaviour has none. */
  get view(): View | null {
    const compute = this.program.view;
    if (this.#view === null && compute !== undefined && this.hasStarted) {
      this.#view = new View(this.kernel, this.label, () => this.program.view?.(this));
    }
    return this.#view;
  }

  /** Keeps a call that is owed an answer: it is refused if the process ends first. */
  owe(request: CallRequest): void {
    if (request.settled) return;
    if (this.#owed === null) this.#owed = new OwedCalls();
    this.#owed.add(request);
  }

  /** Runs `body` as this process: calls made in it know their caller. */
  runAs<T>(body: () => T): T {
    const { kernel } = this;
    const outer = kernel.running;
    kernel.running = this;
    try {
      return body();
    } finally {
      kernel.running = outer;
    }
  }

  protected runTerminate(reason: ExitReason): unknown {
    return this.runAs(() => this.program.terminate(this, reason));
  }

  protected exitMessage(from: Lifecycle, reason: ExitReason): void {
    this.deliver(INFO_OPERATION, { type: "exit", from: (from as Process).ref, reason });
  }

  protected override childEnding(child: Lifecycle, reason: ExitReason): void {
    this.program.childEnding?.(this, child as Process, reason);
  }

  protected childExit(child: Lifecycle, reason: ExitReason): boolean {
    return this.program.childExit?.(this, child as Process, reason) ?? false;
  }

  protected override abortSignals(): void {
    super.abortSignals();
    if (this.current !== null && this.current.kind === CALL) {
      (this.current as CallRequest).abort(this.abortReason);
    }
    this.#owed?.abort(this.abortReason);
  }

  /** The call in hand, as its handler sees it; null if nobody called. */
  get from(): CallRequest | null {
    if (this.current === null || this.current.kind !== CALL) return null;
    const request = this.current as CallRequest;
    // Its signal is made when asked for, which may be after the end has begun.
    if (this.isEnding && !request.signal.aborted) request.abort(this.abortReason);
    return request;
  }

  protected refuseAll(reason: ExitReason): number {
    const refused: CallRequest[] = [];
    const add = (op: Operation | null): void => {
      if (op !== null && op.kind === CALL) refused.push(op as CallRequest);
    };
    add(this.current);
    if (this.#owed !== null) refused.push(...this.#owed.list());
    for (const op of this.takeAll()) add(op);
    if (this.bound !== null) refused.push(...this.bound.takeWaiters());
    this.#owed = null;
    this.current = null;
    this.#tellStarted(reason);
    let count = 0;
    for (const request of refused) {
      const error = this.exitError(`call ${this.label}.${request.entry.name}`, reason, request);
      if (request.reject(error)) count++;
    }
    return count;
  }

  // True if the next message may be handled at once.
  #handle(op: Operation, arg: unknown): boolean {
    const { kernel } = this;
    if (op.kind === CALL && (op as CallRequest).settled) return true;
    this.status = RUNNING;
    this.current = op;
    this.currentArg = arg;
    this.turn++;
    const outer = kernel.running;
    kernel.running = this;
    let result: unknown;
    try {
      if (this.saved !== null) this.saved.state = structuredClone(this.program.save(this));
      if (op.kind === CALL) result = this.program.invoke(this, (op as CallRequest).entry, arg);
      else if (op.kind === INFO) result = this.program.info(this, arg as Info);
      else if (op.kind === STOP) this.end((op as StopRequest).reason as ExitReason, false);
      else result = this.program.invoke(this, op as Entry, arg);
    } catch (error) {
      kernel.running = outer;
      this.#crash(op, error);
      return false;
    }
    kernel.running = outer;
    if (isThenable(result)) {
      this.#await(op, result, (value) => this.#answer(op, value));
      return false;
    }
    return this.#answer(op, result);
  }

  /** The mailbox waits for an asynchronous handler. */
  #await(op: Operation, result: PromiseLike<unknown>, next: (value: unknown) => boolean): void {
    this.status = WAITING;
    whenSettled(
      result,
      (value) => this.#later(op, () => next(value)),
      (error) => this.#later(op, () => this.#crash(op, error), error),
    );
    // Killed in its synchronous part: nobody waits for the rest.
    if (this.isFenced) this.handlerDone();
  }

  /** An asynchronous handler has settled. */
  #later(op: Operation, go: () => boolean, error?: unknown): void {
    if (this.isFenced || this.current !== op) {
      if (error !== undefined) this.lateError(error);
      return;
    }
    this.status = RUNNING;
    if (go()) this.rest();
  }

  #answer(op: Operation, result: unknown): boolean {
    // The reply of a killed process is dropped: the end settles what it owes.
    if (this.isFenced) {
      if (op.kind === CALL) this.owe(op as CallRequest);
      return this.#done();
    }
    if (result === POSTPONED) this.program.postponed?.(this, op, this.currentArg);
    if (op.kind === CALL) {
      const request = op as CallRequest;
      if (result === LATER || result === POSTPONED) this.owe(request);
      else if (result instanceof Rejection) request.reject(result.error);
      else if (result instanceof Promised) {
        this.owe(request);
        this.#promised(result.promise, request);
      } else request.resolve(result);
    } else if (result instanceof Promised) this.#promised(result.promise, null);
    if (this.program.settled !== undefined && !this.isFenced) {
      let pending: unknown;
      try {
        pending = this.runAs(() => this.program.settled?.(this));
      } catch (error) {
        return this.#crash(op, error);
      }
      if (isThenable(pending)) {
        this.#await(op, pending, () => this.#done());
        return false;
      }
    }
    return this.#done();
  }

  /** A promise answers, unless its process was killed meanwhile: the end does then. */
  #promised(promise: PromiseLike<unknown>, request: CallRequest | null): void {
    whenSettled(
      promise,
      (value) => {
        if (request !== null && !this.isFenced) request.resolve(value);
      },
      (error) => {
        if (request === null || this.isFenced) this.lateError(error);
        else request.reject(error);
      },
    );
  }

  #done(): boolean {
    this.#view?.touch();
    this.current = null;
    this.currentArg = undefined;
    if (!this.isEnding) return true;
    this.status = IDLE;
    this.handlerDone();
    return false;
  }

  #crash(op: Operation, error: unknown): boolean {
    if (this.isFenced) this.lateError(error);
    else if (op.kind === CALL && (op as CallRequest).isCancelledBy(error)) {
      // The caller gave up and the handler obeyed: nothing is wrong with this process.
      return this.#answer(op, undefined);
    } else this.crashed(error, handlerName(op));
    this.status = IDLE;
    this.handlerDone();
    return false;
  }

  #tellStarted(reason: ExitReason | null): void {
    const told = this.#onStarted;
    this.#onStarted = null;
    if (told !== null) for (const tell of told) tell(reason);
  }
}
