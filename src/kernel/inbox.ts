// The inbox of a process: what waits for it, in which order, and who waits for room in it.
//
// Owns the way of every message from a sender to its turn: the bound, the refusals, and the events that
// come before the mail (continues, replayed events). It asks the run queue for a turn when one is due.
// What handling a message means is process.ts; the ring itself is message-queue.ts.

import { Bound, type MailboxOptions } from "./bound.js";
import type { CallRequest } from "./call-request.js";
import { ActorExit, MailboxFull } from "./errors.js";
import type { ExitReason } from "./exit-reason.js";
import type { Kernel } from "./kernel.js";
import { Lifecycle } from "./lifecycle.js";
import { MessageQueue } from "./message-queue.js";
import { CALL, type Entry, INFO, type Operation, STOP } from "./operation.js";
import type { Info } from "./program.js";
import type { Runnable } from "./run-queue.js";
import { IDLE, READY } from "./status.js";

/** A process as the receiver of messages. */
export abstract class Inbox extends Lifecycle implements Runnable {
  readonly bound: Bound | null;
  /** Counts the handlers it has begun: tells one visit from the next. */
  turn = 0;
  /** The argument of the message that {@link takeNext} gave last. */
  protected takenArg: unknown = undefined;
  readonly #queue: MessageQueue<Operation> = new MessageQueue();
  /** Events that come before the mailbox, the next one last: continues and replayed events. */
  #front: { op: Operation; arg: unknown }[] | null = null;
  /** Where the handler of a turn puts its next event: see deliverNext. */
  #nextTurn = -1;
  #nextAt = 0;

  constructor(kernel: Kernel, parent: Lifecycle | null, mailbox: MailboxOptions | undefined) {
    super(kernel, parent);
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

  /** Handles at most `quantum` messages and gives how many it handled. */
  abstract run(quantum: number): number;

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

  /** Nothing is in hand: waits for the next turn if something is queued, else for a message. */
  protected rest(): void {
    this.status = IDLE;
    this.bound?.refill();
    if (this.#front !== null || !this.#queue.isEmpty) this.makeReady();
  }

  /** Takes what comes next; null if nothing waits. */
  protected takeNext(): Operation | null {
    const front = this.#front;
    if (front !== null) {
      const event = front.pop() as { op: Operation; arg: unknown };
      if (front.length === 0) this.#front = null;
      this.takenArg = event.arg;
      return event.op;
    }
    const queue = this.#queue;
    const op = queue.take();
    if (op === null) return null;
    this.takenArg = queue.taken;
    queue.taken = undefined;
    if (this.bound !== null) this.bound.taken(op);
    return op;
  }

  /** Empties the inbox at the end of the process; gives what waited, in order. */
  protected takeAll(): Operation[] {
    const front = (this.#front ?? []).map(({ op }) => op).reverse();
    this.#front = null;
    return [...front, ...this.#queue.takeAll().map(({ op }) => op)];
  }
}

/** What a handler is called in messages for people. */
export function handlerName(op: Operation): string {
  if (op.kind === CALL) return (op as CallRequest).entry.name;
  if (op.kind === INFO) return "info";
  if (op.kind === STOP) return "stop";
  return (op as Entry).name;
}
