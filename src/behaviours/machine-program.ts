// The program of a state machine: what its process does at the start, for each event, and at the end.
//
// Owns the step from the kernel's one path of processes to the machine, and its crash report. Handlers are
// found in machine-events.ts; what follows them is machine-transition.ts.

import { POSTPONED } from "../kernel/answer.js";
import type { MailboxOptions } from "../kernel/bound.js";
import { type ExitReason, printed } from "../kernel/exit-reason.js";
import { deliverFirst, waiting } from "../kernel/inbox.js";
import { CALL, CAST, CONTINUE, Entry, NONE, type Operation } from "../kernel/operation.js";
import type { Process, Program } from "../kernel/process.js";
import { tell } from "../kernel/told.js";
import { decide, type Layer, Machine, machineOf } from "./machine.js";
import { named, own, plain } from "./machine-events.js";
import { checkState, type MachineTable, type Run } from "./machine-table.js";
import { transition } from "./machine-transition.js";
import { QueuedEvent, reportOf, Timeout } from "./queued-event.js";

/** The most events of a kind in a crash report. */
const REPORTED = 100;

/** The first event of every machine: what `init` asked for is done, and the first state is entered. */
const START = new Entry(CONTINUE, "enter", null);

/** The program of a machine: a behaviour that another machine can be handed over to. */
export interface MachineProgram extends Program {
  readonly table: MachineTable;
}

/** Makes the program of a machine. */
export function machineProgram(definition: {
  table: MachineTable;
  context: new (process: Process) => unknown;
  init: Run;
  terminate: Run | undefined;
  view: ((state: string, data: unknown) => unknown) | undefined;
  mailbox: MailboxOptions | undefined;
}): MachineProgram {
  const { table, init, terminate, view } = definition;
  const { id } = table;
  const base: Layer = { table, below: null };
  return {
    id,
    table,
    terminates: terminate !== undefined,
    mailbox: definition.mailbox,
    init(process, args) {
      process.state = new Machine(base);
      process.self = new definition.context(process);
      return init(process.self, ...args);
    },
    accept(process, value) {
      const first = value as { state: string; data: unknown } | null;
      if (typeof first !== "object" || first === null || !("state" in first)) {
        throw new TypeError(`init of ${id} gave ${printed(value)}: it must give { state, data }`);
      }
      checkState(id, table, first.state);
      const machine = machineOf(process);
      machine.state = first.state;
      machine.data = first.data;
      deliverFirst(process, [{ op: START, arg: NONE }]);
    },
    invoke(process, op, arg) {
      if (op.kind === CALL) return named(process, "call", op.name, arg);
      if (op.kind === CAST) return named(process, "cast", op.name, arg);
      if ((op as Operation) instanceof QueuedEvent)
        return own(process, op as Operation as QueuedEvent);
      // Once it has settled, the first state is entered as if it were entered again.
      decide(machineOf(process)).repeats = true;
      return undefined;
    },
    info: (process, message) => plain(process, "info", message),
    terminate(process, reason: ExitReason) {
      const machine = machineOf(process);
      // A handler that failed after `nextState` fails in the state it had decided on, with the data it
      // had made, as in OTP, where a transition that cannot be done fails in the new state.
      machine.state = machine.decision?.next ?? machine.state;
      return terminate?.(process.self, reason);
    },
    postpones(process, op, result) {
      const machine = machineOf(process);
      if (result !== POSTPONED && !machine.decision?.postpones) return false;
      // A timeout that was postponed has had its time: nothing cancels it any more.
      const event = op instanceof Timeout ? new QueuedEvent(op.type, op.name, op.arg) : op;
      machine.postponed.push({ op: event, arg: process.currentArg });
      return true;
    },
    settled(process) {
      const machine = machineOf(process);
      if (machine.skips) {
        machine.skips = false;
        return undefined;
      }
      if (machine.decision === null && machine.timeouts === null) return undefined;
      return transition(process, machine);
    },
    failing(process, reason) {
      const { state, postponed } = machineOf(process);
      const { current, currentArg } = process;
      const last = current === null ? undefined : reportOf({ op: current, arg: currentArg });
      tell(process, {
        type: "crashReport",
        reason,
        state,
        last,
        postponed: postponed.slice(0, REPORTED).map(reportOf),
        queued: waiting(process, REPORTED).map(reportOf),
      });
    },
    view:
      view === undefined
        ? view
        : (process) => view(machineOf(process).state, machineOf(process).data),
    save: (process) => ({ state: machineOf(process).state, data: machineOf(process).data }),
    restore(process, saved) {
      const machine = machineOf(process);
      checkState(process.label, machine.layer.table, (saved as Machine).state);
      Object.assign(machine, saved);
    },
  };
}
