// The end of a process: exit signals, who is told when it ends, and the end itself.
//
// Owns what the end of one process means for another, and the one path of ending, in order:
//   (wait for the handler) → terminate → children, last first → resources, last first → notices
// An abrupt end (kill, an untrapped exit signal) fences the process at once and enters that path at
// "children". It does not run messages: run.ts calls `handlerDone` when a handler has settled.

import { abortSignals } from "./abort.js";
import { disposeAll } from "./dispose.js";
import { CHILDREN, Ending, HANDLER, RESOURCES, TERMINATE } from "./ending-record.js";
import { type ExitReason, isAbortOf, isNormalReason, reasonOf, thrownOf } from "./exit-reason.js";
import { deliverInfo, deliverSystem, refuseAll } from "./inbox.js";
import { remove } from "./list.js";
import { isThenable, SYSTEM, whenSettled } from "./operation.js";
import { dropTimers } from "./own-timers.js";
import {
  DEAD,
  extrasOf,
  IDLE,
  type Process,
  RUNNING,
  runAs,
  type Shutdown,
  type SystemOperation,
  tellStarted,
  WAITING,
  type Watcher,
  watch,
} from "./process.js";
import { Alarm } from "./timers.js";
import { exitError, lateError, tell } from "./told.js";

/** Links both processes. A dead other gives an exit signal `noproc`, as in OTP (P-3). */
export function link(process: Process, other: Process): void {
  if (other === process) return;
  if (other.status === DEAD) exitSignal(process, other, "noproc");
  else {
    linksOf(process).add(other);
    linksOf(other).add(process);
    tellLinked(process, other, true);
  }
}

/** Takes a link away, on both sides. */
export function unlink(process: Process, other: Process): void {
  process.extras?.links?.delete(other);
  if (other.extras?.links?.delete(process)) tellLinked(process, other, false);
}

// Both: each may stand for an actor elsewhere, which has to hear of it.
function tellLinked(process: Process, other: Process, on: boolean): void {
  process.program.linked?.(process, other, on);
  other.program.linked?.(other, process, on);
}

function linksOf(process: Process): Set<Process> {
  const extras = extrasOf(process);
  extras.links ??= new Set();
  return extras.links;
}

/** An orderly stop that waits behind earlier mail. */
export const stopRequest = (reason: ExitReason): SystemOperation => ({
  kind: SYSTEM,
  name: "stop",
  run(process) {
    end(process, reason, false);
    if (process.ending !== null) process.ending.wasAsked = true;
    return true;
  },
});

/**
 * An exit signal from another process, or from itself (P-3). Its `kill` is `end(…, "killed", true)`.
 * To a behaviour that traps, one from its parent is not news but an order.
 */
export function exitSignal(process: Process, from: Process, reason: ExitReason): void {
  const { extras, program, parent } = process;
  if (extras?.trapsExits) {
    if (from === (extras.leader ?? parent) && !program.plain) {
      deliverSystem(process, stopRequest(reason));
    } else deliverInfo(process, { type: "exit", from: from.ref, reason });
  } else if (reason !== "normal" || from === process) {
    // Whoever falls with another says why that one fell.
    end(process, reason, true, undefined, from.ending?.failure);
  }
}

/**
 * Ends the process in order, and kills it when that takes longer than `how`. Resolves with its exit
 * reason when it is gone.
 */
export function shutdown(
  process: Process,
  how: Shutdown,
  reason: ExitReason = "shutdown",
): Promise<ExitReason> {
  return new Promise((resolve) => {
    watch(process, resolve);
    if (how === "brutalKill") end(process, "killed", true);
    else {
      end(process, reason, diesAtOnce(process));
      killAfter(process, how);
    }
  });
}

/** True for a process that a shutdown ends as an exit signal does, if the system was told so. */
function diesAtOnce({ kernel, program, extras }: Process): boolean {
  return !kernel.terminateUntrapped && !program.supervises && !extras?.trapsExits;
}

/** Sets the time after which an end that has begun becomes a kill. The shortest one counts. */
function killAfter(process: Process, ms: number): void {
  const { ending } = process;
  const { timers, platform } = process.kernel;
  if (process.status === DEAD || ending === null || ms === Infinity) return;
  if (ending.timer !== null) {
    if (timers.dueAt(ending.timer) <= platform.now() + ms) return;
    timers.drop(ending.timer);
  }
  ending.timer = new Alarm(() => end(process, "killed", true));
  timers.start(ending.timer, ms);
}

