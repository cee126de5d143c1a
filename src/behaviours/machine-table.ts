// The table of a state machine: its handlers by state, as they were written, and checked once.
//
// Owns reading a definition and finding the handler of an event: the state's own, else `always`, else
// `handleEvent`. What is done with what a handler gives is machine.ts.

import { POSTPONED } from "../kernel/answer.js";
import { WordedError } from "../kernel/errors.js";
import { printed } from "../kernel/exit-reason.js";
import { CALL, CAST, Entry } from "../kernel/operation.js";
import { checkHandlers } from "./faces.js";

/** A call came in a state that has no handler for it, nor has `always`. Nothing was done. */
export class NotInState extends WordedError<NotInState> {
  override readonly name: string = "NotInState";
  readonly code: "not-in-state" = "not-in-state";
  declare readonly process: string;
  declare readonly handler: string;
  declare readonly state: string;
}

/** The error of a call that is handled in other states. Apart from its class, as those of tables are. */
export function notInState(
  process: string,
  handler: string,
  state: string,
  states: readonly string[],
): NotInState {
  const message =
    `Cannot call ${process}.${handler} in state ${state}: it is handled in ${states.join(", ")}; ` +
    `postpone it in ${state}, or handle it in always`;
  return new NotInState({ message, process, handler, state });
}

/** Any function of a definition, once it has been checked. */
export type Run = (self: unknown, ...args: unknown[]) => unknown;

/** Events with a name: each state has a map of handlers for each of these. */
export type NamedEvent = "call" | "cast" | "internal" | "timeout";
/** Events without a name. */
export type PlainEvent = "info" | "stateTimeout" | "eventTimeout";

/** The handlers of one state, or of all. */
export type Handlers = Readonly<
  Record<NamedEvent, ReadonlyMap<string, unknown>> & Record<PlainEvent | "enter", Run | undefined>
>;

/** A machine's handlers by state, and its events over all states. */
export interface MachineTable {
  readonly id: string;
  readonly states: ReadonlyMap<string, Handlers>;
  readonly always: Handlers;
  /** The names of each kind, over all states. */
  readonly names: Readonly<Record<NamedEvent, ReadonlyMap<string, Entry>>>;
  /** Gets what neither a state nor `always` handles. */
  readonly handleEvent: Run | undefined;
  /** `handleEvent` gets `enter` too. */
  readonly stateEnter: boolean;
}

/** A definition as it was written, as far as it is about events. */
export interface WrittenTable {
  readonly id: string;
  readonly states: unknown;
  readonly always?: unknown;
  readonly events?: unknown;
  readonly handleEvent?: unknown;
  readonly stateEnter?: boolean | undefined;
}

/** What stands for a handler in `events`: it is `handleEvent` that handles it. */
export const HANDLED: unique symbol = Symbol("troupe.handled");

const isHandler = (value: unknown): boolean => typeof value === "function" || value === POSTPONED;
const isSignature = (value: unknown): boolean => value === HANDLED;

/** Reads a definition; throws TypeError for one that cannot work. */
export function readTable(written: WrittenTable): MachineTable {
  const { id, states, handleEvent, stateEnter = false } = written;
  if (typeof states !== "object" || states === null || Object.keys(states).length === 0) {
    throw new TypeError(
      `states of ${id} is ${printed(states)}: it must be an object with a state in it`,
    );
  }
  if (handleEvent !== undefined && typeof handleEvent !== "function") {
    throw new TypeError(`handleEvent of ${id} is ${printed(handleEvent)}: it must be a function`);
  }
  if (handleEvent === undefined && (written.events !== undefined || stateEnter)) {
    throw new TypeError(
      `${id} has events or stateEnter but no handleEvent: it is what they are for`,
    );
  }
  const names = { call: new Map(), cast: new Map(), internal: new Map(), timeout: new Map() };
  const read = (where: string, table: unknown, wanted = isHandler, must?: string): Handlers => {
    if (typeof table !== "object" || table === null) {
      throw new TypeError(`${where} is ${printed(table)}: it must be an object of handlers`);
    }
    const given = table as Record<string, unknown>;
    const named = (key: NamedEvent) => {
      const handlers = checkHandlers(`${key} of ${where}`, given[key], wanted, must);
      for (const [name] of handlers) {
        if (names[key].has(name)) continue;
        names[key].set(name, new Entry(key === "call" ? CALL : CAST, name, null));
      }
      return new Map(handlers);
    };
    const plain = (key: PlainEvent | "enter"): Run | undefined => {
      const handler = given[key];
      if (handler === undefined || typeof handler === "function") return handler as Run | undefined;
      throw new TypeError(`${key} of ${where} is ${printed(handler)}: it must be a function`);
    };
    return {
      call: named("call"),
      cast: named("cast"),
      internal: named("internal"),
      timeout: named("timeout"),
      enter: plain("enter"),
      info: plain("info"),
      stateTimeout: plain("stateTimeout"),
      eventTimeout: plain("eventTimeout"),
    };
  };
  const byState = Object.entries(states).map(
    ([name, table]) => [name, read(`state ${name} of ${id}`, table)] as const,
  );
  const always = read(`always of ${id}`, written.always ?? {});
  read(`events of ${id}`, written.events ?? {}, isSignature, "signature()");
  return {
    id,
    states: new Map(byState),
    always,
    names,
    handleEvent: handleEvent as Run | undefined,
    stateEnter,
  };
}

/** The handler of a named event in a state: a function, `postpone`, or undefined. */
export function handlerOf(
  { states, always }: MachineTable,
  state: string,
  kind: NamedEvent,
  name: string,
): unknown {
  return states.get(state)?.[kind].get(name) ?? always[kind].get(name);
}

/** The handler of an event without a name. */
export function plainHandlerOf(
  { states, always }: MachineTable,
  state: string,
  kind: PlainEvent | "enter",
): Run | undefined {
  return states.get(state)?.[kind] ?? always[kind];
}

/** Throws TypeError unless the machine has the state. `label` is the machine as people know it. */
export function checkState(label: string, { states }: MachineTable, state: string): void {
  if (states.has(state)) return;
  const names = [...states.keys()].join(", ");
  throw new TypeError(`${label} has no state ${printed(state)}: its states are ${names}`);
}

/** Throws TypeError unless something handles events of that name in some state. */
export function checkName(
  label: string,
  { names, handleEvent }: MachineTable,
  kind: NamedEvent,
  name: string,
): void {
  if (typeof name === "string" && (names[kind].has(name) || takesAny(kind, handleEvent))) return;
  const known = [...names[kind].keys()].join(", ");
  throw new TypeError(
    `${label} has no ${kind} handler ${printed(name)}: ${known === "" ? "it has none" : `there are ${known}`}`,
  );
}

const takesAny = (kind: NamedEvent, handleEvent: Run | undefined): boolean =>
  handleEvent !== undefined && kind !== "call" && kind !== "cast";
