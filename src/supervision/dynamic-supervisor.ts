// dynamicSupervisor: a supervisor whose children come and go while it runs.
//
// Owns its definition and its types. It is the program of every supervisor (supervisor-program.ts), told
// to wait for no child: children start side by side and are stopped side by side. Source: Elixir's
// DynamicSupervisor; with a template, OTP's simple_one_for_one.

import { type Behaviour, type Fixed, Implementation } from "../behaviours/behaviour.js";
import type { Ignore } from "../behaviours/gen.js";
import type { Handle } from "../behaviours/server-handle.js";
import { checkCount } from "../kernel/errors.js";
import { printed } from "../kernel/exit-reason.js";
import type { WithOptions } from "../kernel/ref.js";
import { type ChildOptions, type ChildSpec, Specification } from "./child-spec.js";
import { checkSpecification } from "./children.js";
import { define, type SupervisorFlags } from "./supervisor.js";
import {
  ask,
  type ChildCounts,
  type ChildEntry,
  type ChildSummary,
  COUNT,
  SPEC,
  START,
  TERMINATE,
  WHICH,
} from "./supervisor-calls.js";
import { supervisorProgram } from "./supervisor-program.js";
import { SupervisorRef } from "./supervisor-ref.js";

/** A ref or handle of a dynamic supervisor. */
export interface DynamicHandle<Start> extends Handle<undefined> {
  /**
   * Starts a child and resolves with its handle after `init`. Others may be started meanwhile.
   *
   * @throws ChildRefused (as a rejection): `maxChildren`. StartFailed with the reason of its `init`.
   */
  readonly startChild: Start;
  /**
   * Ends a child in order, and forgets it. Of a child that is gone already it resolves.
   *
   * @throws ChildRefused (as a rejection): `notFound`, for a child of somebody else.
   */
  terminateChild(child: Handle): Promise<void>;
  /** The children as they stand, first started first. */
  whichChildren(): Promise<readonly ChildEntry[]>;
  /** How many children there are, by kind. */
  countChildren(): Promise<ChildCounts>;
  /**
   * What a child was made of.
   *
   * @throws ChildRefused (as a rejection): `notFound`.
   */
  getChildSpec(child: Handle): Promise<ChildSummary>;
  /** The same supervisor, with a timeout or a signal for what it is asked; by default it has none. */
  with(options: WithOptions): DynamicHandle<Start>;
}

/** Starts a child from the template: the arguments are those of its `init`. */
export type StartFrom<Args extends readonly unknown[], Handle> = (...args: Args) => Promise<Handle>;
/** Starts a child from a specification of its own. */
export type StartAny = <Handle>(child: ChildSpec<Handle>) => Promise<Handle>;

interface Definition<Args extends readonly unknown[]>
  extends Pick<SupervisorFlags, "maxRestarts" | "periodMs" | "autoShutdown"> {
  /** Its identity in logs and inspectors. Default `dynamicSupervisor`. */
  readonly id?: string;
  /** Runs at every start: may give options that depend on the arguments, or {@link ignore}. */
  readonly init?: (...args: Args) => Omit<SupervisorFlags, "strategy"> | Ignore | undefined;
  /** The most children at a time; default `Infinity`. */
  readonly maxChildren?: number;
}

/**
 * Defines a supervisor that starts without children and is given them while it runs. A child that ends
 * is started again as its `restart` option says, and forgotten if that says no.
 *
 * With a `template`, all children are of one behaviour, and `startChild` takes the arguments of its
 * `init`; without one, `startChild` takes a specification.
 *
 * @example
 * ```ts
 * const Counters = dynamicSupervisor({
 *   template: Counter, childOptions: { restart: "transient" }, maxChildren: 1_000,
 * });
 * const counters = await system.start(Counters);
 * const counter = await counters.startChild(3);
 * counter.cast.inc();
 * await counters.terminateChild(counter);
 * ```
 *
 * **How to supervise.** As a child like any other. Its children do not survive its restart: for each of
 * them observers are told `lost`, and its handle says `down`.
 *
 * **Timeouts.** Children start and stop side by side, each within its own `initTimeoutMs` and
 * `shutdownMs`. What it is asked has no timeout unless `with` sets one.
 *
 * **When not to use it.** For children that are known beforehand, or that must start in order.
 *
 * @throws TypeError or RangeError for options out of range.
 */
export function dynamicSupervisor<
  Given extends readonly unknown[],
  ChildHandle,
  Args extends readonly unknown[] = [],
>(
  definition: Definition<Args> & {
    /** What every child is. */
    readonly template: Behaviour<Given, ChildHandle>;
    /** How every child is treated. */
    readonly childOptions?: ChildOptions;
  },
): Fixed<Behaviour<Args, DynamicHandle<StartFrom<Given, ChildHandle>>>>;
export function dynamicSupervisor<Args extends readonly unknown[] = []>(
  definition?: Definition<Args> & {
    readonly template?: undefined;
    readonly childOptions?: undefined;
  },
): Fixed<Behaviour<Args, DynamicHandle<StartAny>>>;
export function dynamicSupervisor(
  definition: Definition<readonly unknown[]> & {
    readonly template?: unknown;
    readonly childOptions?: ChildOptions | undefined;
  } = {},
  // biome-ignore lint/suspicious/noExplicitAny: the overloads say what it gives
): Behaviour<any, any> {
  const { id = "dynamicSupervisor", maxChildren = Infinity } = definition;
  const { template: behaviour, childOptions = {}, autoShutdown = "never" } = definition;
  checkCount(`maxChildren of ${id}`, maxChildren, 0);
  if (behaviour !== undefined && !(behaviour instanceof Implementation)) {
    throw new TypeError(`template of ${id} is ${printed(behaviour)}: it must be one behaviour`);
  }
  const template = behaviour && new Specification(behaviour, [], childOptions);
  if (template !== undefined) checkSpecification(id, "template", template, { autoShutdown });
  const dynamic = { maxChildren, template: template ?? null };
  const made = define("dynamicSupervisor", definition, {}, dynamic);
  return new Implementation(supervisorProgram(made), DynamicRef) as never;
}

class DynamicRef extends SupervisorRef {
  startChild(...list: readonly unknown[]): Promise<unknown> {
    return ask(this, START, list);
  }

  terminateChild(which: unknown): Promise<unknown> {
    return ask(this, TERMINATE, [which]);
  }

  whichChildren(): Promise<unknown> {
    return ask(this, WHICH, []);
  }

  countChildren(): Promise<unknown> {
    return ask(this, COUNT, []);
  }

  getChildSpec(which: unknown): Promise<unknown> {
    return ask(this, SPEC, [which]);
  }
}
