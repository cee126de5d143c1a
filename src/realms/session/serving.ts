// Serving: what a realm lets its peers start and reach, and the starts themselves.
//
// Owns the table of behaviours by id and of actors by name, and what `start` does with them. What peers
// start belongs to the session and ends with its link; what is shared was there before, or stays.

import {
  type Behaviour,
  type Implementation,
  implementationOf,
} from "../../behaviours/behaviour.js";
import { spawn, startError } from "../../behaviours/gen.js";
import type { ActorRef } from "../../kernel/actor-ref.js";
import { end } from "../../kernel/ending.js";
import { StartFailed } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import { DEAD, type Process, watch } from "../../kernel/process.js";
import { Ref } from "../../kernel/ref.js";
import { exitError } from "../../kernel/told.js";
import type { SharedStarts } from "../links/listener.js";
import { NotServed } from "../wire/errors.js";
import { MalformedFrame } from "../wire/malformed-frame.js";
import type { Start, Started } from "../wire/wire.js";
import type { Channel } from "./channel.js";
import type { Exported, Exports } from "./exports.js";
import type { Incoming } from "./incoming.js";
import { kinOf } from "./kin.js";

/** What a realm serves, by name. */
export interface Catalogue {
  readonly behaviours: Readonly<Record<string, Implementation>>;
  /** Actors that are there once, for all peers. */
  readonly shared: Readonly<Record<string, Ref>>;
}

/** Checks what was given to `serve`. */
export function catalogueOf(
  behaviours: readonly Behaviour<never, unknown>[],
  shared: Readonly<Record<string, ActorRef>> = {},
): Catalogue {
  if (!Array.isArray(behaviours)) {
    throw new TypeError(
      `serve got ${printed(behaviours)}: it must be a list of behaviours, as in serve([Counter])`,
    );
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
        `serve got two behaviours with the id ${printed(id)}: peers name them by it, so give each its own`,
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

/** The parts of a session that starts go through. */
export interface ServingParts {
  readonly channel: Channel;
  readonly exports: Exports;
  readonly incoming: Incoming;
  /** The process that what is started belongs to. */
  readonly home: () => Process;
}

/** What a session is given that serves. */
export type Serve = (parts: ServingParts) => Serving;

/**
 * `sharing`: the actors that all peers share; null where each starts its own. `living` is where those stand,
 * of all peers, as long as they live.
 */
export function serving(
  catalogue: Catalogue,
  sharing: SharedStarts | null,
  living: Set<Process>,
): Serve {
  return (parts) => new Serving(parts, catalogue, sharing, living);
}

const UNTRUSTED =
  "it shares no such actor with peers that are not trusted; name it as shared of serve there";
const UNSHARED =
  "it is there to be started, and was asked for as shared; name it as shared of serve there";

/** What one session does with `start`. */
export class Serving {
  readonly #channel: Channel;
  readonly #exports: Exports;
  readonly #incoming: Incoming;
  readonly #catalogue: Catalogue;
  readonly #home: () => Process;
  /** What lives of what was started, by the number of its start. */
  readonly #starts: Map<number, Process> = new Map();
  readonly #sharing: SharedStarts | null;
  readonly #living: Set<Process>;

  constructor(
    { channel, exports, incoming, home }: ServingParts,
    catalogue: Catalogue,
    sharing: SharedStarts | null,
    living: Set<Process>,
  ) {
    this.#channel = channel;
    this.#exports = exports;
    this.#incoming = incoming;
    this.#catalogue = catalogue;
    this.#home = home;
    this.#sharing = sharing;
    this.#living = living;
  }

  start({ id, behaviour, args, shared }: Start): void {
    const { behaviours, shared: actors } = this.#catalogue;
    const { codec, guests, signals } = this.#channel;
    const trusted = guests === null;
    if (typeof behaviour !== "string") throw new MalformedFrame("a start of nothing");
    const sharing = shared ? this.#sharing : null;
    // First: whoever is refused is to let go of the signals it sent.
    const decoded = codec.decode(args);
    let wasUsed = false;
    const list = (): readonly unknown[] => {
      wasUsed = true;
      if (Array.isArray(decoded)) return decoded;
      throw new TypeError(`The arguments of ${behaviour} are no list`);
    };
    const refused = (error: unknown): void => {
      this.#incoming.refuse(id, error);
      signals.over(id);
    };
    try {
      const actor = shared ? actors[behaviour] : undefined;
      const mayStart = trusted && (!shared || sharing !== null);
      const implementation = mayStart ? behaviours[behaviour] : undefined;
      if (actor !== undefined) {
        const { id: label, status } = actor;
        if (status === "down") throw exitError({ label }, `reach ${label}`, "noproc");
        this.#started(id, actor, this.#exports.add(actor));
      } else if (implementation === undefined) {
        // Whoever is not trusted is not told what else there is.
        if (!trusted) throw new NotServed("reach", behaviour, UNTRUSTED);
        // The place asks for what is shared, for it does not trust the link either.
        if (!mayStart && behaviour in behaviours) throw new NotServed("reach", behaviour, UNSHARED);
        const served = [...(shared ? [actors] : []), ...(mayStart ? [behaviours] : [])];
        const names = served.flatMap(Object.keys).join(", ") || "nothing";
        const remedy = mayStart ? "in serve([…])" : "as shared of serve";
        throw new NotServed("start", behaviour, `it serves ${names}; name it ${remedy} there`);
      } else {
        signals.hold(id);
        if (sharing === null) this.#spawn(id, implementation, list());
        else {
          sharing.find(implementation, list).then((found) => {
            this.#found(id, found);
            // What was started with them outlives this peer.
            if (!wasUsed || found === null) signals.over(id);
          }, refused);
        }
      }
    } catch (error) {
      refused(error);
    }
  }

  /** The actor that all peers share, or null if there is none. The link may be gone meanwhile. */
  #found(id: number, actor: Ref | null): void {
    if (this.#channel.status === "closed") return;
    if (actor !== null) this.#started(id, actor, this.#exports.add(actor));
    else this.#incoming.reply(id, {});
  }

  /** Nobody waits for this start any more: what it started is killed. False if it started nothing. */
  cancel(id: number): boolean {
    const process = this.#starts.get(id);
    if (process === undefined) return false;
    watch(process, () => this.#channel.post({ t: "cancelled", id }));
    end(process, "killed", true);
    return true;
  }

  #spawn(id: number, implementation: Implementation, args: readonly unknown[]): void {
    const home = this.#home();
    if ((home.ending ?? home.parent?.ending) != null) {
      throw new StartFailed(implementation.id, "shutdown", "its system was stopped");
    }
    const started = spawn(home, implementation, args, (outcome, process) => {
      const ref = process.ref as Ref;
      if (outcome.kind === "started") this.#started(id, ref, this.#exports.show(ref));
      else if (outcome.kind === "failed") {
        this.#incoming.refuse(id, startError(process, outcome.reason));
      } else this.#incoming.reply(id, {});
    });
    if (started.status !== DEAD) {
      this.#starts.set(id, started);
      this.#living.add(started);
    }
    watch(started, () => {
      this.#starts.delete(id);
      this.#living.delete(started);
      // What it was started with it may need for as long as it lives.
      this.#channel.signals.over(id);
    });
  }

  #started(id: number, ref: Ref, shown: Exported): void {
    // Who is not trusted is shown the children of what it asked for, and no more.
    const kin = kinOf(this.#exports, ref, this.#channel.guests === null);
    const started: Started = { id: shown.id, ...(kin && { kin }) };
    this.#incoming.reply(id, started);
  }
}
