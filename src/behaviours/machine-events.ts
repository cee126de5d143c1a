// How an event finds its handler, in the state the machine is in: the state's own, else `always`, else
// `handleEvent`.
//
// Owns running it, and what becomes of an event that nothing handles (SM-6). What follows is
// machine-transition.ts.

import { POSTPONED, Rejection } from "../kernel/answer.js";
import { applyHandler, unpackArguments } from "../kernel/operation.js";
import type { Process } from "../kernel/process.js";
import { tell } from "../kernel/told.js";
import { machineOf } from "./machine.js";
import {
  handlerOf,
  type NamedEvent,
  notInState,
  type PlainEvent,
  plainHandlerOf,
  type Run,
} from "./machine-table.js";
import { type Timeouts, takeTimeout } from "./machine-timeouts.js";
import { type QueuedEvent, Timeout } from "./queued-event.js";

/** An event of the machine's own: an inserted one, or a timeout. */
export function own(process: Process, event: QueuedEvent): unknown {
  const { type, name, arg } = event;
  const machine = machineOf(process);
  if (event instanceof Timeout && !takeTimeout(machine.timeouts as Timeouts, event)) {
    machine.skips = true;
    return undefined;
  }
  return type === "internal" || type === "timeout"
    ? named(process, type, name, arg)
    : plain(process, type, arg);
}

/** Runs the handler of an event that has a name. */
export function named(process: Process, type: NamedEvent, name: string, arg: unknown): unknown {
  const { layer, state } = machineOf(process);
  const { table } = layer;
  const handler = handlerOf(table, state, type, name);
  if (typeof handler === "function") {
    return type === "timeout"
      ? (handler as Run)(process.self, arg)
      : applyHandler(handler, process.self, arg);
  }
  if (handler === POSTPONED) return handler;
  if (table.handleEvent !== undefined) {
    return table.handleEvent(
      process.self,
      type === "timeout"
        ? { type, name, payload: arg }
        : { type, name, args: unpackArguments(arg) },
    );
  }
  if (type === "call") {
    const states = [...table.states].filter(([, { call }]) => call.has(name));
    const names = states.map(([each]) => each);
    return new Rejection(notInState(process.label, name, state, names));
  }
  tell(process, { type: "dropped", handler: name });
  return undefined;
}

/** Runs the handler of an event that has no name. */
export function plain(process: Process, type: PlainEvent, arg: unknown): unknown {
  const { layer, state } = machineOf(process);
  const handler = plainHandlerOf(layer.table, state, type);
  if (handler !== undefined) return handler(process.self, arg);
  return layer.table.handleEvent?.(
    process.self,
    type === "info" ? { type, message: arg } : { type, payload: arg },
  );
}
