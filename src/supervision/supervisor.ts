// supervisor: a process that starts its children in order, restarts those that fail, and stops them in
// reverse order.
//
// Owns the definition of a supervisor and its types. What it does at each event is
// supervisor-program.ts; children's options are child-spec.ts. Source: OTP's supervisor.

import { type Behaviour, checkId, type Fixed, Implementation } from "../behaviours/behaviour.js";
import { type Ignore, ignore } from "../behaviours/gen.js";
import type { Handle } from "../behaviours/server-handle.js";
import { checkFunction, oneOf } from "../kernel/errors.js";
import { printed } from "../kernel/exit-reason.js";
import type { WithOptions } from "../kernel/ref.js";
import {
  type ChildOptions,
  type ChildSpec,
  checkAllowance,
  type RestartAllowance,
  type SiblingSpec,
} from "./child-spec.js";
import { type ChildrenSource, checkChildren, type Flags } from "./children.js";
import { type SupervisorDefinition, supervisorProgram } from "./supervisor-program.js";
import { SupervisorRef } from "./supervisor-ref.js";

/**
 * Which children a failure restarts: the one (`oneForOne`), all (`oneForAll`), or the one and those
 * started after it (`restForOne`).
 */
export type Strategy = "oneForOne" | "oneForAll" | "restForOne";

/** When the end of `significant` children ends the supervisor: see {@link SupervisorFlags}. */
export type AutoShutdown = "never" | "anySignificant" | "allSignificant";

/** What a supervisor goes by. */
export interface SupervisorFlags extends RestartAllowance {
  /** Default `oneForOne`. */
  readonly strategy?: Strategy | undefined;
  /**
   * Ends the supervisor, with `shutdown`, when a `significant` child has ended by itself and does not
   * come back: any of them, or the last of them that ran. Default `never`.
   */
  readonly autoShutdown?: AutoShutdown | undefined;
}

/** The `child` function that a `children` function gets: its specs have handles for siblings. */
export type MakeChild = <Args extends readonly unknown[], Handle>(
  behaviour: Behaviour<Args, Handle>,
  args: Args,
  options?: ChildOptions,
) => SiblingSpec<Handle>;

// biome-ignore lint/suspicious/noExplicitAny: any handle will do
type AnySpec = ChildSpec<any>;
/** Children by id, or in a list of pairs, where their number is known at the start only. */
type Specs = Record<string, AnySpec> | readonly (readonly [id: string, child: AnySpec])[];

type HandleIn<Spec> = Spec extends ChildSpec<infer H> ? H : never;

/** The stable handles of a supervisor's children, by child id. */
export type ChildHandles<Children> = Children extends readonly (readonly [string, infer Spec])[]
  ? { readonly [id: string]: HandleIn<Spec> | undefined }
  : { readonly [Id in keyof Children]: HandleIn<Children[Id]> };

/** A ref or handle of a supervisor. What it can be asked are functions: {@link startChild} and others. */
export interface SupervisorHandle<Children> extends Handle<undefined> {
  /** Stable handles of the children: they follow restarts, those of the supervisor too. */
  readonly child: ChildHandles<Children>;
  /** The same supervisor, with a timeout or a signal for what it is asked; by default it has none. */
  with(options: WithOptions): SupervisorHandle<Children>;
}

/**
 * Defines a supervisor. Children start in the order they are written, each after the one before has
 * finished its `init`, and stop in reverse order, one by one.
 *
 * A child that ends is started again as its `restart` option says, with the others that `strategy`
 * names. More than `maxRestarts` restarts within `periodMs` milliseconds are too many: the supervisor
 * stops its children and ends with `shutdown`, for its own supervisor to deal with; without one, the
 * system's `onCrash` gets a {@link SupervisorGaveUp}.
 *
 * @example
 * ```ts
 * const App = supervisor({
 *   strategy: "restForOne", maxRestarts: 3, periodMs: 5_000,
 *   children: (child, config: { start: number }) => {
 *     const counter = child(Counter, [config.start]);
 *     return { counter, poller: child(Poller, [counter.handle]) };
 *   },
 * });
 * const app = await system.start(App, { start: 0 });
 * app.child.counter.cast.inc();
 * ```
 *
 * **How to supervise.** A supervisor is a child like any other; its `shutdownMs` is `Infinity` unless
 * said otherwise, so that it can end its own children in order.
 *
 * **Timeouts.** `initTimeoutMs` of each child bounds its start; without it a start may take for ever.
 *
 * **When not to use it.** For children of one kind that come and go by the thousand, use
 * `dynamicSupervisor`; to spread work over processes by a key, `partitionSupervisor`.
 *
 * @throws TypeError or RangeError for options out of range, an integer-like id (it would change the
 * order), two children of one id, a value that is no child: at once, or at the start where `children`
 * is a function. Source: OTP supervisor.
 */
export function supervisor<Children extends Specs, Args extends readonly unknown[] = []>(
  definition: SupervisorFlags & {
    /** Its identity in logs and inspectors. Default `supervisor`. */
    id?: string;
    /**
     * Runs at every start, before the children: may give options that depend on the arguments, or
     * {@link ignore}.
     */
    init?: (...args: Args) => SupervisorFlags | Ignore | undefined;
    /** The children by id, or a function that gives them; it runs at every start of the supervisor. */
    children: Children | ((child: MakeChild, ...args: Args) => Children);
  },
): Fixed<Behaviour<Args, SupervisorHandle<Children>>> {
  const children = definition.children as unknown as ChildrenSource;
  const made = define("supervisor", definition, children, null);
  return new Implementation(supervisorProgram(made), SupervisorRef) as never;
}

/** Checks what all supervisors have in common; gives the definition of the program. */
export function define(
  factory: string,
  definition: SupervisorFlags & {
    readonly id?: string | undefined;
    // biome-ignore lint/suspicious/noExplicitAny: each kind of supervisor types its own arguments
    readonly init?: ((...args: any) => SupervisorFlags | Ignore | undefined) | undefined;
  },
  children: ChildrenSource,
  dynamic: SupervisorDefinition["dynamic"],
): SupervisorDefinition {
  const { id = factory, init } = definition;
  checkId(factory, id);
  const flags = checkFlags(id, definition);
  if (init !== undefined) checkFunction(`init of ${id}`, init);
  if (typeof children !== "function") checkChildren(id, children, flags);
  return {
    id,
    children,
    dynamic,
    flags(args) {
      const given = init?.(...args);
      if (given === undefined) return flags;
      return given === ignore ? (given as Ignore) : checkFlags(id, { ...flags, ...given });
    },
  };
}

function checkFlags(id: string, given: SupervisorFlags): Flags {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`init of ${id} gave ${printed(given)}: it must give options or ignore`);
  }
  const {
    strategy = "oneForOne",
    maxRestarts = 1,
    periodMs = 5_000,
    autoShutdown = "never",
  } = given;
  const where = `of ${id}`;
  oneOf(`strategy ${where}`, strategy, ["oneForOne", "oneForAll", "restForOne"]);
  oneOf(`autoShutdown ${where}`, autoShutdown, ["never", "anySignificant", "allSignificant"]);
  checkAllowance(where, { maxRestarts, periodMs });
  return { strategy, maxRestarts, periodMs, autoShutdown };
}
