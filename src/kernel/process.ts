// A process: a mailbox, a program that handles its messages one at a time, and what each outcome
// means for the caller, the state and the process itself.
//
// Owns the run of messages (synchronous unless a handler returns a thenable), the calls that are
// owed an answer, and the view. Starting, owning and ending come from lifecycle.ts; what a message
// means to a behaviour is its Program's business.

import type { ActorRef } from "./actor-ref.js";
import { LATER, POSTPONED, Promised, Rejection } from "./answer.js";
import { Bound } from "./bound.js";
import type { Caller, CallRequest } from "./call-request.js";
import { ActorExit, MailboxFull } from "./errors.js";
import type { ExitReason } from "./exit-reason.js";
import type { Kernel } from "./kernel.js";
import { Lifecycle } from "./lifecycle.js";
import { MessageQueue } from "./message-queue.js";
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
export class Process extends Lifecycle implements Runnable, Caller {
  readonly program: Program;
  /** The behaviour's state, or a state machine's whole standing. */
  state: unknown = undefined;
  /** The context that handlers get. */
  self: unknown = null;
  /** The operation in hand, and its argument. */
  current: Operation | null = null;
  currentArg: unknown = undefined;
  turn = 0;
  readonly bound: Bound | null;
  /** Set by `restartFrom: "lastState"`: the state before the message in hand. */
  saved: { state: unknown } | null = null;
  #queue: MessageQueue<Operation> = new MessageQueue();
  /** Events that come before the mailbox, the next one last: continues and replayed events. */
  #front: { op: Operation; arg: unknown }[] | null = null;
  /** Where the handler of a turn puts its next event: see deliverNext. */
  #nextTurn = -1;
  #nextAt = 0;
  #owed: Set<CallRequest> | null = null;
  #view: View | null = null;
  #onStarted: ((reason: ExitReason | null) => void)[] | null = null;
  #ref: ActorRef | null = null;
  readonly #makeRef: (process: Process) => ActorRef;

  constructor(
    kernel: Kernel,
    parent: Lifecycle | null,
    program: Program,
    makeRef: (process: Process) => ActorRef,
  ) {
    super(kernel, parent);
    this.program = program;
    this.#makeRef = makeRef;
    const { mailbox } = program;
    this.bound =
      mailbox === undefined
        ? null
        : new Bound(
            mailbox.max,
            mailbox.overflow ?? "reject",
            this.#queue,
            () => this.status === IDLE,
          );
  }

