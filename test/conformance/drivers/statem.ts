// Performs the scenarios of statem.json on our own state machines, in the mode a scenario names: a map of
// states, or one `handleEvent`.
//
// Owns the translation of names, reasons and errors between the traces and troupe's public API. It has
// no queue, timer or order of its own: what runs when is decided by the machine under test alone.
import {
  ActorExit,
  type ActorRef,
  type ExitReason,
  type From,
  ignore,
  type MachineInit,
  type MachineSelf,
  StartFailed,
  signature,
  stateMachine,
  sys,
  type TimeoutTime,
} from "../../../src/index.js";
import { testSystem } from "../../../src/testing/test-system.js";
import type { Group, Scenario } from "../replay.js";

type Time = number | "infinity";
interface Action {
  readonly a: string;
  readonly value?: unknown;
  readonly to?: string;
  readonly type?: string;
  readonly event?: string;
  readonly name?: string;
  readonly ms?: Time;
  readonly cancel?: true;
  readonly update?: string;
}
interface Result {
  readonly kind: string;
  readonly nextState?: string;
  readonly dataOp?: "inc" | { readonly append: string } | { readonly set: number };
  readonly actions?: readonly Action[];
  readonly reason?: unknown;
}
interface Row {
  readonly state: string;
  readonly eventType: string;
  readonly event: string;
  readonly name?: string;
  readonly max?: number;
  readonly result: Result;
}
interface Input {
  readonly op: string;
  readonly event?: string;
  readonly id?: string;
  readonly ms?: number;
  readonly reason?: unknown;
  readonly inputs?: readonly Input[];
}
interface StatemScenario extends Scenario {
  readonly callbackMode: "handle_event_function" | "state_functions";
  readonly stateEnter: boolean;
  readonly default: "keep" | "crash";
  readonly initial: {
    readonly state: string;
    readonly actions: readonly Action[];
    readonly kind?: "stop" | "ignore";
    readonly reason?: unknown;
  };
  readonly table: readonly Row[];
  readonly inputs: readonly Input[];
}

interface Data {
  readonly n: number;
  readonly log: readonly string[];
}
type Self = MachineSelf<Data, string>;
/** An event as a trace tells it. */
interface Event {
  readonly type: string;
  readonly name?: string;
  readonly event: unknown;
  readonly call?: string;
}

/** An uncaught error, with what was raised as data. */
class Raised extends Error {
  override readonly name = "Raised";
  constructor(raised: unknown) {
    super(JSON.stringify(raised));
  }
}

/** Kinds of results that keep the data. */
const KEEPING = ["keep_state_and_data", "repeat_state_and_data", "stop_atom"];

/** The scenarios of statem.json. */
export const statem: Group = {
  name: "statem",
  isOf: (scenario) => "callbackMode" in scenario,
  replay: (scenario) => new Performance(scenario as StatemScenario).perform(),
};

class Performance {
  readonly #scenario: StatemScenario;
  readonly #made = testSystem({ onCrash: () => {} });
  readonly #taken: Map<Row, number> = new Map();
  readonly #callers: Map<string, From> = new Map();
  readonly #answers: Map<string, unknown> = new Map();
  /** Calls that were answered, until the answer is with the caller. */
  readonly #underway: Set<string> = new Set();
  #trace: unknown[] = [];
  #failedCalls: { readonly callError: string; readonly reason: unknown }[] = [];

  constructor(scenario: StatemScenario) {
    this.#scenario = scenario;
  }

