// Handing a state machine over to the handlers of another one, and back.
//
// Owns the stack of whose handlers run; the engine only knows the topmost. The data goes along: both
// machines must mean the same by it. A function each, so that machines that never hand over do not carry
// them. Source: gen_statem's change_callback_module, push_callback_module and pop_callback_module.

import type { Behaviour } from "./behaviour.js";
import { implementationOf } from "./behaviour.js";
import { decide, type Layer, layerOf, type Machine, machineOf } from "./machine.js";
import type { MachineProgram } from "./machine-program.js";
import type { MachineTable } from "./machine-table.js";
import { type OwnerSelf, processOf } from "./owner.js";

/** Any state machine. */
type AnyMachine = Behaviour<never, unknown>;

/**
 * Hands over to the handlers of another machine, from the next event on; `enter` runs only if the state
 * changes too. The machine must have the state then: name it with `self.nextState` after this, if it is
 * another. What comes from outside comes by the names that the machine that was started has; its
 * `terminate`, `view` and mailbox stay.
 *
 * @throws TypeError for a behaviour that is no state machine, or a `self` that is not of one.
 *
 * @example
 * ```ts
 * const Session = stateMachine({
 *   id: "session",
 *   init: () => ({ state: "active", data: { user: "" } }),
 *   states: { active: { call: { whoami: (self) => self.data.user } } },
 * });
 * const Login = stateMachine({
 *   id: "login",
 *   init: () => ({ state: "anonymous", data: { user: "" } }),
 *   states: {
 *     anonymous: {
 *       call: {
 *         whoami: postpone,
 *         login(self, user: string) {
 *           self.data.user = user;
 *           changeBehaviour(self, Session);
 *           self.nextState("active");
 *         },
 *       },
 *     },
 *     active: {},
 *   },
 * });
 * ```
 */
export function changeBehaviour(self: OwnerSelf, behaviour: AnyMachine): void {
  const machine = machineBehind(self);
  handOver(machine, { table: tableOf(behaviour), below: layerOf(machine).below });
}

/**
 * As {@link changeBehaviour}, and {@link popBehaviour} comes back to the present handlers.
 *
 * @throws TypeError for a behaviour that is no state machine, or a `self` that is not of one.
 */
export function pushBehaviour(self: OwnerSelf, behaviour: AnyMachine): void {
  const machine = machineBehind(self);
  handOver(machine, { table: tableOf(behaviour), below: layerOf(machine) });
}

/**
 * Comes back from the behaviour that was pushed last.
 *
 * @throws TypeError if none was, or for a `self` that is not a state machine's.
 */
export function popBehaviour(self: OwnerSelf): void {
  const machine = machineBehind(self);
  const { below, table } = layerOf(machine);
  if (below === null) {
    throw new TypeError(`Cannot come back from ${table.id}: nothing was pushed before`);
  }
  handOver(machine, below);
}

function handOver(machine: Machine, layer: Layer): void {
  decide(machine).layer = layer;
}

function machineBehind(self: OwnerSelf): Machine {
  const process = processOf("self", self);
  if ("table" in process.program) return machineOf(process);
  throw new TypeError(`Cannot hand ${process.label} over: it is no state machine`);
}

function tableOf(behaviour: AnyMachine): MachineTable {
  const { program } = implementationOf(behaviour);
  if ("table" in program) return (program as MachineProgram).table;
  throw new TypeError(`Cannot hand over to ${program.id}: it is no state machine`);
}
