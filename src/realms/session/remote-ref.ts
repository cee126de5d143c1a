// RemoteRef: the refs of actors in other realms, whose handlers nobody here knows.
//
// Owns the faces behind `ref.call.name(…)`: their methods are made by the name that is asked for, since no
// code of the behaviour is here. Only the faces do that, never the ref, and `then` and `toJSON` are
// never there: a face that is awaited or printed calls nobody. What is sent goes the one path of gen.ts.

import type { RefClass } from "../../behaviours/behaviour.js";
import { request } from "../../behaviours/gen.js";
import { openStream } from "../../behaviours/stream-opening.js";
import { CALL, CAST, Entry, packArguments, STREAM } from "../../kernel/operation.js";
import { Ref } from "../../kernel/ref.js";
import { actorOf, castThrough, deliverThrough } from "./proxy.js";

/** How a method of a face sends what it was called with. */
export type Send = (ref: Ref, entry: Entry, arg: unknown) => unknown;
/** The methods behind `ref.call`, `ref.cast` and the like. */
export type Face = Record<string, unknown>;

/** Makes a face: an object whose methods come into being when they are first asked for. */
export function faceOf(ref: Ref, kind: number, send: Send): Face {
  // Behind the object, for a trap in front of it would cost each call more than most of its way does.
  const makes = new Proxy<Face>(Object.create(null), {
    get(_methods, name) {
      if (typeof name !== "string" || name === "then" || name === "toJSON") return undefined;
      const entry = new Entry(kind, name, null);
      face[name] = (...args: unknown[]) => send(ref, entry, packArguments(args));
      return face[name];
    },
  });
  const face: Face = Object.create(makes);
  return face;
}

/** Sends a call; a cast that is sent so is an offer, and answered once it is queued there. */
function call(ref: Ref, entry: Entry, arg: unknown): Promise<unknown> {
  return request(ref, entry, arg, deliverThrough);
}

/** The class of the refs and handles of all remote actors. */
export const RemoteRef: RefClass = class extends Ref {
  #call: Face | null = null;
  #cast: Face | null = null;
  #offer: Face | null = null;
  #stream: Face | null = null;

  get call(): Face {
    this.#call ??= faceOf(this, CALL, call);
    return this.#call;
  }

  get cast(): Face {
    this.#cast ??= faceOf(this, CAST, castThrough);
    return this.#cast;
  }

  get offer(): Face {
    this.#offer ??= faceOf(this, CAST, call);
    return this.#offer;
  }

  get stream(): Face {
    this.#stream ??= faceOf(this, STREAM, openStream);
    return this.#stream;
  }

  /** The handles of a supervisor's children, once it has started. */
  get child(): Readonly<Record<string, unknown>> {
    const { process } = this.target;
    return (process === null ? null : actorOf(process)?.children) ?? Object.create(null);
  }
};
