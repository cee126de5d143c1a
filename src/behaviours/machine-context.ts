// The context of a state machine: what its handlers can ask for as `self`.
//
// Owns the checks of what they ask, at once, and the record of it. It does nothing of it itself: the
// engine does, once the handler has settled. Outside of a handler, timeouts and inserted events are done
// at once, for there is nothing to wait for.

import { checkMs } from "../kernel/errors.js";
import { type ExitReason, printed } from "../kernel/exit-reason.js";
import { deliverFirst, INFO_OPERATION } from "../kernel/inbox.js";
import { NONE, type Operation, packArguments } from "../kernel/operation.js";
import type { Process } from "../kernel/process.js";
import { Context } from "./context.js";
import { applyTimeout, decide, layerOf, type Machine, machineOf } from "./machine.js";
import { checkName, checkState, type MachineTable } from "./machine-table.js";
import {
  keyOf,
  type TimeoutChange,
  type TimeoutKind,
  type TimeoutTime,
} from "./machine-timeouts.js";
import { postponedEnter } from "./machine-transition.js";
import { QueuedEvent } from "./queued-event.js";

/** How a change of state may be told to differ. */
export interface NextOptions {
  /** Milliseconds until `stateTimeout` runs, unless the state changes before. */
  readonly stateTimeoutMs?: number;
  /** Milliseconds until `eventTimeout` runs, unless any event comes before. */
  readonly eventTimeoutMs?: number;
  /** Milliseconds until each of these named timeouts runs, whatever the state is then. */
  readonly timeoutsMs?: Readonly<Record<string, number>>;
}

/** What `self` is in the handlers of a machine. */
export class MachineContext extends Context {
  get #machine(): Machine {
    return machineOf(this.process);
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

  nextState(state: string, options?: NextOptions): void {
    const machine = this.#machine;
    checkState(this.process.label, this.#table, state);
    if (machine.entering && state !== machine.state) {
      throw new TypeError(
        `Cannot go to state ${state} from enter of ${machine.state}: send a message to self.ref, ` +
          `or decide in the handler that came here`,
      );
    }
    if (options !== undefined) this.#setTimeouts(options);
    const decision = decide(machine);
    decision.next = state;
    decision.repeats = false;
  }

  repeatState(): void {
    const decision = decide(this.#machine);
    decision.next = null;
    decision.repeats = true;
  }

  postpone(on: boolean = true): void {
    const machine = this.#machine;
    if (machine.entering || !this.process.hasStarted) {
      if (on) throw postponedEnter(machine.state);
      return;
    }
    decide(machine).postpones = on;
  }

  stateTimeout(time: TimeoutTime, payload?: unknown): void {
    this.#setTimeout("stateTimeout", "stateTimeout", time, payload);
  }

  eventTimeout(time: TimeoutTime, payload?: unknown): void {
    this.#setTimeout("eventTimeout", "eventTimeout", time, payload);
  }

  timeout(name: string, time: TimeoutTime, payload?: unknown): void {
    this.#setTimeout("timeout", name, time, payload);
  }

  nextEvent(type: string, ...content: unknown[]): void {
    const { process } = this;
    const machine = this.#machine;
    if (machine.entering) {
      throw new TypeError(
        `Cannot insert an event from enter of ${machine.state}: insert it in the handler that came here`,
      );
    }
    const event = { op: this.#event(type, content), arg: argumentOf(type, content) };
    if (isIdle(process)) deliverFirst(process, [event]);
    else decide(machine).inserted.push(event);
  }

  stopAndReply<Reply>(reason: ExitReason, reply: Reply): Reply {
    this.stop(reason);
    return reply;
  }

  /** The handlers that will run once this one has settled. */
  get #table(): MachineTable {
    return layerOf(this.#machine).table;
  }

  #setTimeouts({ stateTimeoutMs, eventTimeoutMs, timeoutsMs = {} }: NextOptions): void {
    const named = Object.entries(timeoutsMs);
    // All are checked before one is set.
    if (stateTimeoutMs !== undefined) checkMs("stateTimeoutMs", stateTimeoutMs, true);
    if (eventTimeoutMs !== undefined) checkMs("eventTimeoutMs", eventTimeoutMs, true);
    for (const [name, ms] of named) checkMs(`timeoutsMs.${name}`, ms, true);
    if (stateTimeoutMs !== undefined) this.stateTimeout(stateTimeoutMs);
    if (eventTimeoutMs !== undefined) this.eventTimeout(eventTimeoutMs);
    for (const [name, ms] of named) this.timeout(name, ms);
  }

  #setTimeout(kind: TimeoutKind, name: string, time: TimeoutTime, payload?: unknown): void {
    const { process } = this;
    if (kind === "timeout") checkName(process.label, this.#table, kind, name);
    if (time !== "cancel" && time !== "update") {
      if (typeof time !== "number") {
        throw new TypeError(
          `The time of ${kind} is ${printed(time)}: it must be milliseconds, "cancel" or "update"`,
        );
      }
      checkMs(kind === "timeout" ? `timeout ${name}` : kind, time, true);
    }
    const change: TimeoutChange = { kind, name, time, payload };
    if (isIdle(process)) {
      applyTimeout(process, change);
      return;
    }
    const { timeouts } = decide(this.#machine);
    const key = keyOf(kind, name);
    // Of several of one kind the last counts, and has its place in the order (SM-3).
    timeouts.delete(key);
    timeouts.set(key, change);
  }

  #event(type: string, content: readonly unknown[]): Operation {
    const { label } = this.process;
    const table = this.#table;
    if (type === "info") return INFO_OPERATION;
    if (type === "stateTimeout" || type === "eventTimeout") {
      return new QueuedEvent(type, type, content[0]);
    }
    if (type !== "internal" && type !== "cast" && type !== "timeout") {
      throw new TypeError(
        `Cannot insert an event of type ${printed(type)}: it must be internal, cast, info, stateTimeout, eventTimeout or timeout`,
      );
    }
    const name = content[0] as string;
    checkName(label, table, type, name);
    if (type === "cast") return table.names.cast.get(name) as Operation;
    return new QueuedEvent(
      type,
      name,
      type === "timeout" ? content[1] : packArguments(content.slice(1)),
    );
  }
}

/** What stands beside the operation of an inserted event. */
function argumentOf(type: string, content: readonly unknown[]): unknown {
  if (type === "cast") return packArguments(content.slice(1));
  return type === "info" ? { type: "message", message: content[0] } : NONE;
}

/** No handler is in hand, nor will one come that settles for what is asked now. */
const isIdle = ({ hasStarted, current }: Process): boolean => hasStarted && current === null;
