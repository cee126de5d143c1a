// The engine of state machines: changes of state, enter, postponed events and the state timeout.
//
// Owns the order of things after a handler (SM-1, SM-2): the reply, then `enter` of the new state,
// then postponed events, oldest first, then the mailbox. It runs on the one path of processes: a
// postponed event is put back in front of the mailbox, not into a loop of its own.

import { POSTPONED, Rejection } from "../kernel/answer.js";
import type { MailboxOptions } from "../kernel/bound.js";
import { after, disownTimer } from "../kernel/ending.js";
import { ActorError, checkMs } from "../kernel/errors.js";
import { type ExitReason, printed } from "../kernel/exit-reason.js";
import { deliver, deliverBeforeMail, deliverFirst } from "../kernel/inbox.js";
import { applyHandler, CALL, CAST, CONTINUE, Entry, NONE } from "../kernel/operation.js";
import { type Info, type Mail, type Process, type Program, tell } from "../kernel/process.js";
import type { TimerNode } from "../kernel/timers.js";
import { Context } from "./context.js";
import { checkHandlers } from "./faces.js";

/** How a change of state may be told to differ. */
export interface NextOptions {
  /** Milliseconds until `stateTimeout` runs, unless the state changes before. */
  readonly stateTimeoutMs?: number;
}

/** A call came in a state that has no handler for it, nor has `always`. Nothing was done. */
export class NotInState extends ActorError {
  override readonly name: string = "NotInState";
  readonly code: "not-in-state" = "not-in-state";
  readonly process: string;
  readonly handler: string;
  readonly state: string;

  constructor(process: string, handler: string, state: string, states: readonly string[]) {
    super(
      `Cannot call ${process}.${handler} in state ${state}: it is handled in ${states.join(", ")}; ` +
        `postpone it in ${state}, or handle it in always`,
    );
    this.process = process;
    this.handler = handler;
    this.state = state;
  }
}

type Run = (self: unknown, ...args: unknown[]) => unknown;

interface StateTable {
  readonly call: ReadonlyMap<string, unknown>;
  readonly cast: ReadonlyMap<string, unknown>;
  readonly enter: Run | undefined;
  readonly info: Run | undefined;
  readonly stateTimeout: Run | undefined;
}

/** A machine's handlers by state, and its events over all states. */
export interface MachineTable {
  readonly states: ReadonlyMap<string, StateTable>;
  readonly always: StateTable;
  readonly calls: readonly Entry[];
  readonly casts: readonly Entry[];
}

/** Reads the states as they were written. */
export function readStates(id: string, states: unknown, always: unknown): MachineTable {
  if (typeof states !== "object" || states === null || Object.keys(states).length === 0) {
    throw new TypeError(
      `states of ${id} is ${printed(states)}: it must be an object with a state in it`,
    );
  }
  const calls = new Map<string, Entry>();
  const casts = new Map<string, Entry>();
  const read = (where: string, written: unknown): StateTable => {
    if (typeof written !== "object" || written === null) {
      throw new TypeError(`${where} is ${printed(written)}: it must be an object of handlers`);
    }
    const given = written as Record<string, unknown>;
    const events = (kind: number, key: string, entries: Map<string, Entry>) =>
      new Map(
        checkHandlers(`${key} of ${where}`, given[key], isHandler).map(([name, handler]) => {
          if (!entries.has(name)) entries.set(name, new Entry(kind, name, null));
          return [name, handler];
        }),
      );
    const one = (key: string): Run | undefined => {
      const handler = given[key];
      if (handler === undefined || typeof handler === "function") return handler as Run | undefined;
      throw new TypeError(`${key} of ${where} is ${printed(handler)}: it must be a function`);
    };
    return {
      call: events(CALL, "call", calls),
      cast: events(CAST, "cast", casts),
      enter: one("enter"),
      info: one("info"),
      stateTimeout: one("stateTimeout"),
    };
  };
  return {
    states: new Map(
      Object.entries(states).map(([name, written]) => [
        name,
        read(`state ${name} of ${id}`, written),
      ]),
    ),
    always: read(`always of ${id}`, always ?? {}),
    calls: [...calls.values()],
    casts: [...casts.values()],
  };
}

const isHandler = (value: unknown): boolean => typeof value === "function" || value === POSTPONED;

// Events of the engine's own, on the path of all others.
const ENTER = new Entry(CONTINUE, "enter", null);
const STATE_TIMEOUT = new Entry(CONTINUE, "stateTimeout", null);

/** Where one machine stands. */
class Machine {
  readonly table: MachineTable;
  state: string;
  data: unknown;
  next: { state: string; timeoutMs: number | undefined } | null = null;
  entering = false;
  postponed: Mail[] = [];
  alarm: TimerNode | null = null;
  /** Counts what makes a queued state timeout void: a change, a new timeout, a cancel. */
  timeouts = 0;

  constructor(table: MachineTable, state: string, data: unknown) {
    this.table = table;
    this.state = state;
    this.data = data;
  }

  get handlers(): StateTable {
    return this.table.states.get(this.state) as StateTable;
  }

  setTimeout(process: Process, timeoutMs: number): void {
    this.timeouts++;
    if (this.alarm !== null) disownTimer(process, this.alarm);
    this.alarm = null;
    if (timeoutMs === Number.POSITIVE_INFINITY) return;
    const generation = this.timeouts;
    // Before queued mail, behind what was postponed (SM-4): no timer would be that soon.
    if (timeoutMs === 0) {
      deliverBeforeMail(process, STATE_TIMEOUT, generation);
      return;
    }
    this.alarm = after(process, timeoutMs, () => deliver(process, STATE_TIMEOUT, generation));
  }
}

