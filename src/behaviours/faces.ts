// Faces: what makes `ref.call.add(1)` a plain method call.
//
// Owns the small classes made for each behaviour, with one method for each declared handler on a
// prototype without a prototype: nothing but declared handlers can be reached by name. A face is made
// when first used. No Proxy: an awaited Proxy that answers every name hangs.

import { printed } from "../kernel/exit-reason.js";
import { Arguments, type Entry, NONE, packArguments } from "../kernel/operation.js";
import { Ref } from "../kernel/ref.js";
import type { RefClass } from "./behaviour.js";
import { call, cast, offer } from "./gen.js";

const REF: unique symbol = Symbol("troupe.ref");

class Face {
  readonly [REF]: Ref;
  constructor(ref: Ref) {
    this[REF] = ref;
  }
}

type Method = (this: Face, first: unknown) => unknown;

// The methods of calls and casts are the same but for what they send with. They are written out because an
// engine optimises each piece of source once: into one that sends now this way and now that, it could
// inline neither.
// biome-ignore-start lint/complexity/noArguments: rest parameters would allocate on the hot path
function callOf(entry: Entry): Method {
  return function (first) {
    let arg = first;
    if (arguments.length === 0) arg = NONE;
    else if (arguments.length > 1) {
      // One by one: handing `arguments` to anybody would make it an object, for one argument too.
      const list: unknown[] = [];
      for (let i = 0; i < arguments.length; i++) list.push(arguments[i]);
      arg = new Arguments(list);
    }
    return call(this[REF], entry, arg);
  };
}

function castOf(entry: Entry): Method {
  return function (first) {
    let arg = first;
    if (arguments.length === 0) arg = NONE;
    else if (arguments.length > 1) {
      const list: unknown[] = [];
      for (let i = 0; i < arguments.length; i++) list.push(arguments[i]);
      arg = new Arguments(list);
    }
    return cast(this[REF], entry, arg);
  };
}
// biome-ignore-end lint/complexity/noArguments: see above

/** Makes the class of a face whose methods send with `send`. */
export function faceClass(
  entries: readonly Entry[],
  send: (ref: Ref, entry: Entry, arg: unknown) => unknown,
): FaceClass {
  return classOf(entries, (entry) => {
    return function (...args: unknown[]) {
      return send(this[REF], entry, packArguments(args));
    };
  });
}

/** Makes the class of a face: one method for each entry. */
function classOf(entries: readonly Entry[], methodOf: (entry: Entry) => Method): FaceClass {
  const OwnFace = class extends Face {};
  const { prototype } = OwnFace;
  Object.setPrototypeOf(prototype, null);
  Reflect.deleteProperty(prototype, "constructor");
  for (const entry of entries) {
    Object.defineProperty(prototype, entry.name, {
      value: methodOf(entry),
      enumerable: true,
    });
  }
  return OwnFace;
}

/** The class of a face. */
export type FaceClass = new (ref: Ref) => object;

/** Makes the class of the refs of one behaviour: a Ref with its faces. */
export function refClassOf(calls: readonly Entry[], casts: readonly Entry[]): RefClass {
  const CallFace = classOf(calls, callOf);
  const CastFace = classOf(casts, castOf);
  let OfferFace: FaceClass | null = null;
  return class ServerRef extends Ref {
    // What a peer in another realm may name: see realms/.
    static readonly calls: readonly Entry[] = calls;
    static readonly casts: readonly Entry[] = casts;
    #call: object | null = null;
    #cast: object | null = null;

    // Written out: without it each subclass would collect its arguments in an array.
    constructor(target: Ref["target"], options?: Ref["options"]) {
      super(target, options);
    }

    get call(): object {
      if (this.#call === null) this.#call = new CallFace(this);
      return this.#call;
    }

    get cast(): object {
      if (this.#cast === null) this.#cast = new CastFace(this);
      return this.#cast;
    }

    get offer(): object {
      OfferFace ??= faceClass(casts, offer);
      return new OfferFace(this);
    }
  };
}

/** Checks a map of handlers as it was written: functions under names that a ref can have. */
export function checkHandlers(
  where: string,
  map: unknown,
  isHandler: (value: unknown) => boolean = (value) => typeof value === "function",
  must: string = "a function",
): [string, unknown][] {
  if (map === undefined) return [];
  if (typeof map !== "object" || map === null) {
    throw new TypeError(`${where} is ${printed(map)}: it must be an object of handlers`);
  }
  const handlers = Object.entries(map);
  for (const [name, handler] of handlers) {
    if (name === "then") {
      throw new TypeError(
        `${where} has a handler named "then": awaiting its face would call it; choose another name`,
      );
    }
    if (!isHandler(handler)) {
      throw new TypeError(`${where}.${name} is ${printed(handler)}: it must be ${must}`);
    }
  }
  return handlers;
}