  async perform(): Promise<unknown> {
    const { system, clock } = this.#made;
    system.observe((event) => {
      if (event.type === "stopped") this.#trace.push({ exit: exitOf(event.reason) });
    });
    const machine = await system.start(this.#machine()).catch((error: unknown) => error);
    await clock.settle();
    if (machine instanceof StartFailed) {
      const error = exitOf(machine.reason);
      const result = error === "ignored" ? "ignore" : { error };
      return { start: this.#record(result), steps: [], final: dead };
    }
    if (machine instanceof Error) throw machine;
    const ref = machine as Ref;
    const start = this.#record("ok");
    const steps: unknown[] = [];
    for (const input of this.#scenario.inputs) {
      for (const each of input.op === "burst" ? (input.inputs ?? []) : [input]) {
        if (each.op === "wait") await clock.advance(each.ms ?? 0);
        else this.#send(ref, each);
      }
      await clock.settle();
      steps.push(this.#record());
    }
    const final = ref.status === "live" ? { alive: true, ...ref.getSnapshot() } : dead;
    await system.stop();
    return { start, steps, final };
  }

  /** What has happened since the last record. */
  #record(result?: unknown): unknown {
    const failed = this.#failedCalls.sort((a, b) => (a.callError < b.callError ? -1 : 1));
    // An answer that was given and did not arrive is none.
    const lost = [...this.#underway].map((id) => ({ reply: id, arrived: false }));
    const trace = [...this.#trace, ...failed, ...lost];
    this.#trace = [];
    this.#failedCalls = [];
    return result === undefined ? { trace } : { result, trace };
  }

  #send(ref: Ref, { op, event, id = "", reason }: Input): void {
    if (op === "cast") ref.cast.event(event);
    else if (op === "info") ref.send(event);
    else if (op === "call") {
      ref
        .with({ timeoutMs: Number.POSITIVE_INFINITY })
        .call.event(event, id)
        .then(
          (value) => {
            this.#underway.delete(id);
            if (value !== this.#answers.get(id)) this.#trace.push({ reply: id, wrongly: value });
          },
          (error: unknown) => {
            const why = error instanceof ActorExit ? exitOf(error.reason) : String(error);
            this.#failedCalls.push({ callError: id, reason: why });
          },
        );
    } else if (op === "stop") {
      const failed = ({ reason: why }: ActorExit): void => {
        this.#trace.push({ stopFailed: exitOf(why) });
      };
      sys
        .terminate(ref, reason as ExitReason, { timeoutMs: Number.POSITIVE_INFINITY })
        .catch(failed);
    } else throw new TypeError(`There is no input ${op}`);
  }

  /** The machine of the scenario, in its mode. */
  #machine() {
    const { callbackMode, stateEnter, initial } = this.#scenario;
    const definition = {
      id: "statem",
      init: (self: MachineInit) => {
        if (initial.kind === "ignore") return ignore as never;
        if (initial.kind === "stop") self.stop(reasonOf(initial.reason));
        else for (const action of initial.actions) this.#act(self as Self, action);
        return { state: initial.state, data: { n: 0, log: [] } as Data };
      },
      terminate: (self: Self, reason: ExitReason) => {
        const { state, data } = self;
        this.#trace.push({ terminate: terminateOf(reason), state, data });
      },
      view: (state: string, data: Data) => ({ state, data }),
    };
    const { states, timeouts } = this.#names();
    if (callbackMode === "handle_event_function") {
      return stateMachine({
        ...definition,
        states: Object.fromEntries(states.map((state) => [state, {}])),
        events: {
          call: { event: signature<[event: unknown, id: string], unknown>() },
          cast: { event: signature<[event: unknown]>() },
        },
        stateEnter,
        handleEvent: (self: Self, event) => {
          if (event.type === "enter") return this.#on(self, { type: "enter", event: event.from });
          if (event.type === "call") return this.#onCall(self, ...event.args);
          if (event.type === "cast") return this.#on(self, { type: "cast", event: event.args[0] });
          if (event.type === "info") return this.#onInfo(self, event.message);
          if (event.type === "internal") {
            return this.#on(self, { type: "internal", event: event.args[0] });
          }
          if (event.type === "timeout") {
            return this.#on(self, { type: "timeout", name: event.name, event: event.payload });
          }
          return this.#on(self, { type: traced[event.type], event: event.payload });
        },
      });
    }
    const on = (type: string, name?: string) => (self: Self, event: unknown) =>
      this.#on(self, name === undefined ? { type, event } : { type, name, event });
    const handlers = {
      ...(stateEnter ? { enter: on("enter") } : {}),
      call: { event: (self: Self, event: unknown, id: string) => this.#onCall(self, event, id) },
      cast: { event: (self: Self, event: unknown) => on("cast")(self, event) },
      info: (self: Self, message: unknown) => this.#onInfo(self, message),
      internal: { event: on("internal") },
      stateTimeout: on("state_timeout"),
      eventTimeout: on("event_timeout"),
      timeout: Object.fromEntries(timeouts.map((name) => [name, on("timeout", name)])),
    };
    return stateMachine({
      ...definition,
      states: Object.fromEntries(states.map((state) => [state, handlers])),
    });
  }

  /** The states and the named timeouts of the scenario. */
  #names(): { states: string[]; timeouts: string[] } {
    const { initial, table } = this.#scenario;
    const states = [
      initial.state,
      ...table.flatMap(({ state, result }) => [state, result.nextState]),
    ];
    const actions = [...initial.actions, ...table.flatMap(({ result }) => result.actions ?? [])];
    const unique = (names: readonly (string | undefined)[]) => [
      ...new Set(names.filter((name) => name !== undefined && name !== "*")),
    ];
    return {
      states: unique(states) as string[],
      timeouts: unique([...actions, ...table].map(({ name }) => name)) as string[],
    };
  }

  #onCall(self: Self, event: unknown, id: string): unknown {
    this.#callers.set(id, self.from);
    return this.#on(self, { type: "call", event, call: id });
  }

  #onInfo(self: Self, message: unknown): unknown {
    return this.#on(self, { type: "info", event: (message as { message: unknown }).message });
  }

  /** One callback: what the first row that matches says. What it answers, it answers by `self.reply`. */
  #on(self: Self, event: Event): unknown {
    const { table, default: fallback } = this.#scenario;
    const { state } = self;
    this.#trace.push({ state, ...event });
    const row = table.find(
      (each) =>
        (each.state === state || each.state === "*") &&
        each.eventType === event.type &&
        (each.event === event.event || each.event === "*") &&
        (each.name === undefined || each.name === event.name) &&
        (this.#taken.get(each) ?? 0) < (each.max ?? Number.POSITIVE_INFINITY),
    );
    if (row !== undefined) {
      this.#taken.set(row, (this.#taken.get(row) ?? 0) + 1);
      this.#perform(self, event, row.result);
    } else if (event.type !== "enter") {
      if (fallback === "crash") throw new Raised("no_match");
      if (event.call !== undefined) this.#act(self, { a: "reply", value: "default" }, event);
    }
    return event.call === undefined ? undefined : self.replyLater();
  }

  #perform(self: Self, event: Event, result: Result): void {
    const { kind, nextState, dataOp, actions = [], reason } = result;
    const badReturn = ["bad_return_from_state_function", "bad_value"];
    const isEnter = event.type === "enter";
    if (kind === "raise") throw new Raised(reason);
    if (kind === "next_state" || kind === "bad_return") {
      const to = kind === "next_state" ? (nextState as string) : "bad_value";
      const code = isEnter ? ["bad_state_enter_return_from_state_function"] : badReturn;
      refusedAs(code, () => self.nextState(to));
    } else if (kind.startsWith("repeat_state")) self.repeatState();
    else if (kind === "stop_atom") self.stop("normal");
    else if (kind === "exit" || kind.startsWith("stop")) self.stop(reasonOf(reason));
    if (!KEEPING.includes(kind)) self.data = changed(self.data, dataOp);
    for (const action of actions) {
      const code = isEnter
        ? "bad_state_enter_action_from_state_function"
        : "bad_action_from_state_function";
      refusedAs([code, termOf(action)], () => this.#act(self, action, event));
    }
  }

  #act(self: Self, action: Action, event?: Event): void {
    const { a, value, to = event?.call, type, name = "", ms, cancel, update } = action;
    const time: TimeoutTime = cancel ? "cancel" : ms === undefined ? "update" : msOf(ms);
    const payload = update ?? action.event;
    if (a === "reply") {
      const from = this.#callers.get(to ?? "");
      if (from === undefined) return;
      this.#answers.set(to ?? "", this.#answers.get(to ?? "") ?? value);
      if (!self.reply(from, value)) return;
      this.#trace.push({ reply: to, value });
      this.#underway.add(to ?? "");
    } else if (a === "postpone") self.postpone(value !== false);
    else if (a === "state_timeout") self.stateTimeout(time, payload);
    else if (a === "event_timeout") self.eventTimeout(time, payload);
    else if (a === "timeout") self.timeout(name, time, payload);
    else if (a === "hibernate") self.hibernate();
    else if (a !== "next_event") self.nextEvent("not an action" as never);
    else if (type === "info") self.nextEvent("info", payload);
    else if (type === "timeout") self.nextEvent("eventTimeout", payload);
    else if (type === "state_timeout") self.nextEvent("stateTimeout", payload);
    else self.nextEvent(type as "cast" | "internal", "event", payload);
  }
}

