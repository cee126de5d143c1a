// What follows a handler of a state machine, once it has settled and its reply is sent.
//
// Owns the order of things (SM-1 to SM-4): the change of state, `enter` of the new one, then inserted
// events, then postponed ones, oldest first, then timeouts of 0 ms, then the mailbox. All of them stand in
// front of the mailbox of the process: there is no loop of its own.

import { POSTPONED } from "../kernel/answer.js";
import { deliverFirst } from "../kernel/inbox.js";
import { isThenable } from "../kernel/operation.js";
import type { Process } from "../kernel/process.js";
import { tell } from "../kernel/told.js";
import { applyTimeout, type Decision, type Machine } from "./machine.js";
import { checkState, plainHandlerOf } from "./machine-table.js";
import { cancelTimeout } from "./machine-timeouts.js";

/** What the handler has decided is done: the state first, then everything that depends on it. */
export function transition(process: Process, machine: Machine): unknown {
  const { decision, state: from } = machine;
  // A machine that stops goes nowhere: what it asked for is dropped with all that waits (SM-5).
  if (process.ending !== null) {
    machine.decision = null;
    return undefined;
  }
  let changed = false;
  if (decision !== null) {
    const to = decision.next ?? from;
    if (decision.layer !== null) {
      machine.layer = decision.layer;
      checkState(machine.layer.table.id, machine.layer.table, to);
    }
    decision.next = null;
    changed = to !== from;
    if (changed) {
      machine.state = to;
      tell(process, { type: "state", from, to });
    }
    if (changed || decision.repeats) {
      const pending = enter(process, machine, from);
      if (pending !== undefined) return pending.then(() => settle(process, machine, changed));
    }
  }
  return settle(process, machine, changed);
}

/** Enters the state, again as long as `enter` asks for that. Gives a promise if it takes time. */
function enter(process: Process, machine: Machine, from: string): Promise<unknown> | undefined {
  const { layer, state } = machine;
  const { handleEvent, stateEnter } = layer.table;
  const handler = plainHandlerOf(layer.table, state, "enter");
  const decision = machine.decision as Decision;
  machine.entering = true;
  do {
    decision.repeats = false;
    let result: unknown;
    if (handler !== undefined) result = handler(process.self, from);
    else if (stateEnter) result = handleEvent?.(process.self, { type: "enter", from });
    if (isThenable(result)) {
      return Promise.resolve(result).then((value) => {
        refusePostponed(state, value);
        if (decision.repeats && process.ending === null) return enter(process, machine, from);
        machine.entering = false;
        return undefined;
      });
    }
    refusePostponed(state, result);
  } while (decision.repeats && process.ending === null);
  machine.entering = false;
  return undefined;
}

function refusePostponed(state: string, result: unknown): void {
  if (result === POSTPONED) throw postponedEnter(state);
}

/** The error of an `enter` that would be postponed. */
export function postponedEnter(state: string): TypeError {
  return new TypeError(
    `Cannot postpone enter of ${state}: it is no event; a handler of the state may postpone its events`,
  );
}

/** The state is entered: now the timeouts, and what comes before the mailbox. */
function settle(process: Process, machine: Machine, changed: boolean): undefined {
  const { decision, postponed, timeouts } = machine;
  machine.decision = null;
  if (process.ending !== null) return;
  if (timeouts !== null) {
    cancelTimeout(process, timeouts, "eventTimeout");
    if (changed) cancelTimeout(process, timeouts, "stateTimeout");
  }
  if (changed && postponed.length > 0) {
    machine.postponed = [];
    deliverFirst(process, postponed);
  }
  if (decision === null) return;
  for (const change of decision.timeouts.values()) applyTimeout(process, change);
  if (decision.inserted.length > 0) deliverFirst(process, decision.inserted);
}
