// RemoteRef: the refs of actors in other realms, whose handlers nobody here knows.
//
// Owns the faces behind `ref.call.name(…)`: their methods are made by the name that is asked for, since no
// code of the behaviour is here. Only the faces do that, never the ref, and `then` and `toJSON` are
// never there: a face that is awaited or printed calls nobody. What is sent goes the one path of gen.ts.

import type { RefClass } from "../../behaviours/behaviour.js";
import { request } from "../../behaviours/gen.js";
import { openStream } from "../../behaviours/stream-opening.js";
import { CALL, CAST, Entry, packArguments, STREAM } from "../../kernel/operation.js";
import type { Target } from "../../kernel/process.js";
import { Ref } from "../../kernel/ref.js";
import { Slot } from "../../supervision/slot.js";
import { placesOf } from "./child-places.js";
import { actorOf, castThrough, deliverThrough } from "./proxy.js";

/** How a method of a face sends what it was called with. */
export type Send = (ref: Ref, entry: Entry, arg: unknown) => unknown;
/** The methods behind `ref.call`, `ref.cast` and the like. */
export type Face = Record<string, unknown>;

/** Makes a face: the methods of one kind. */
export function faceOf(ref: Ref, kind: number, send: Send): Face {
  return made((name) => {
    const entry = new Entry(kind, name, null);
    return (...args: unknown[]) => send(patient(ref), entry, packArguments(args));
  });
}

/** What starts takes mail; but nobody knows yet where that of a child goes whose supervisor starts. */
function patient(ref: Ref): Ref {
  const { process, standing } = ref.target;
  const waits = process === null && standing === "starting";
  return waits ? ref.derive({ whenDown: "wait", ...ref.options }) : ref;
}

/** The place of a child of a supervisor that has not started, or is gone: for whoever has that name then. */
function awaited(supervisor: Target, places: Map<string, Slot>, name: string): Slot {
  const place = new Slot(supervisor.kernel, name);
  place.handle = new RemoteRef(place);
  if (supervisor.standing !== "starting") place.set(supervisor.standing);
  places.set(name, place);
  return place;
}

/** Makes an object whose members come into being when they are first asked for. */
function made(make: (name: string) => unknown): Face {
  // Behind the object, for a trap in front of it would cost each call more than most of its way does.
  const makes = new Proxy<Face>(Object.create(null), {
    get(_methods, name) {
      if (typeof name !== "string" || name === "then" || name === "toJSON") return undefined;
      face[name] = make(name);
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

  /** The handles of a supervisor's children; until it has started, or once it is gone, of whatever is asked for. */
  get child(): Readonly<Record<string, unknown>> {
    const { target } = this;
    const places = placesOf(target);
    const hasStarted = target.process !== null && actorOf(target.process) !== null;
    const face: Face = hasStarted
      ? Object.create(null)
      : made((name) => awaited(target, places, name).handle);
    for (const [name, place] of places) face[name] = place.handle;
    return face;
  }
};
