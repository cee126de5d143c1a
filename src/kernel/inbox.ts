// The inbox of a process: what waits for it, in which order, and what is refused.
//
// Owns the way of every message from a sender to its turn: the bound, the refusals, and the events that
// come before the mail (continues, replayed events). It asks the run queue for a turn when one is due.
// What handling a message means is run.ts.
//
//   front: inserted events, the next one last     slot: (op, arg)     ring: op arg op arg op arg …
//
// A message is a pair, an operation and its argument, so that a cast allocates nothing. An idle process
// holds no ring; most of the time the one message it gets fits the slot.

import { Bound, type MailboxOptions } from "./bound.js";
import type { CallRequest } from "./call-request.js";
import { MailboxFull } from "./errors.js";
import type { ExitReason } from "./exit-reason.js";
import { Fifo } from "./fifo.js";
import { CALL, type Entry, INFO, type Operation } from "./operation.js";
import {
  extrasOf,
  IDLE,
  type Info,
  type Mail,
  type Process,
  READY,
  SUSPENDED,
  type SystemOperation,
} from "./process.js";
import { exitError, tell } from "./told.js";

/** Emptied rings, for the next process that needs one. */
const rings: Fifo<unknown>[] = [];
const KEPT_RINGS = 64;

/** Bounds the mailbox of a new process. */
export function bindMailbox(process: Process, { max, overflow = "reject" }: MailboxOptions): void {
  extrasOf(process).bound = new Bound(
    max,
    overflow,
    (op, arg) => put(process, op, arg),
    () => process.status === IDLE,
  );
}

/** Queues a message that no bound counts. False if the process is ending or gone. */
export function deliver(process: Process, op: Operation, arg: unknown): boolean {
  if (process.ending !== null) return false;
  put(process, op, arg);
  makeReady(process);
  return true;
}

/** Queues a plain message, for `info`. */
export function deliverInfo(process: Process, message: Info): boolean {
  return deliver(process, INFO_OPERATION, message);
}

/** Queues a request to the process itself; one that is suspended answers at once. */
export function deliverSystem(process: Process, op: SystemOperation): void {
  if (process.status === SUSPENDED) op.run(process);
  else deliver(process, op, undefined);
}

/** The operation of every plain message. */
export const INFO_OPERATION: Operation = { kind: INFO, name: "info" };

/** Queues a cast within the bound. False if it was refused. */
export function deliverCast(process: Process, op: Entry, arg: unknown): boolean {
  const bound = boundOf(process);
  if (bound !== null && (process.ending !== null || !admit(process, bound, op))) return false;
  return deliver(process, op, arg);
}

/** Queues a call, or refuses it: the request settles in every case. */
export function deliverCall(process: Process, request: CallRequest, arg: unknown): void {
  const bound = boundOf(process);
  if (process.ending !== null) {
    const { name } = request;
    request.reject(exitError(process, `call ${process.label}.${name}`, "noproc", name));
  } else if (bound === null) deliver(process, request, arg);
  else if (bound.overflow === "block" && bound.isFull) bound.wait(request, arg, request);
  else if (admit(process, bound, request)) deliver(process, request, arg);
  else request.reject(new MailboxFull(process.label, bound.max));
}

/** Queues a cast as soon as there is room: `request` settles then. */
export function deliverWhenRoom(process: Process, request: CallRequest, arg: unknown): void {
  const bound = boundOf(process);
  const { entry, name } = request;
  if (process.ending !== null) {
    request.reject(exitError(process, `offer ${name} to ${process.label}`, "noproc", name));
  } else if (bound?.isFull) bound.wait(entry, arg, request);
  else {
    if (bound !== null) bound.size++;
    deliver(process, entry, arg);
    request.resolve(undefined);
  }
}

/** Asks the bound for room; what had to go for it, or was refused itself, is told. */
function admit(process: Process, bound: Bound, op: Operation): boolean {
  if (bound.isFull) {
    const makesRoom = bound.overflow === "dropOldest" && bound.max > 0;
    const dropped = makesRoom ? takeFirst(process, (waiting) => bound.counts(waiting)) : op;
    if (makesRoom) bound.dropped(dropped, process.label);
    tell(process, { type: "dropped", handler: dropped.name });
    if (!makesRoom) return false;
  }
  bound.count(op);
  return true;
}

/** Puts events before everything that waits, in the order given. */
export function deliverFirst(process: Process, events: readonly Mail[]): void {
  const front = frontOf(process);
  for (let index = events.length; index > 0; index--) front.push(events[index - 1] as Mail);
  makeReady(process);
}

/** Puts an event right after the handler in hand, behind those it put there already. */
export function deliverNext(process: Process, op: Operation, arg: unknown): void {
  const front = frontOf(process);
  const extras = extrasOf(process);
  if (extras.nextTurn !== process.turn) {
    extras.nextTurn = process.turn;
    extras.nextAt = front.length;
  }
  front.splice(extras.nextAt, 0, { op, arg });
  makeReady(process);
}

/** Puts an event before all mail, behind the events that are there already. */
export function deliverBeforeMail(process: Process, op: Operation, arg: unknown): void {
  frontOf(process).unshift({ op, arg });
  makeReady(process);
}

