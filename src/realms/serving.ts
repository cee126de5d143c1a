// Serving: what a realm lets its peers start and reach, and the starts themselves.
//
// Owns the table of behaviours by id and of actors by name, and what `start` does with them. What peers
// start belongs to the session and ends with its link; what is shared was there before, or stays.

import { type Behaviour, type Implementation, implementationOf } from "../behaviours/behaviour.js";
import { spawn, startError } from "../behaviours/gen.js";
import type { ActorRef } from "../kernel/actor-ref.js";
import { printed } from "../kernel/exit-reason.js";
import type { Process } from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import type { Channel } from "./channel.js";
import { NotServed } from "./errors.js";
import type { Exports } from "./exports.js";
import type { Incoming } from "./incoming.js";
import type { Start, Started } from "./wire.js";

/** What a realm serves, by name. */
export interface Catalogue {
  readonly behaviours: Readonly<Record<string, Implementation>>;
  /** Actors that are there once, for all peers. */
  readonly shared: Readonly<Record<string, Ref>>;
}

/** What a realm serves that serves nothing: a page, to its workers. */
export const NOTHING_SERVED: Catalogue = {
  behaviours: Object.create(null),
  shared: Object.create(null),
};

/** Checks what was given to `serve`. */
export function catalogueOf(
  behaviours: readonly Behaviour<never, unknown>[],
  shared: Readonly<Record<string, ActorRef>> = {},
): Catalogue {
  if (!Array.isArray(behaviours)) {
    throw new TypeError(`serve got ${printed(behaviours)}: it must be a list of behaviours`);
  }
  const catalogue = {
    behaviours: Object.create(null) as Record<string, Implementation>,
    shared: Object.create(null) as Record<string, Ref>,
  };
  for (const behaviour of behaviours) {
    const implementation = implementationOf(behaviour);
    const { id } = implementation;
    if (id in catalogue.behaviours) {
      throw new TypeError(
        `serve got two behaviours with the id ${printed(id)}: peers name them by it`,
      );
    }
    catalogue.behaviours[id] = implementation;
  }
  for (const [name, ref] of Object.entries(shared)) {
    if (!(ref instanceof Ref)) {
      throw new TypeError(`shared.${name} is ${printed(ref)}: it must be a ref or a handle`);
    }
    catalogue.shared[name] = ref;
  }
  return catalogue;
}

/** What one session does with `start`. */
export class Serving {
  readonly #channel: Channel;
  readonly #exports: Exports;
  readonly #incoming: Incoming;
  readonly #catalogue: Catalogue;
  readonly #home: () => Process;

  constructor(
    channel: Channel,
    exports: Exports,
    incoming: Incoming,
    catalogue: Catalogue,
    home: () => Process,
  ) {
    this.#channel = channel;
    this.#exports = exports;
    this.#incoming = incoming;
    this.#catalogue = catalogue;
    this.#home = home;
  }

  start({ id, behaviour, args, shared }: Start): void {
    const { behaviours, shared: actors } = this.#catalogue;
    const { codec, link } = this.#channel;
    const { trusted } = link.capabilities;
    try {
      const actor = shared ? actors[behaviour] : undefined;
      const implementation = trusted && !shared ? behaviours[behaviour] : undefined;
      if (actor !== undefined) this.#started(id, actor);
      else if (implementation !== undefined) {
        const list = codec.decode(args);
        if (!Array.isArray(list)) throw new TypeError(`The arguments of ${behaviour} are no list`);
        this.#spawn(id, implementation, list);
      } else {
        throw new NotServed(behaviour, Object.keys(shared || !trusted ? actors : behaviours));
      }
    } catch (error) {
      this.#incoming.refuse(id, error);
    }
  }

  #spawn(id: number, implementation: Implementation, args: readonly unknown[]): void {
    spawn(this.#home(), implementation, args, (outcome, process) => {
      if (outcome.kind === "started") this.#started(id, process.ref as Ref);
      else if (outcome.kind === "failed") {
        this.#incoming.refuse(id, startError(process, outcome.reason));
      } else this.#incoming.reply(id, {});
    });
  }

  #started(id: number, ref: Ref): void {
    const shown = this.#exports.show(ref);
    shown.monitored = true;
    const children = (ref as Ref & { child?: Record<string, unknown> }).child;
    const started: Started = {
      id: shown.id,
      ...(children === undefined ? {} : { children: { ...children } }),
    };
    this.#incoming.reply(id, started);
  }
}