type Ref = ActorRef & {
  readonly status: string;
  with(options: { timeoutMs: number }): Ref;
  readonly call: { event(event: unknown, id: string): Promise<unknown> };
  readonly cast: { event(event: unknown): boolean };
  send(message: unknown): boolean;
  stop(reason: ExitReason): Promise<void>;
  getSnapshot(): { state: string; data: Data } | undefined;
};

const dead = { alive: false };
const traced = { stateTimeout: "state_timeout", eventTimeout: "event_timeout" };
const msOf = (ms: Time): number => (ms === "infinity" ? Number.POSITIVE_INFINITY : ms);

/** Does something; an error of ours that refuses it is the error that OTP gives it. */
function refusedAs(code: unknown, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new Raised(code);
    throw error;
  }
}

/** An action as Erlang writes it. */
function termOf({ a, value, type, event, name, ms, cancel, update }: Action): unknown {
  if (a === "bad") return "not_an_action";
  if (a === "postpone") return value === undefined ? a : [a, value];
  const timer = name === undefined ? (a === "event_timeout" ? "timeout" : a) : [a, name];
  if (a === "next_event") return [a, type, event];
  if (cancel) return [timer, "cancel"];
  return update === undefined ? [timer, ms, event] : [timer, "update", update];
}

function changed({ n, log }: Data, dataOp: Result["dataOp"]): Data {
  if (dataOp === undefined) return { n, log };
  if (dataOp === "inc") return { n: n + 1, log };
  return "append" in dataOp ? { n, log: [...log, dataOp.append] } : { n: dataOp.set, log };
}

const reasonOf = (reason: unknown): ExitReason => reason as ExitReason;

/** What was raised, if that is what ended it. */
function raisedOf(reason: ExitReason): { readonly raised: unknown } | undefined {
  if (typeof reason !== "object" || !("message" in reason)) return undefined;
  const { name, message } = reason;
  return { raised: name === "Raised" ? JSON.parse(message as string) : `${name}: ${message}` };
}

/** A reason as `terminate` gets it. */
function terminateOf(reason: ExitReason): unknown {
  const raised = raisedOf(reason);
  return raised === undefined ? reason : raised.raised;
}

/** A reason as others see it. */
function exitOf(reason: ExitReason): unknown {
  const raised = raisedOf(reason);
  return raised === undefined ? reason : { error: raised.raised };
}
