// changeCode: new code for a live server, with the state it has (OTP's code_change).
//
// Owns the exchange: the state goes through `codeChange` of the new code, what waits and what comes by
// refs of the old code finds its handler in the new one, and a supervised child restarts with it. When
// code has changed is the business of whoever reloads it, such as a bundler's development server.

import type { ActorRef } from "../kernel/actor-ref.js";
import { Rejection } from "../kernel/answer.js";
import { applyHandler, CALL, CAST, CONTINUE, isThenable, STREAM } from "../kernel/operation.js";
import type { Code, Process, Program } from "../kernel/process.js";
import type { WithOptions } from "../kernel/ref.js";
import { tell } from "../kernel/told.js";
import { type Behaviour, implementationOf } from "./behaviour.js";
import { refOf } from "./context.js";
import { askHere } from "./sys-request.js";

/**
 * Gives a live server new code. It keeps its identity, its mailbox and its subscribers, and its state
 * as `codeChange` of the new behaviour makes it from the old one; the next message is handled by the
 * new code. Resolves with a handle that has the new handlers; old ones go on working.
 *
 * A call of a handler that the new code lacks rejects, a cast is dropped. A child that is restarted later
 * starts with the new code, and the arguments it was specified with.
 *
 * @throws (as rejections) what `codeChange` throws, and then nothing has changed; TypeError for a process
 * that is no server, UnsupportedError for one of another realm; what a call rejects with. TypeError for a behaviour that is no server.
 *
 * @example
 * ```ts
 * const counter = await system.start(Counter, 3);
 * const Total = genServer({
 *   id: "counter",
 *   version: 2,
 *   init: (_self, total: number = 0) => ({ total }),
 *   codeChange: (old: { count: number }) => ({ total: old.count }),
 *   call: { get: (self) => self.state.total, twice: (self) => 2 * self.state.total },
 * });
 * await (await changeCode(counter, Total)).call.twice(); // 6
 * await counter.call.get(); // 3
 * ```
 *
 * **When not to use it.** For new configuration: that is a message. In production a restart is simpler,
 * and loses what was wrong too.
 * Source: OTP sys:change_code/4.
 */
export function changeCode<Args extends readonly unknown[], Handle>(
  ref: ActorRef,
  behaviour: Behaviour<Args, Handle>,
  options?: WithOptions,
): Promise<Handle> {
  const { program, refClass } = implementationOf(behaviour);
  const { code } = program;
  if (code === undefined) {
    throw new TypeError(`Cannot change code to ${program.id}: it must be made with genServer`);
  }
  const { target } = refOf("change the code of", ref);
  const change = (process: Process): Handle => {
    const { label, place } = process;
    const old = process.program.code;
    if (old === undefined) {
      throw new TypeError(`Cannot change the code of ${label}: it is no server`);
    }
    const { state } = process;
    const changed =
      code.codeChange === undefined ? state : code.codeChange(state as never, old.version);
    if (isThenable(changed)) {
      throw new TypeError(
        `codeChange of ${program.id} gave a promise: it must give the state itself`,
      );
    }
    process.program = renewed(program, code);
    process.state = changed;
    if (place !== null) place.implementation = { program: process.program, refClass };
    process.extras?.view?.touch();
    return new refClass(target) as unknown as Handle;
  };
  return askHere(ref, "changeCode", options, change, "changeCode");
}

/** The new program, for messages that name handlers of an older one. */
function renewed(program: Program, { call = {}, cast = {} }: Code): Program {
  const invoke: Program["invoke"] = (process, entry, arg) => {
    const { kind, name } = entry;
    if (kind === CONTINUE || (kind === STREAM && program.streams)) {
      return program.invoke(process, entry, arg);
    }
    const handlers = kind === CALL ? call : kind === CAST ? cast : {};
    if (Object.hasOwn(handlers, name)) return applyHandler(handlers[name], process.self, arg);
    if (kind !== CAST) return new Rejection(noHandler(process, name));
    tell(process, { type: "dropped", handler: name });
    return undefined;
  };
  return Object.assign(Object.create(program), { invoke });
}

function noHandler({ label }: Process, name: string): TypeError {
  return new TypeError(
    `Cannot call ${label}.${name}: its code was changed, and has no such handler`,
  );
}