function frontOf(process: Process): Mail[] {
  const extras = extrasOf(process);
  extras.front ??= [];
  return extras.front;
}

const boundOf = ({ extras }: Process): Bound | null => (extras === null ? null : extras.bound);

/** Takes plain messages out that wait in the mailbox. */
export function discardInfo(process: Process, unwanted: (message: Info) => boolean): void {
  for (const { op, arg } of takeMail(process)) {
    if (op.kind !== INFO || !unwanted(arg as Info)) put(process, op, arg);
  }
}

/** Nothing is in hand: waits for the next turn if something is queued, else for a message. */
export function rest(process: Process): void {
  process.status = IDLE;
  const { extras } = process;
  extras?.bound?.refill();
  if (
    process.slotOp !== null ||
    process.ring !== null ||
    (extras !== null && extras.front !== null)
  )
    makeReady(process);
}

/** Takes what comes next into the hand of the process; null if nothing waits. */
export function takeNext(process: Process): Operation | null {
  const { extras } = process;
  if (extras !== null && extras.front !== null) {
    const { front } = extras;
    const { op, arg } = front.pop() as Mail;
    if (front.length === 0) extras.front = null;
    process.currentArg = arg;
    process.current = op;
    return op;
  }
  const op = take(process);
  if (op === null) return null;
  process.current = op;
  if (extras !== null) extras.bound?.taken(op);
  return op;
}

/** What waits, the next one first, without taking it; at most `max` of it. */
export function waiting({ extras, slotOp, slotArg, ring }: Process, max: number): Mail[] {
  const mail = (extras?.front ?? []).slice(-max).reverse();
  if (slotOp !== null) mail.push({ op: slotOp, arg: slotArg });
  let op: Operation | null = null;
  for (const each of ring ?? []) {
    if (mail.length >= max) break;
    if (op === null) op = each as Operation;
    else {
      mail.push({ op, arg: each });
      op = null;
    }
  }
  return mail.slice(0, max);
}

/** Refuses every call that is owed an answer; gives how many. */
export function refuseAll(process: Process, reason: ExitReason): number {
  const { current, extras } = process;
  let count = 0;
  const refuse = (op: Operation): void => {
    if (op.kind !== CALL) return;
    const error = exitError(process, `call ${process.label}.${op.name}`, reason, op.name);
    if ((op as CallRequest).reject(error)) count++;
  };
  process.current = null;
  if (current !== null) refuse(current);
  if (extras?.owed) for (const request of [...extras.owed]) refuse(request);
  if (extras?.front) {
    const { front } = extras;
    extras.front = null;
    for (const { op } of front.reverse()) refuse(op);
  }
  for (let op = take(process); op !== null; op = take(process)) refuse(op);
  if (extras?.bound) for (const request of extras.bound.takeWaiters()) refuse(request);
  return count;
}

/** Gets an idle process its turn. */
function makeReady(process: Process): void {
  if (process.status !== IDLE) return;
  process.status = READY;
  process.kernel.queue.push(process);
}

function put(process: Process, op: Operation, arg: unknown): void {
  let { ring } = process;
  if (ring === null) {
    if (process.slotOp === null) {
      process.slotOp = op;
      process.slotArg = arg;
      return;
    }
    ring = process.ring = rings.pop() ?? new Fifo();
  }
  ring.put(op);
  ring.put(arg);
}

/** Takes the oldest message; its argument is in `currentArg` then. */
function take(process: Process): Operation | null {
  const { slotOp, ring } = process;
  if (slotOp !== null) {
    process.currentArg = process.slotArg;
    process.slotOp = null;
    process.slotArg = undefined;
    return slotOp;
  }
  if (ring === null) return null;
  const op = ring.take() as Operation;
  process.currentArg = ring.take();
  if (ring.size === 0) {
    process.ring = null;
    if (rings.length < KEPT_RINGS) rings.push(ring);
  }
  return op;
}

/** Takes the oldest message that is wanted out of the mail; there is one, and mostly it is the first. */
function takeFirst(process: Process, wanted: (op: Operation) => boolean): Operation {
  const { currentArg } = process;
  const skipped: Mail[] = [];
  let op = take(process) as Operation;
  for (; !wanted(op); op = take(process) as Operation) {
    skipped.push({ op, arg: process.currentArg });
  }
  process.currentArg = currentArg;
  if (skipped.length > 0) {
    for (const mail of [...skipped, ...takeMail(process)]) put(process, mail.op, mail.arg);
  }
  return op;
}

/** Takes the whole mail out, oldest first. */
function takeMail(process: Process): Mail[] {
  const { currentArg } = process;
  const mail: Mail[] = [];
  for (let op = take(process); op !== null; op = take(process)) {
    mail.push({ op, arg: process.currentArg });
  }
  process.currentArg = currentArg;
  return mail;
}

/** How many messages wait. */
export function mailSize({ extras, slotOp, ring }: Process): number {
  return (extras?.front?.length ?? 0) + (slotOp === null ? 0 : 1) + (ring?.size ?? 0) / 2;
}