/** How long a process may take to end in order, where no supervisor said so. */
export function shutdownMsOf({ program, kernel }: Process): number {
  // A supervisor is bounded by its children, each of which has its own time.
  return program.supervises ? Infinity : kernel.limits.shutdownMs;
}

/**
 * Begins the end. An orderly end waits for the handler that runs; an abrupt one does not, but
 * never disposes under a handler that is on the stack. A second end is ignored, unless it is
 * abrupt and the first was not. `failure`: the error behind a reason that is only a word.
 */
export function end(
  process: Process,
  reason: ExitReason,
  abrupt: boolean,
  handler?: string,
  failure?: unknown,
): void {
  if (process.status === DEAD) return;
  let { ending } = process;
  if (ending !== null) {
    if (!abrupt || ending.abrupt) return;
    ending.abrupt = true;
    if (ending.reason !== reason) tell(process, { type: "ending", reason });
    ending.reason = reason;
    ending.step++;
    if (ending.stage < CHILDREN && process.status !== RUNNING) endChildren(process, ending);
    return;
  }
  ending = process.ending = new Ending(reason, abrupt, handler, failure);
  if (!isNormalReason(reason)) {
    tell(process, { type: "ending", reason });
    if (process.kernel.observers.active) process.program.failing?.(process, reason);
  }
  const { parent } = process;
  if (process.place !== null && process.hasStarted) {
    parent?.program.childEnding?.(parent, process, reason);
  }
  let watcher = process.extras?.watchers.first;
  for (; watcher; watcher = watcher.next) (watcher as Watcher).onEnding?.();
  abortSignals(process);
  // Aborting runs listeners, and one of them may have ended things further.
  if (ending.stage !== HANDLER || ending.step !== 0) return;
  if (process.status !== RUNNING && (abrupt || process.status !== WAITING)) handlerDone(process);
}

/** A handler threw: that is the reason, even of an end which had begun in order. */
export function crashed(process: Process, error: unknown, handler: string): void {
  const { ending } = process;
  if (ending === null) end(process, reasonOf(error), false, handler);
  // A handler that gives up because its signal aborted obeys: the reason stays.
  else if (!isAbortOf(error, ending.abortReason)) {
    ending.reason = reasonOf(error);
    ending.handler = handler;
  }
}

/** The handler (or `init`) that the end was waiting for has settled. */
export function handlerDone(process: Process): void {
  const { program } = process;
  const ending = process.ending as Ending;
  if (ending.stage !== HANDLER) return;
  if (ending.abrupt || !program.terminates || !process.hasStarted) {
    endChildren(process, ending);
    return;
  }
  ending.stage = TERMINATE;
  const step = ++ending.step;
  const settled = (): void => {
    if (ending.step === step) endChildren(process, ending);
  };
  const failed = (error: unknown): void => {
    if (ending.step !== step) lateError(process, error);
    else crashed(process, error, "terminate");
    settled();
  };
  // As a handler: a kill from inside it must not dispose under it.
  process.status = RUNNING;
  let result: unknown;
  try {
    result = runAs(process, () => program.terminate(process, ending.reason));
    process.status = IDLE;
    if (isThenable(result)) whenSettled(result, settled, failed);
    else settled();
  } catch (error) {
    process.status = IDLE;
    failed(error);
  }
  // Killed from inside it.
  if (ending.step !== step && ending.stage === TERMINATE) endChildren(process, ending);
}

// Children end last first, one after the other; after an abrupt end all at once, for their owner
// is gone already. Nobody is told of this end before the last of them is gone: what replaces this
// process never meets them.
function endChildren(process: Process, ending: Ending): void {
  ending.stage = CHILDREN;
  const { lastChild } = process;
  if (lastChild === null) disposeResources(process, ending);
  else if (!ending.abrupt) endWith(lastChild, ending);
  else for (const child of process.children) endWith(child, ending);
}

// In order, as every shutdown is, when the owner ends in order. After an abrupt end only a process
// that wants to see its end gets the time.
function endWith(child: Process, owner: Ending): void {
  const seesItsEnd = child.program.terminates || (child.extras?.trapsExits ?? false);
  const abrupt = diesAtOnce(child) || (owner.abrupt && child.hasStarted && !seesItsEnd);
  const reason = owner.reason === "normal" ? "shutdown" : owner.reason;
  // Through the queue of deaths: a deep tree falls in a loop, not in a recursion.
  bury(child, () => {
    end(child, reason, abrupt);
    killAfter(child, shutdownMsOf(child));
  });
}

