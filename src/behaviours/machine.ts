// Where a state machine stands: its state and data, whose handlers it runs, what it has postponed, and what
// the handler in hand has asked for.
//
// Owns the record. How an event finds its handler is machine-events.ts, what follows a handler is
// machine-transition.ts, and the program of the kernel that holds all together is machine-program.ts.

import type { Mail, Process } from "../kernel/process.js";
import type { MachineTable } from "./machine-table.js";
import { changeTimeout, type TimeoutChange, type Timeouts } from "./machine-timeouts.js";

/** Whose handlers a machine runs, and whose it ran before they were put on top (SM-5). */
export interface Layer {
  readonly table: MachineTable;
  readonly below: Layer | null;
}

/** What the handler in hand has asked for. It is done when the handler has settled. */
export class Decision {
  next: string | null = null;
  repeats = false;
  postpones = false;
  layer: Layer | null = null;
  /** By key, in the order in which they were asked for last. */
  readonly timeouts: Map<string, TimeoutChange> = new Map();
  readonly inserted: Mail[] = [];
}

/** Where one machine stands. */
export class Machine {
  layer: Layer;
  state = "";
  data: unknown = undefined;
  decision: Decision | null = null;
  entering = false;
  /** The event in hand was void: nothing has happened. */
  skips = false;
  postponed: Mail[] = [];
  timeouts: Timeouts | null = null;

  constructor(layer: Layer) {
    this.layer = layer;
  }
}

/** Where the machine of a process stands. */
export function machineOf(process: Process): Machine {
  return process.state as Machine;
}

/** What the handler in hand asks for, made now if it asked for nothing yet. */
export function decide(machine: Machine): Decision {
  machine.decision ??= new Decision();
  return machine.decision;
}

/** Whose handlers will run once the one in hand has settled. */
export function layerOf({ decision, layer }: Machine): Layer {
  return decision?.layer ?? layer;
}

/** Does what a handler wanted of one timeout, now. */
export function applyTimeout(process: Process, change: TimeoutChange): void {
  const machine = machineOf(process);
  machine.timeouts ??= new Map();
  changeTimeout(process, machine.timeouts, change);
}
