// PoolRef: the refs and handles of pools.
//
// Owns what is different from those of one remote actor: a job has no timeout unless `with` sets one, a
// full queue is refused in the words of pools, and who looks at the pool sees what comes in. What is sent
// goes the one path of gen.ts.

import { cast, request } from "../../behaviours/gen.js";
import { openStream } from "../../behaviours/stream-opening.js";
import type { CallRequest } from "../../kernel/call-request.js";
import { deliverCall } from "../../kernel/inbox.js";
import { CALL, CAST, STREAM } from "../../kernel/operation.js";
import type { Process } from "../../kernel/process.js";
import type { Ref } from "../../kernel/ref.js";
import { type Face, faceOf, RemoteRef, type Send } from "../session/remote-ref.js";
import { QueueFull } from "./pool-errors.js";

// A worker that is awaited keeps the pool from showing what comes in meanwhile: who sends does.
function touch({ extras }: Process): void {
  extras?.view?.touch();
}

function deliverJob(process: Process, made: CallRequest, arg: unknown): void {
  const bound = process.extras?.bound;
  if (bound?.isFull) made.reject(new QueueFull(process.label, made.name, bound.max));
  else deliverCall(process, made, arg);
  touch(process);
}

const sendCall: Send = (ref, entry, arg) => request(ref, entry, arg, deliverJob);
const sendOpening: Send = (ref, entry, arg) => openStream(ref, entry, arg, deliverJob);
const sendCast: Send = (ref, entry, arg) => {
  const { process } = ref.target;
  const isQueued = cast(ref, entry, arg);
  if (process !== null) touch(process);
  return isQueued;
};

/** The class of the refs and handles of pools. */
export class PoolRef extends RemoteRef {
  #call: Face | null = null;
  #cast: Face | null = null;
  #stream: Face | null = null;

  constructor(target: Ref["target"], options?: Ref["options"]) {
    super(target, { timeoutMs: Number.POSITIVE_INFINITY, ...options });
  }

  get call(): Face {
    this.#call ??= faceOf(this, CALL, sendCall);
    return this.#call;
  }

  get cast(): Face {
    this.#cast ??= faceOf(this, CAST, sendCast);
    return this.#cast;
  }

  get stream(): Face {
    this.#stream ??= faceOf(this, STREAM, sendOpening);
    return this.#stream;
  }
}
