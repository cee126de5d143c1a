// A behaviour: what can be started. The public shape carries types only; the implementation behind
// it is a Program of the kernel and the class of its refs.
//
// Owns the step between both, and the check that a value is a behaviour at all. What kinds of
// behaviour exist is the business of the other files of this folder and the layers above.

import { printed } from "../kernel/exit-reason.js";
import type { Program, Target } from "../kernel/process.js";
import type { Ref } from "../kernel/ref.js";

/** Where behaviours can run beside this realm: a place of troupe/realms. */
export interface Placement {
  /** The behaviour of that id, as it is served there. */
  remote(id: string): Behaviour<readonly unknown[], unknown>;
}

/**
 * Something that can be started, with the arguments of its `init` and the handle it gives. Make one
 * with `genServer`, `stateMachine` or `supervisor`; start it with `system.start` or as a child.
 */
export interface Behaviour<Args extends readonly unknown[], Handle> {
  /** Its identity in logs, inspectors and on the wire. */
  readonly id: string;
  /**
   * The same behaviour, to run in another realm: `child(Decoder.in(place), [])`. Its code comes along;
   * `remote<typeof Decoder>("decoder", place)` of troupe/realms leaves it out of the bundle.
   */
  in(place: Placement): Behaviour<Args, Handle>;
  readonly "~args"?: (...args: Args) => void;
  readonly "~handle"?: () => Handle;
}

/**
 * The handle that a behaviour gives: to name an actor that another is given.
 *
 * @example
 * ```ts
 * const Poller = genServer({
 *   id: "poller",
 *   init: (self, counter: HandleOf<typeof Counter>) => ({ counter }),
 * });
 * ```
 */
export type HandleOf<B> =
  B extends Behaviour<infer _Args extends readonly unknown[], infer Handle> ? Handle : never;

/**
 * `T` as the result of a factory. Nothing is inferred from it: what is expected of a result, such as the type of
 * an annotated constant, must not decide what its definition says. `NoInfer` around each of its parts does
 * that too, and is all that an editor then shows of them.
 */
export type Fixed<T> = T extends infer S ? S : never;

/** The class of a behaviour's refs. */
export type RefClass = new (target: Target, options?: Ref["options"]) => Ref;

/** What is behind a behaviour. */
export class Implementation implements Behaviour<never, never> {
  readonly id: string;

  readonly program: Program;
  readonly refClass: RefClass;
  constructor(program: Program, refClass: RefClass) {
    this.program = program;
    this.refClass = refClass;
    this.id = program.id;
  }

  in(place: Placement): never {
    return place.remote(this.id) as never;
  }

  /** What it is, for errors and logs. */
  toJSON(): string {
    return `behaviour ${this.id}`;
  }
}

/** Gives the implementation of a behaviour, or throws TypeError for anything else. */
export function implementationOf(behaviour: unknown): Implementation {
  if (behaviour instanceof Implementation) return behaviour;
  throw new TypeError(
    `Cannot start ${printed(behaviour)}: it is not a behaviour; make one with genServer, stateMachine or supervisor`,
  );
}

/** Checks a behaviour's id: a string that is not empty. */
export function checkId(factory: string, id: unknown): void {
  if (typeof id !== "string" || id === "") {
    throw new TypeError(
      `${factory} got the id ${printed(id)}: it must be a string that is not empty, such as "counter"`,
    );
  }
}
