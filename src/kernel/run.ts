// Running a process: its handlers, one at a time, and what each outcome means for the caller, the
// state and the process itself.
//
// Owns the run of messages (synchronous unless a handler returns a thenable) and the answers. What a
// message means to a behaviour is its Program's business; which one comes next is inbox.ts; what an end
// does is ending.ts.

import { LATER, POSTPONED, Promised, Rejection } from "./answer.js";
import type { CallRequest } from "./call-request.js";
import { crashed, end, handlerDone } from "./ending.js";
import type { ExitReason } from "./exit-reason.js";
import { rest, takeNext } from "./inbox.js";
import {
  CALL,
  type Entry,
  INFO,
  isThenable,
  type Operation,
  SYSTEM,
  whenSettled,
} from "./operation.js";
import {
  DEAD,
  extrasOf,
  IDLE,
  type Info,
  type Process,
  READY,
  RUNNING,
  runAs,
  type SystemOperation,
  tellStarted,
  WAITING,
} from "./process.js";
import { lateError } from "./told.js";

/** A flush ends even if each message it handles brings another. */
const MAX_FLUSH = 10_000;

/** `init` has settled well: from now on messages are handled. */
export function started(process: Process): void {
  process.turn = 0;
  rest(process);
  tellStarted(process);
}

/** `init` has failed, or was overtaken: the process ends without ever having started. */
export function startFailed(process: Process, reason: ExitReason): void {
  process.status = IDLE;
  if (process.ending === null) end(process, reason, true);
  else handlerDone(process);
}

/** Handles at most `quantum` messages and gives how many it handled. */
export function run(process: Process, quantum: number): number {
  if (process.status !== READY || process.ending !== null) return 0;
  const { kernel } = process;
  const outer = kernel.running;
  let handled = 0;
  let goesOn = true;
  kernel.running = process;
  process.status = RUNNING;
  while (goesOn && handled < quantum) {
    const op = takeNext(process);
    if (op === null) break;
    handled++;
    goesOn = handle(process, op);
  }
  kernel.running = outer;
  if (goesOn) rest(process);
  else stopped(process);
  return handled;
}

/** Handles what waits, now: for a controlled input, whose caret a later turn would move. */
export function flush(process: Process): void {
  run(process, MAX_FLUSH);
  process.extras?.view?.flush();
}

/** Keeps a call that is owed an answer: it is refused if the process ends first. */
export function owe(process: Process, request: CallRequest): void {
  if (request.settled) return;
  const extras = extrasOf(process);
  extras.owed ??= new Set();
  extras.owed.add(request);
  request.owner = extras.owed;
}

/** True if the next message may be handled at once. */
function handle(process: Process, op: Operation): boolean {
  const { program, currentArg: arg, extras } = process;
  const { kind } = op;
  if (kind === CALL && (op as CallRequest).settled && (op as CallRequest).gaveUp) {
    process.current = null;
    return true;
  }
  process.turn++;
  let result: unknown;
  try {
    if (extras !== null && extras.saved !== null) extras.saved.keep(process);
    if (kind === CALL) result = program.invoke(process, (op as CallRequest).entry, arg);
    else if (kind === INFO) result = program.info(process, arg as Info);
    else if (kind === SYSTEM) {
      // Not a turn of the behaviour's: nothing of it ran.
      process.turn--;
      const goesOn = (op as SystemOperation).run(process);
      return done(process) && goesOn;
    } else result = program.invoke(process, op as Entry, arg);
  } catch (error) {
    return crash(process, op, error);
  }
  // Most handlers give a plain value, or none: nothing that could mean more than a reply.
  if (typeof result !== "object" && typeof result !== "symbol" && isPlain(process)) {
    if (kind === CALL) (op as CallRequest).resolve(result);
    return done(process);
  }
  return isThenable(result) ? wait(process, op, result, answer) : answer(process, op, result);
}

/** True if a reply is all that follows a handler: the process lives, and its program goes on with nothing. */
function isPlain({ program, ending }: Process): boolean {
  return ending === null && program.settled === undefined;
}

/** The state as it would be kept for a restart. */
export function stateOf(process: Process): unknown {
  const { save } = process.program;
  return save === undefined ? process.state : save(process);
}

/** Goes on with what a handler gave, or threw. True if the next message may be handled. */
type Next = (process: Process, op: Operation, value: unknown) => boolean;

/** The mailbox waits for an asynchronous handler, and `next` goes on with what it gave. */
function wait(process: Process, op: Operation, result: PromiseLike<unknown>, next: Next): false {
  process.status = WAITING;
  whenSettled(
    result,
    (value) => later(process, op, value, next),
    (error) => {
      if (!later(process, op, error, crash)) lateError(process, error);
    },
  );
  return false;
}

/** An asynchronous handler has settled. False if that came too late to matter. */
function later(process: Process, op: Operation, value: unknown, next: Next): boolean {
  if (process.isFenced || process.current !== op) return false;
  process.status = RUNNING;
  if (next(process, op, value)) rest(process);
  else stopped(process);
  return true;
}

/** What a handler gave, as its caller and the process take it. True if the next may be handled. */
function answer(process: Process, op: Operation, result: unknown): boolean {
  const { program } = process;
  const { settled } = program;
  const request = op.kind === CALL ? (op as CallRequest) : null;
  // The reply of a killed process is dropped: the end settles what it owes.
  if (process.isFenced) {
    if (request !== null) owe(process, request);
    return done(process);
  }
  if (settled !== undefined && program.postpones?.(process, op, result)) result = POSTPONED;
  if (result instanceof Promised) promised(process, result.promise, request);
  else if (request !== null) {
    if (result === LATER || result === POSTPONED) owe(process, request);
    else if (result instanceof Rejection) request.reject(result.error);
    else request.resolve(result);
  }
  return settled === undefined || process.isFenced ? done(process) : settle(process, op);
}

/** The program goes on after a handler whose reply was sent: a state machine changes its state. */
function settle(process: Process, op: Operation): boolean {
  try {
    const pending = runAs(process, () => process.program.settled?.(process));
    return isThenable(pending) ? wait(process, op, pending, done) : done(process);
  } catch (error) {
    return crash(process, op, error);
  }
}

/** A promise answers, unless its process was killed meanwhile: the end does then. */
function promised(
  process: Process,
  promise: PromiseLike<unknown>,
  request: CallRequest | null,
): void {
  if (request !== null) owe(process, request);
  whenSettled(
    promise,
    (value) => {
      if (!process.isFenced) request?.resolve(value);
    },
    (error) => {
      if (request === null || process.isFenced) lateError(process, error);
      else request.reject(error);
    },
  );
}

/** The message in hand is dealt with. True if the next may be handled. */
function done(process: Process): boolean {
  process.extras?.view?.touch();
  process.current = null;
  process.currentArg = undefined;
  return process.ending === null;
}

function crash(process: Process, op: Operation, error: unknown): boolean {
  if (process.isFenced) lateError(process, error);
  else if (op.kind === CALL && (op as CallRequest).isCancelledBy(error)) {
    // The caller gave up and the handler obeyed: nothing is wrong with this process.
    return answer(process, op, undefined);
  } else crashed(process, error, op.name);
  return false;
}

/** No handler goes on: an end that waited for it does. */
function stopped(process: Process): void {
  const { status, ending } = process;
  if (ending === null || (status === WAITING && !ending.abrupt)) return;
  if (status === RUNNING) process.status = IDLE;
  if (process.status !== DEAD) handlerDone(process);
}
