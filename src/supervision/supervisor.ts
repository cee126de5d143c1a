// supervisor: a process that starts its children in order, restarts those that fail, and stops them in
// reverse order.
//
// Owns the definition of a supervisor and its types. What it does at each event is
// supervisor-program.ts; children's options are child-spec.ts. Source: OTP's supervisor.

import { type Behaviour, checkId, Implementation } from "../behaviours/behaviour.js";
import type { Handle } from "../behaviours/server-handle.js";
import { checkCount, checkMs, oneOf } from "../kernel/errors.js";
import { printed } from "../kernel/exit-reason.js";
import type { ChildOptions, ChildSpec, SiblingSpec } from "./child-spec.js";
import type { ChildrenSource } from "./children.js";
import { supervisorProgram } from "./supervisor-program.js";
import { SupervisorRef } from "./supervisor-ref.js";

/**
 * Which children a failure restarts: the one (`oneForOne`), all (`oneForAll`), or the one and those
 * started after it (`restForOne`).
 */
export type Strategy = "oneForOne" | "oneForAll" | "restForOne";

/** The `child` function that a `children` function gets: its specs have handles for siblings. */
export type MakeChild = <Args extends readonly unknown[], Handle>(
  behaviour: Behaviour<Args, Handle>,
  args: Args,
  options?: ChildOptions,
) => SiblingSpec<Handle>;

// biome-ignore lint/suspicious/noExplicitAny: any handle will do
type Specs = Record<string, ChildSpec<any>>;

/** The stable handles of a supervisor's children, by child id. */
export type ChildHandles<Children> = {
  readonly [Id in keyof Children]: Children[Id] extends ChildSpec<infer H> ? H : never;
};

/** A ref or handle of a supervisor. */
export interface SupervisorHandle<Children> extends Handle<undefined> {
  /** Stable handles of the children: they follow restarts, those of the supervisor too. */
  readonly child: ChildHandles<Children>;
}

/**
 * Defines a supervisor. Children start in the order they are written, each after the one before has
 * finished its `init`, and stop in reverse order, one by one.
 *
 * A child that ends is started again as its `restart` option says, with the others that `strategy`
 * names. More than `maxRestarts` restarts within `periodMs` milliseconds are too many: the supervisor
 * stops its children and ends with `shutdown`, for its own supervisor to deal with.
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
 * **When not to use it.** For children that come and go by the thousand, a dynamic supervisor is made.
 *
 * @throws TypeError or RangeError for options out of range; children are checked when it starts:
 * an integer-like id (it would change the order), a value that is no child, fail the start.
 * Source: OTP supervisor.
 */
export function supervisor<
  Children extends Specs,
  Args extends readonly unknown[] = [],
>(definition: {
  /** Its identity in logs and inspectors. Default `supervisor`. */
  id?: string;
  /** Default `oneForOne`. */
  strategy?: Strategy;
  /** How many restarts the period allows. A whole number of 0 or more; default 1. */
  maxRestarts?: number;
  /** The period, in milliseconds. Default 5,000. */
  periodMs?: number;
  /** The children by id, or a function that gives them; it runs at every start of the supervisor. */
  children: Children | ((child: MakeChild, ...args: Args) => Children);
}): Behaviour<NoInfer<Args>, SupervisorHandle<NoInfer<Children>>> {
  const {
    id = "supervisor",
    strategy = "oneForOne",
    maxRestarts = 1,
    periodMs = 5_000,
  } = definition;
  checkId("supervisor", id);
  oneOf(`strategy of ${id}`, strategy, ["oneForOne", "oneForAll", "restForOne"]);
  checkCount(`maxRestarts of ${id}`, maxRestarts, 0);
  checkMs(`periodMs of ${id}`, periodMs);
  const { children } = definition;
  if (typeof children !== "function" && (typeof children !== "object" || children === null)) {
    throw new TypeError(
      `children of ${id} is ${printed(children)}: it must be an object of children, or a function that gives one`,
    );
  }
  const program = supervisorProgram({
    id,
    strategy,
    maxRestarts,
    periodMs,
    children: children as unknown as ChildrenSource,
  });
  return new Implementation(program, SupervisorRef) as never;
}
