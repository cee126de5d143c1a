// agent: a process that keeps one value, and runs the functions that others send it.
//
// Owns the definition of an agent, its refs and its program, which has four handlers: get, update,
// getAndUpdate and cast. Starting, calling and ending are gen.ts and the kernel. A function is sent as
// it is, so an agent serves its own realm only. Source: Elixir's Agent.

import { checkFunction } from "../kernel/errors.js";
import { printed } from "../kernel/exit-reason.js";
import { CALL, CAST, Entry, isThenable } from "../kernel/operation.js";
import type { Process, Program } from "../kernel/process.js";
import { Ref, type WithOptions } from "../kernel/ref.js";
import { type Behaviour, checkId, type Fixed, Implementation } from "./behaviour.js";
import { call, cast, type Ignore } from "./gen.js";
import type { Handle } from "./server-handle.js";

/** How an agent may be told to differ. */
export interface AgentOptions<State, View> {
  /** Its identity in logs and inspectors. Default `agent`. */
  readonly id?: string | undefined;
  /** The snapshot a UI subscribes to. Default: the state itself. */
  readonly view?: ((state: State) => View) | undefined;
}

/** A ref or handle of an agent. After its end every operation rejects with `noproc`. */
export interface AgentHandle<State, View = State> extends Handle<View> {
  /** The state, or what `project` makes of it: inside the agent, so only that is handed out. */
  get(): Promise<State>;
  get<Result>(project: (state: State) => Result): Promise<Awaited<Result>>;
  /** Replaces the state by what `change` gives; resolves once it is replaced. */
  update(change: (state: State) => State | PromiseLike<State>): Promise<void>;
  /** Resolves with the first of what `change` gives; the second replaces the state. */
  getAndUpdate<Result>(
    change: (
      state: State,
    ) => readonly [Result, State] | PromiseLike<readonly [result: Result, state: State]>,
  ): Promise<Result>;
  /** As `update`, without waiting. `false` if it was not queued; `true` is not yet done. */
  cast(change: (state: State) => State | PromiseLike<State>): boolean;
  /** The same agent, with a timeout, a signal, or patience while it is down. */
  with(options: WithOptions): AgentHandle<State, View>;
}

type Run = (state: unknown) => unknown;
type Handler = (process: Process, run: Run) => unknown;

/** Gives `value` to `next`, now or when it is there: the mailbox waits for a promise. */
const then = (value: unknown, next: (value: unknown) => unknown): unknown =>
  isThenable(value) ? Promise.resolve(value).then(next) : next(value);

const entry = (kind: number, name: string, handler: Handler): Entry =>
  new Entry(kind, name, handler);

const replace: Handler = (process, change) =>
  then(change(process.state), (state) => {
    process.state = state;
  });
const GET: Entry = entry(CALL, "get", (process, project) => project(process.state));
const UPDATE: Entry = entry(CALL, "update", replace);
const UPDATE_LATER: Entry = entry(CAST, "cast", replace);
const GET_AND_UPDATE: Entry = entry(CALL, "getAndUpdate", (process, change) =>
  then(change(process.state), (given) => {
    if (!Array.isArray(given) || given.length !== 2) {
      throw new TypeError(
        `change gave ${printed(given)} to getAndUpdate of ${process.label}: it must give a list of two, what to resolve with and the next state`,
      );
    }
    process.state = given[1];
    return given[0];
  }),
);

/**
 * Defines an agent: a state, and functions of it that others send. The functions run one at a time; one
 * that gives a promise holds the ones behind it until that settles.
 *
 * A function that throws crashes the agent: whoever sent it, and everybody who waits, rejects with
 * {@link ActorExit}, whose `cause` is the error. To refuse, give the state back unchanged.
 *
 * @example
 * ```ts
 * const sum = await system.start(agent((start: number = 0) => start), 40);
 * await sum.update((n) => n + 2);
 * await sum.get(); // 42
 * await sum.getAndUpdate((n) => [`it was ${n}`, 0]); // "it was 42"
 * ```
 *
 * **How to supervise.** As a child: `child(agent(() => 0, { id: "sum" }), [])`. A restart begins with
 * `init` again, unless `restartFrom: "lastState"` is said.
 *
 * **Timeouts.** As of every call: 5,000 ms, or `with({ timeoutMs })`. The function may still run.
 *
 * **When not to use it.** Where the same functions come from many places: a `genServer` names them, and
 * can be called from another realm. A long computation in a function holds everybody up.
 *
 * @throws TypeError for an `init` or a function that is none.
 * Source: Elixir Agent.
 */
export function agent<Args extends readonly unknown[], State, View = State>(
  init: (...args: Args) => State | Ignore | PromiseLike<State | Ignore>,
  options: AgentOptions<State, View> = {},
): Fixed<Behaviour<Args, AgentHandle<State, View>>> {
  const { id = "agent", view = (state: State): unknown => state } = options;
  checkId("agent", id);
  checkFunction(`init of ${id}`, init);
  checkFunction(`view of ${id}`, view);
  const program: Program = {
    id,
    terminates: false,
    init: (_process, args) => init(...(args as unknown as Args)),
    invoke: (process, { handler }, run) => (handler as Handler)(process, run as Run),
    info: () => undefined,
    terminate: () => undefined,
    view: (process) => view(process.state as State),
  };
  return new Implementation(program, AgentRef) as never;
}

class AgentRef extends Ref {
  get(project: Run = (state) => state): Promise<unknown> {
    return call(this, GET, checkFunction("project", project));
  }

  update(change: Run): Promise<unknown> {
    return call(this, UPDATE, checkFunction("change", change));
  }

  getAndUpdate(change: Run): Promise<unknown> {
    return call(this, GET_AND_UPDATE, checkFunction("change", change));
  }

  cast(change: Run): boolean {
    return cast(this, UPDATE_LATER, checkFunction("change", change));
  }
}
