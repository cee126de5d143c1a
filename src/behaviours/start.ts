// startLink and startWithin: ways to start a process that `system.start` and `self.spawn` do not have.
//
// Owns OTP's start_link, where a process has a parent that is not its owner, and the time a behaviour's
// `init` may take wherever it is started. Both wrap what is started; the one path of start is gen.ts.

import { link } from "../kernel/ending.js";
import { checkMs } from "../kernel/errors.js";
import { extrasOf, type Process, type Program } from "../kernel/process.js";
import { type Behaviour, Implementation, implementationOf } from "./behaviour.js";
import { spawn, startError } from "./gen.js";
import { type OwnerSelf, processOf } from "./owner.js";

/**
 * Starts a process linked to this one, as OTP's `start_link` does, and resolves with its ref after
 * `init`. This process is its parent, not its owner: it lives on after a `normal` end of this one; an
 * abnormal end reaches it along the link, and ends it in order if it traps exits (P-9).
 *
 * @throws StartFailed (as a rejection) as `system.start` does: a failed start is told to nobody else.
 * TypeError for a value that is no behaviour.
 *
 * @example
 * ```ts
 * const Boss = genServer({
 *   id: "boss",
 *   init: async (self) => ({ counter: await startLink(self, Counter, 3) }),
 * });
 * ```
 *
 * **When not to use it.** A supervisor restarts what fails, and `self.spawn` ends what it started
 * whatever the reason: mostly one of them is meant.
 * Source: OTP gen_server:start_link/3.
 */
export function startLink<Args extends readonly unknown[], Handle>(
  self: OwnerSelf,
  behaviour: Behaviour<Args, Handle>,
  ...args: Args
): Promise<Handle> {
  const parent = processOf("self", self);
  const linked = wrap(behaviour, (program) => ({
    init(process: Process, given: readonly unknown[]): unknown {
      extrasOf(process).leader = parent;
      link(process, parent);
      return program.init(process, given);
    },
  }));
  let root = parent;
  while (root.parent !== null) root = root.parent;
  return new Promise((resolve, reject) => {
    spawn(root, linked, args, (outcome, process) => {
      if (outcome.kind === "started") resolve(process.ref as unknown as Handle);
      else reject(startError(process, outcome.kind === "failed" ? outcome.reason : "ignored"));
    });
  });
}

/**
 * The same behaviour, whose `init` may take so many milliseconds; then its start fails with the reason
 * `timeout`, and the process is killed. `Infinity` is allowed.
 *
 * @throws RangeError for a time that is none, TypeError for a value that is no behaviour.
 *
 * @example
 * ```ts
 * const counter = await system.start(startWithin(1_000, Counter), 3);
 * ```
 */
export function startWithin<Args extends readonly unknown[], Handle>(
  initTimeoutMs: number,
  behaviour: Behaviour<Args, Handle>,
): Behaviour<Args, Handle> {
  checkMs("initTimeoutMs", initTimeoutMs, true);
  return wrap(behaviour, () => ({ initTimeoutMs })) as never;
}

/** A behaviour with some of its program's members changed. */
function wrap(behaviour: unknown, change: (program: Program) => Partial<Program>): Implementation {
  const { program, refClass } = implementationOf(behaviour);
  const own: Program = Object.assign(Object.create(program), change(program));
  return new Implementation(own, refClass);
}
