// Requests to a process itself, not to its behaviour: what sys and changeCode are made of.
//
// Owns the way of such a request: as a call, with its timeout, its signal and its end in every case; and
// behind earlier mail, except while the process is suspended. What is asked is those files' business.

import type { ActorRef } from "../kernel/actor-ref.js";
import type { CallRequest } from "../kernel/call-request.js";
import { UnsupportedError } from "../kernel/errors.js";
import { deliverSystem } from "../kernel/inbox.js";
import { CALL, Entry, SYSTEM } from "../kernel/operation.js";
import { type Process, SUSPENDED } from "../kernel/process.js";
import type { Ref, WithOptions } from "../kernel/ref.js";
import { owe } from "../kernel/run.js";
import { refOf } from "./context.js";
import { request } from "./gen.js";

/** Sends a request for the process itself, on the path of calls. */
export function send(
  ref: ActorRef,
  name: string,
  options: WithOptions,
  put: (process: Process, made: CallRequest) => void,
): Promise<unknown> {
  const debugged: Ref = refOf(name, ref).with(options);
  return request(debugged, new Entry(CALL, name, null), undefined, put);
}

/**
 * As {@link ask}, for what only the process itself can tell. Rejects with {@link UnsupportedError} for what
 * stands for an actor of another realm: the state there is asked for there, and what stands here holds none
 * of it. `capability` is what it is called then.
 */
export function askHere<Value>(
  ref: ActorRef,
  name: string,
  options: WithOptions | undefined,
  answer: (process: Process) => Value,
  capability = `sys.${name}`,
): Promise<Value> {
  return ask(ref, name, options, (process) => {
    checkHere(process, capability);
    return answer(process);
  });
}

function checkHere({ program, label }: Process, name: string): void {
  if (!program.elsewhere) return;
  throw new UnsupportedError({
    capability: name,
    host: `${label}, which runs in another realm`,
    alternative:
      "use it there, in an actor of that realm, or make what you need to know a call or the view",
  });
}

/** Asks the process itself. A throw of `answer` rejects, and ends nothing. */
export function ask<Value>(
  ref: ActorRef,
  name: string,
  options: WithOptions | undefined = {},
  answer: (process: Process) => Value,
): Promise<Value> {
  return send(ref, name, options, (process, made) => {
    // It is refused with the rest if the process ends first.
    owe(process, made);
    deliverSystem(process, {
      kind: SYSTEM,
      name,
      run() {
        if (!made.settled) {
          try {
            made.resolve(answer(process));
          } catch (error) {
            made.reject(error);
          }
        }
        return process.status !== SUSPENDED;
      },
    });
  }) as Promise<Value>;
}
