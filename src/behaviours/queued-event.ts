// The events that a state machine makes itself: inserted ones and timeouts, as operations in front of
// the mailbox or in it; and what every event looks like in a crash report.
//
// Owns these shapes. When a timeout runs is machine-timeouts.ts; what an event does is machine.ts.

import type { EventReport } from "../kernel/observers.js";
import {
  CALL,
  CAST,
  CONTINUE,
  INFO,
  type Operation,
  unpackArguments,
} from "../kernel/operation.js";
import type { Info, Mail } from "../kernel/process.js";
import type { TimerNode } from "../kernel/timers.js";

/** What kind of event it is: internal, or as a timeout of that kind would be. */
export type OwnEvent = "internal" | "stateTimeout" | "eventTimeout" | "timeout";

/** An event of the machine's own. */
export class QueuedEvent implements Operation {
  readonly kind: typeof CONTINUE = CONTINUE;
  readonly type: OwnEvent;
  /** Of an internal event or a named timeout; else its type. */
  readonly name: string;
  /** Its arguments as they are packed; a timeout's payload. */
  arg: unknown;

  constructor(type: OwnEvent, name: string, arg: unknown) {
    this.type = type;
    this.name = name;
    this.arg = arg;
  }
}

/** A timeout that runs, or waits for its turn: void once the machine has another of its kind. */
export class Timeout extends QueuedEvent {
  /** Null for a timeout of 0 ms, which no timer would bring soon enough (SM-4). */
  timer: TimerNode | null = null;
}

/** An event as a crash report tells it. */
export function reportOf({ op, arg }: Mail): EventReport {
  const { kind, name } = op;
  if (op instanceof QueuedEvent) return { type: op.type, name, args: unpackArguments(op.arg) };
  if (kind === INFO) return { type: "info", name: (arg as Info).type, args: [arg] };
  if (kind === CALL || kind === CAST) {
    return { type: kind === CALL ? "call" : "cast", name, args: unpackArguments(arg) };
  }
  return { type: name, name, args: [] };
}