function disposeResources(process: Process, ending: Ending): void {
  const { kernel, extras } = process;
  const resources = extras?.resources ?? null;
  ending.stage = RESOURCES;
  if (resources === null) finish(process, ending);
  else {
    disposeAll(
      resources,
      kernel.timers,
      kernel.limits.disposeTimeoutMs,
      (error) => lateError(process, error),
      () => finish(process, ending),
    );
  }
}

function finish(process: Process, ending: Ending): void {
  const { kernel, parent, extras, previousSibling, nextSibling } = process;
  if (ending.timer !== null) kernel.timers.drop(ending.timer);
  process.status = DEAD;
  if (parent !== null) {
    if (nextSibling === null) extrasOf(parent).lastChild = previousSibling;
    else nextSibling.previousSibling = previousSibling;
    if (previousSibling !== null) previousSibling.nextSibling = nextSibling;
    process.previousSibling = process.nextSibling = null;
  }
  ending.rejectedCalls = refuseAll(process, ending.reason);
  if (extras !== null) {
    // What `terminate` or a disposal started after the first sweep.
    dropTimers(process);
    if (extras.monitors !== null) for (const monitor of extras.monitors.values()) remove(monitor);
    tellStarted(process);
  }
  bury(process, process);
}

/**
 * Tells of a death after those that are being told already. A chain of a hundred thousand links falls
 * in a loop, not in a recursion.
 */
function bury({ kernel }: Process, death: Process | (() => void)): void {
  const { deaths } = kernel;
  deaths.put(death);
  if (kernel.burying) return;
  kernel.burying = true;
  while (deaths.size > 0) {
    const next = deaths.take();
    if (typeof next === "function") next();
    else notify(next);
  }
  kernel.burying = false;
}

/** Tells everybody that a process is gone. */
function notify(process: Process): void {
  const { parent, extras, hasStarted } = process;
  const { reason, handler, rejectedCalls } = process.ending as Ending;
  // The system itself is nobody's process: it was never told of as started.
  if (parent !== null) {
    if (hasStarted) tell(process, { type: "stopped", reason, handler, rejectedCalls });
    else tell(process, { type: "startFailed", reason });
  }
  if (extras?.links) {
    for (const other of extras.links) {
      unlink(process, other);
      // A failed start is told to whoever asked for it, not along links.
      if (hasStarted) exitSignal(other, process, reason);
    }
  }
  const watchers = extras?.watchers;
  while (watchers?.first) {
    const watcher = watchers.first as Watcher;
    remove(watcher);
    watcher.notify(reason);
  }
  if (parent === null) return;
  if (hasStarted && !process.program.tellsItself) {
    if (parent.ending === null) tellParent(process, parent, reason);
    // The system stops, and what failed must not be silent either, such as its `terminate`.
    else if (parent.parent === null && failureOf(process) !== undefined) crash(process, reason);
  }
  const last = parent.ending;
  if (last?.stage === CHILDREN && parent.status !== DEAD) {
    if (parent.lastChild === null) disposeResources(parent, last);
    else if (!last.abrupt) endWith(parent.lastChild, last);
  }
}

function tellParent(process: Process, parent: Process, reason: ExitReason): void {
  if (parent.program.childExit?.(parent, process, reason)) return;
  if (parent.parent !== null) exitSignal(parent, process, reason);
  // A kill is somebody's wish, and observers are told of it: only a failure is a crash.
  else if (failureOf(process) !== undefined || (!isNormalReason(reason) && reason !== "killed")) {
    crash(process, reason);
  }
}

/** The error behind the end of a process: what was thrown, or what its reason has no room for. */
export function failureOf({ ending }: Process): unknown {
  return (ending as Ending).failure ?? thrownOf((ending as Ending).reason);
}

function crash(process: Process, reason: ExitReason): void {
  const action = `keep ${process.label} running`;
  const thrown = isNormalReason(reason) ? failureOf(process) : thrownOf(reason);
  crashUnsupervised(process, thrown ?? exitError(process, action, reason));
}

/** Nobody supervises this process: its crash goes to the system's `onCrash`. */
export function crashUnsupervised({ kernel }: Process, error: unknown): void {
  try {
    kernel.onCrash(error);
  } catch (failure) {
    kernel.fault(failure);
  }
}
