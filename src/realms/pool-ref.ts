// PoolRef: the refs and handles of pools.
//
// Owns what is different from those of one remote actor: a job has no timeout unless `with` sets one, a
// full queue is refused in the words of pools, and who looks at the pool sees what comes in. What is sent
// goes the one path of gen.ts.

import { cast, offer, request } from "../behaviours/gen.js";
import type { CallRequest } from "../kernel/call-request.js";
import { deliverCall } from "../kernel/inbox.js";
import { CALL, CAST } from "../kernel/operation.js";
import type { Process } from "../kernel/process.js";
import type { Ref } from "../kernel/ref.js";
import { QueueFull } from "./pool-errors.js";
import { type Face, faceOf, RemoteRef, type Send } from "./remote-ref.js";

function deliverJob(process: Process, made: CallRequest, arg: unknown): void {
  const { extras, label } = process;
  const bound = extras?.bound;
  if (bound?.isFull) made.reject(new QueueFull(label, made.name, bound.max));
  else deliverCall(process, made, arg);
}

/** Sends, and shows the pool's snapshot anew: a worker that is awaited keeps the pool from doing so. */
function shown(send: Send): Send {
  return (ref, entry, arg) => {
    const result = send(ref, entry, arg);
    ref.target.process?.extras?.view?.touch();
    return result;
  };
}

const sendCall = shown((ref, entry, arg) => request(ref, entry, arg, deliverJob));
const sendCast = shown(cast);
const sendOffer = shown(offer);

/** The class of the refs and handles of pools. */
export class PoolRef extends RemoteRef {
  #call: Face | null = null;
  #cast: Face | null = null;
  #offer: Face | null = null;

  constructor(target: Ref["target"], options?: Ref["options"], origin?: Ref["origin"]) {
    super(target, { timeoutMs: Number.POSITIVE_INFINITY, ...options }, origin);
  }

  get call(): Face {
    this.#call ??= faceOf(this, CALL, sendCall);
    return this.#call;
  }

  get cast(): Face {
    this.#cast ??= faceOf(this, CAST, sendCast);
    return this.#cast;
  }

  get offer(): Face {
    this.#offer ??= faceOf(this, CAST, sendOffer);
    return this.#offer;
  }
}
