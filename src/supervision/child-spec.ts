// The vocabulary of child specifications: what a supervisor is told of each child.
//
// Owns the options, their defaults and their checks (SUP-4). It starts nothing and decides nothing:
// when to restart is restart.ts, doing it is supervisor-program.ts. Source: OTP's child_spec().

import { type Behaviour, type Implementation, implementationOf } from "../behaviours/behaviour.js";
import { checkMs, oneOf } from "../kernel/errors.js";
import { printed } from "../kernel/exit-reason.js";
import type { Shutdown } from "../kernel/process.js";

/**
 * When an ended child is started again: `permanent` always, `transient` unless it ended with
 * `normal`, `shutdown` or `{ shutdown }`, `temporary` never.
 */
export type Restart = "permanent" | "transient" | "temporary";

/** How a child may be told to differ. */
export interface ChildOptions {
  /** Default `permanent`. */
  readonly restart?: Restart | undefined;
  /**
   * How long it may take to end in order before it is killed: milliseconds, `Infinity`, or
   * `"brutalKill"` for a kill at once. Default: the system's `shutdownMs` (5,000); `Infinity` for a
   * supervisor.
   */
  readonly shutdownMs?: Shutdown | undefined;
  /**
   * Where a restart begins: with `init` (OTP's way, the default), or with the state before the
   * message that crashed it. The latter copies the state before each message with structuredClone.
   */
  readonly restartFrom?: "init" | "lastState" | undefined;
  /** How long its `init` may take, in milliseconds. Default: the system's `initTimeoutMs`. */
  readonly initTimeoutMs?: number | undefined;
}

/** A child specification, as `child` makes it. */
export interface ChildSpec<Handle> {
  // Never there, but required: else a bare behaviour would pass for a specification.
  readonly "~child": () => Handle;
}

/** A child specification in a `children` function, whose handle its siblings may take. */
export interface SiblingSpec<Handle> extends ChildSpec<Handle> {
  /** The stable handle of the child: pass it to siblings. */
  readonly handle: Handle;
}

/** What is behind a child specification. */
export class Specification {
  readonly implementation: Implementation;
  readonly args: readonly unknown[];
  readonly options: ChildOptions;

  constructor(behaviour: unknown, args: readonly unknown[], options: ChildOptions) {
    this.implementation = implementationOf(behaviour);
    this.args = args;
    this.options = options;
    if (!Array.isArray(args)) {
      throw new TypeError(
        `Arguments of child ${this.implementation.id} are ${printed(args)}: they must be a list, such as [3]`,
      );
    }
    const { restart, shutdownMs, restartFrom, initTimeoutMs } = options;
    const where = `of child ${this.implementation.id}`;
    oneOf(`restart ${where}`, restart, ["permanent", "transient", "temporary"]);
    oneOf(`restartFrom ${where}`, restartFrom, ["init", "lastState"]);
    if (shutdownMs !== undefined && shutdownMs !== "brutalKill") {
      checkMs(`shutdownMs ${where}`, shutdownMs, true);
    }
    if (initTimeoutMs !== undefined) checkMs(`initTimeoutMs ${where}`, initTimeoutMs, true);
  }
}

/**
 * Specifies a child: a behaviour, the arguments of its `init`, and how to treat it.
 *
 * @example
 * ```ts
 * const App = supervisor({ children: { counter: child(Counter, [3], { restart: "transient" }) } });
 * ```
 *
 * @throws TypeError or RangeError for a value that is not a behaviour, and for options out of range.
 */
export function child<Args extends readonly unknown[], Handle>(
  behaviour: Behaviour<Args, Handle>,
  args: Args,
  options: ChildOptions = {},
): ChildSpec<Handle> {
  return new Specification(behaviour, args, options) as unknown as ChildSpec<Handle>;
}