  /** The ref of this incarnation. */
  get ref(): ActorRef {
    if (this.#ref === null) this.#ref = this.#makeRef(this);
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

  /** Queues a message that no bound counts. False if the process is ending or gone. */
  deliver(op: Operation, arg: unknown): boolean {
    if (this.isEnding) return false;
    this.#queue.put(op, arg);
    this.makeReady();
    return true;
  }

  /** Queues a cast or a call within the bound: `full` queued nothing. */
  offer(op: Operation, arg: unknown): "queued" | "full" | "ended" {
    if (this.isEnding) return "ended";
    const { bound } = this;
    if (bound !== null && !bound.admit(op, this)) return "full";
    this.deliver(op, arg);
    return "queued";
  }

  /** Queues a call, or refuses it: the request settles in every case. */
  request(request: CallRequest, arg: unknown): void {
    const { bound } = this;
    if (bound === null ? this.deliver(request, arg) : this.#admitted(bound, request, arg)) return;
    if (this.isEnding) {
      const action = `call ${this.label}.${request.entry.name}`;
      request.reject(this.exitError(action, "noproc", request));
    } else request.reject(new MailboxFull(this.label, (bound as Bound).max));
  }

  #admitted(bound: Bound, request: CallRequest, arg: unknown): boolean {
    if (bound.overflow !== "block" || !bound.isFull || this.isEnding) {
      return this.offer(request, arg) === "queued";
    }
    bound.wait(request, arg, request);
    return true;
  }

  /** Queues a cast as soon as there is room: `request` settles then. */
  whenRoom(entry: Entry, arg: unknown, request: CallRequest): void {
    if (this.isEnding) {
      request.reject(this.exitError(`offer ${entry.name} to ${this.label}`, "noproc", request));
    } else if (this.bound?.isFull) {
      this.bound.wait(entry, arg, request);
    } else {
      if (this.bound !== null) this.bound.size++;
      this.deliver(entry, arg);
      request.resolve(undefined);
    }
  }

  /** Puts events before everything that waits, in the order given. */
  deliverFirst(events: readonly { op: Operation; arg: unknown }[]): void {
    if (this.#front === null) this.#front = [];
    for (let i = events.length - 1; i >= 0; i--) {
      this.#front.push(events[i] as { op: Operation; arg: unknown });
    }
    this.makeReady();
  }

  /** Puts an event right after the handler in hand, behind those it put there already. */
  deliverNext(op: Operation, arg: unknown): void {
    if (this.#front === null) this.#front = [];
    if (this.#nextTurn !== this.turn) {
      this.#nextTurn = this.turn;
      this.#nextAt = this.#front.length;
    }
    this.#front.splice(Math.min(this.#nextAt, this.#front.length), 0, { op, arg });
    this.makeReady();
  }

  /** Puts an event before all mail, behind the events that are there already. */
  deliverBeforeMail(op: Operation, arg: unknown): void {
    if (this.#front === null) this.#front = [];
    this.#front.unshift({ op, arg });
    this.makeReady();
  }

  /** Tells observers that a message was refused or dropped. */
  tellDropped(op: Operation): void {
    const { observers } = this.kernel;
    if (observers.active) {
      observers.emit({ type: "dropped", process: this.info, handler: handlerName(op) });
    }
  }

  /** Takes plain messages out that wait in the mailbox. */
  discardInfo(unwanted: (message: Info) => boolean): void {
    for (const { op, arg } of this.#queue.takeAll()) {
      if (op.kind !== INFO || !unwanted(arg as Info)) this.#queue.put(op, arg);
    }
  }

  /** Gets an idle process its turn. */
  makeReady(): void {
    if (this.status === IDLE) {
      this.status = READY;
      this.kernel.queue.push(this);
    }
  }

  /** `init` has settled well: from now on messages are handled. */
  started(): void {
    this.hasStarted = true;
    this.status = IDLE;
    this.#tellStarted(null);
    if (this.isEnding) this.handlerDone();
    else this.#rest();
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
      const front = this.#front;
      let op: Operation | null;
      let arg: unknown;
      if (front !== null) {
        const event = front.pop() as { op: Operation; arg: unknown };
        if (front.length === 0) this.#front = null;
        op = event.op;
        arg = event.arg;
      } else {
        op = this.#queue.take();
        if (op === null) break;
        arg = this.#queue.taken;
        this.#queue.taken = undefined;
        if (this.bound !== null) this.bound.taken(op);
      }
      handled++;
      if (!this.#handle(op, arg)) return handled;
    }
    this.#rest();
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

  /** Calls `listener` after each change of the snapshot, and when it starts and is gone. */
  subscribe(listener: () => void): () => void {
    let live = true;
    const tell = (): void => {
      try {
        if (live) listener();
      } catch (error) {
        this.kernel.platform.reportError(error);
      }
    };
    let unsubscribe = this.view?.subscribe(tell);
    if (!this.hasStarted) {
      this.whenStarted((reason) => {
        if (reason !== null || !live) return;
        unsubscribe = this.view?.subscribe(tell);
        tell();
      });
    }
    const monitor = this.status === DEAD ? null : this.watch(tell);
    return () => {
      live = false;
      monitor?.cancel();
      unsubscribe?.();
    };
  }

  /** Keeps a call that is owed an answer: it is refused if the process ends first. */
  owe(request: CallRequest): void {
    if (request.settled) return;
    if (this.#owed === null) this.#owed = new Set();
    this.#owed.add(request);
    request.owner = this;
  }

  /** A call that was owed an answer has settled. */
  forget(request: CallRequest): void {
    this.#owed?.delete(request);
  }

  /** The error of a call or a wait that this process's end has decided. */
  exitError(action: string, reason: ExitReason, request?: CallRequest): ActorExit {
    return new ActorExit({
      action,
      process: this.label,
      reason,
      handler: request?.entry.name,
      restarts: this.place?.restarts,
    });
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

  protected childExit(child: Lifecycle, reason: ExitReason): boolean {
    return this.program.childExit?.(this, child as Process, reason) ?? false;
  }

  protected override abortSignals(): void {
    super.abortSignals();
    if (this.current !== null && this.current.kind === CALL) {
      (this.current as CallRequest).abort(this.abortReason);
    }
    if (this.#owed !== null) for (const request of this.#owed) request.abort(this.abortReason);
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
    if (this.#owed !== null) refused.push(...this.#owed);
    if (this.#front !== null) for (const { op } of this.#front) add(op);
    for (const { op } of this.#queue.takeAll()) add(op);
    if (this.bound !== null) refused.push(...this.bound.takeWaiters());
    this.#front = this.#owed = null;
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
    if (go()) this.#rest();
  }

  /** Nothing is in hand: waits for the next turn if something is queued, else for a message. */
  #rest(): void {
    this.status = IDLE;
    this.bound?.refill();
    if (this.#front !== null || !this.#queue.isEmpty) this.makeReady();
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

function handlerName(op: Operation): string {
  if (op.kind === CALL) return (op as CallRequest).entry.name;
  if (op.kind === INFO) return "info";
  if (op.kind === STOP) return "stop";
  return (op as Entry).name;
}