/** Makes the program of a machine. */
export function machineProgram(definition: {
  id: string;
  table: MachineTable;
  init: Run;
  terminate: Run | undefined;
  view: ((state: string, data: unknown) => unknown) | undefined;
  mailbox: MailboxOptions | undefined;
}): Program {
  const { id, table, init, terminate, view } = definition;
  const machineOf = (process: Process): Machine => process.state as Machine;
  return {
    id,
    terminates: terminate !== undefined,
    mailbox: definition.mailbox,
    init(process, args) {
      process.self = new MachineContext(process);
      return init(process.self, ...args);
    },
    accept(process, value) {
      const first = value as { state: string; data: unknown } | null;
      if (typeof first !== "object" || first === null || !("state" in first)) {
        throw new TypeError(`init of ${id} gave ${printed(value)}: it must give { state, data }`);
      }
      checkState(id, table, first.state);
      process.state = new Machine(table, first.state, first.data);
      deliverFirst(process, [{ op: ENTER, arg: NONE }]);
    },
    invoke(process, entry, arg) {
      const machine = machineOf(process);
      if (entry === ENTER) return enter(process, machine, machine.state);
      if (entry === STATE_TIMEOUT) {
        if (arg !== machine.timeouts) return undefined;
        machine.alarm = null;
        const run = machine.handlers.stateTimeout ?? table.always.stateTimeout;
        return run?.(process.self);
      }
      const kind = entry.kind === CALL ? "call" : "cast";
      const handler = machine.handlers[kind].get(entry.name) ?? table.always[kind].get(entry.name);
      if (handler === undefined) return unhandled(process, machine, entry);
      return handler === POSTPONED ? POSTPONED : applyHandler(handler, process.self, arg);
    },
    info(process, message: Info) {
      const machine = machineOf(process);
      return (machine.handlers.info ?? table.always.info)?.(process.self, message);
    },
    terminate: (process, reason: ExitReason) => terminate?.(process.self, reason),
    postponed(process, op, arg) {
      machineOf(process).postponed.push({ op, arg });
    },
    settled(process) {
      const machine = machineOf(process);
      const { next } = machine;
      if (next === null) return undefined;
      machine.next = null;
      if (next.state === machine.state) {
        if (next.timeoutMs !== undefined) machine.setTimeout(process, next.timeoutMs);
        return undefined;
      }
      const from = machine.state;
      machine.state = next.state;
      machine.setTimeout(process, next.timeoutMs ?? Number.POSITIVE_INFINITY);
      tell(process, { type: "state", from, to: next.state });
      // In front of the mailbox, and behind `enter`, which runs now.
      if (machine.postponed.length > 0) deliverFirst(process, machine.postponed);
      machine.postponed = [];
      return enter(process, machine, from);
    },
    view:
      view === undefined
        ? view
        : (process) => view(machineOf(process).state, machineOf(process).data),
    save: (process) => ({ state: machineOf(process).state, data: machineOf(process).data }),
    restore(process, saved) {
      const { state, data } = saved as { state: string; data: unknown };
      machineOf(process).state = state;
      machineOf(process).data = data;
    },
  };
}

function enter(process: Process, machine: Machine, from: string): unknown {
  const run = machine.handlers.enter ?? machine.table.always.enter;
  if (run === undefined) return undefined;
  machine.entering = true;
  const left = (): void => {
    machine.entering = false;
  };
  const result = run(process.self, from) as { then?: unknown } | undefined;
  if (typeof result?.then !== "function") {
    left();
    return undefined;
  }
  return (result as unknown as PromiseLike<unknown>).then(left);
}

function unhandled(process: Process, machine: Machine, entry: Entry): unknown {
  if (entry.kind === CALL) {
    const states = [...machine.table.states].filter(([, { call }]) => call.has(entry.name));
    const names = states.map(([name]) => name);
    return new Rejection(new NotInState(process.label, entry.name, machine.state, names));
  }
  tell(process, { type: "dropped", handler: entry.name });
  return undefined;
}

function checkState(id: string, table: MachineTable, state: string): void {
  if (!table.states.has(state)) {
    const names = [...table.states.keys()].join(", ");
    throw new TypeError(`${id} has no state ${printed(state)}: its states are ${names}`);
  }
}

class MachineContext extends Context {
  get #machine(): Machine {
    return this.process.state as Machine;
  }

  get state(): string {
    return this.#machine.state;
  }

  get data(): unknown {
    return this.#machine.data;
  }

  set data(data: unknown) {
    this.#machine.data = data;
  }

  nextState(state: string, options: NextOptions = {}): void {
    const machine = this.#machine;
    checkState(this.process.label, machine.table, state);
    const { stateTimeoutMs } = options;
    if (stateTimeoutMs !== undefined) checkMs("stateTimeoutMs", stateTimeoutMs, true);
    if (machine.entering) {
      throw new TypeError(
        `Cannot go to state ${state} from enter of ${machine.state}: send a message to self.ref, ` +
          `or decide in the handler that came here`,
      );
    }
    machine.next = { state, timeoutMs: stateTimeoutMs };
  }

  stateTimeout(timeoutMs: number): void {
    checkMs("timeoutMs", timeoutMs, true);
    this.#machine.setTimeout(this.process, timeoutMs);
  }
}
