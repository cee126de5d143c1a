// The vocabulary of child specifications: what a supervisor is told of each child.
//
// Owns the options, their defaults and their checks (SUP-4). It starts nothing and decides nothing:
// when to restart is restart.ts, doing it is supervisor-program.ts. Source: OTP's child_spec().

import { type Behaviour, type Implementation, implementationOf } from "../behaviours/behaviour.js";
import { checkCount, checkMs, oneOf } from "../kernel/errors.js";
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
  /**
   * True if the supervisor's work is done when this child is: see `autoShutdown`. Not for a
   * `permanent` child. Default false.
   */
  readonly significant?: boolean | undefined;
  /** What `whichChildren` calls it. Default: what its behaviour is. */
  readonly type?: ChildType | undefined;
  /**
   * How long the supervisor waits before it restarts this child: milliseconds, or a function of the
   * attempt (1 for the first) and a source of random numbers, such as {@link backoff} makes. Attempts
   * begin anew once the child was up for the period of its limit. Default 0.
   */
  readonly restartDelayMs?: number | RestartDelay | undefined;
  /**
   * A limit of its own: its restarts are counted here, not among those of the supervisor. One more
   * than it allows, and the supervisor gives up as it does at its own limit.
   */
  readonly restartLimit?: RestartAllowance | undefined;
}

/** How a child is listed. */
export type ChildType = "worker" | "supervisor";

/** The delay before an attempt to restart, in milliseconds. `random` gives 0 up to but not 1. */
export type RestartDelay = (attempt: number, random: () => number) => number;

/** How many restarts are allowed in which time. */
export interface RestartAllowance {
  /** A whole number of 0 or more; default 1. */
  readonly maxRestarts?: number | undefined;
  /** In milliseconds, more than 0; default 5,000. */
  readonly periodMs?: number | undefined;
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
    const { restart, shutdownMs, restartFrom, initTimeoutMs, significant, type } = options;
    const { restartDelayMs, restartLimit } = options;
    const where = `of child ${this.implementation.id}`;
    oneOf(`restart ${where}`, restart, ["permanent", "transient", "temporary"]);
    oneOf(`restartFrom ${where}`, restartFrom, ["init", "lastState"]);
    if (shutdownMs !== undefined && shutdownMs !== "brutalKill") {
      checkMs(`shutdownMs ${where}`, shutdownMs, true);
    }
    if (initTimeoutMs !== undefined) checkMs(`initTimeoutMs ${where}`, initTimeoutMs, true);
    oneOf(`type ${where}`, type, ["worker", "supervisor"]);
    if (restartDelayMs !== undefined && typeof restartDelayMs !== "function") {
      checkMs(`restartDelayMs ${where}`, restartDelayMs);
    }
    if (restartLimit !== undefined) checkAllowance(where, restartLimit);
    if (significant !== undefined && typeof significant !== "boolean") {
      throw new TypeError(
        `significant ${where} is ${printed(significant)}: it must be true or false`,
      );
    }
    if (significant && (restart ?? "permanent") === "permanent") {
      throw new TypeError(
        `significant ${where} is true and restart is "permanent": such a child never ends for good; make it "transient" or "temporary"`,
      );
    }
  }

  /** The same with other arguments: what a template makes. */
  with(args: readonly unknown[]): Specification {
    return new Specification(this.implementation, args, this.options);
  }
}

/** Throws RangeError unless the limit of restarts is one. */
export function checkAllowance(where: string, { maxRestarts, periodMs }: RestartAllowance): void {
  if (maxRestarts !== undefined) checkCount(`maxRestarts ${where}`, maxRestarts, 0);
  if (periodMs === undefined) return;
  checkMs(`periodMs ${where}`, periodMs);
  if (periodMs === 0) {
    throw new RangeError(`periodMs ${where} is 0: it must be more than 0 milliseconds`);
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
