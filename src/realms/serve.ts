// serve: lets other realms start and reach actors of this one.
//
// Owns the step from a list of behaviours to sessions over the links a listener gives. In a worker the
// listener is whoever started it, and the system is made here; which those are is the host's: see
// platform/<host>/realms.ts. What a peer may do over a link is serving.ts and incoming.ts.

import type { Behaviour } from "../behaviours/behaviour.js";
import { rootOf, type System } from "../behaviours/system.js";
import type { ActorRef } from "../kernel/actor-ref.js";
import { asyncDispose } from "../kernel/disposal.js";
import { checkFunction } from "../kernel/errors.js";
import { printed } from "../kernel/exit-reason.js";
import { cloneCodec } from "./clone-codec.js";
import { timesOf } from "./lease.js";
import type { Listener } from "./listener.js";
import { realmOf } from "./realm.js";
import type { ErrorClasses } from "./remote-error.js";
import { catalogueOf } from "./serving.js";
import { Session } from "./session.js";

/** How serving may be told to differ. */
export interface ServeOptions {
  /** The system that served actors run in. Default: a new one, which ends with `stop`. */
  readonly system?: System | undefined;
  /** Where peers come from. Default: whoever started this worker. */
  readonly on?: Listener | undefined;
  /** Actors that are there once, for all peers: reached by these names, not started. */
  readonly shared?: Readonly<Record<string, ActorRef>> | undefined;
  /** Judges what a peer shows as `auth`: false or a throw refuses it. */
  readonly authenticate?: ((auth: unknown) => boolean | PromiseLike<boolean>) | undefined;
  /** Classes of errors of one's own that come back as such, instead of as RemoteError. */
  readonly errors?: ErrorClasses | undefined;
  /** How long a peer may take to say hello, in milliseconds. Default 10,000. */
  readonly helloTimeoutMs?: number | undefined;
}

/** What `serve` gives. */
export interface Served extends AsyncDisposable {
  /** The system that what is served runs in. */
  readonly system: System;
  /** Ends every session, and the system if it was made here. Idempotent. */
  stop(): Promise<void>;
}

/** The `serve` of a host: with its systems, and the links of whoever started this worker. */
export type Serve = (
  behaviours: readonly Behaviour<never, unknown>[],
  options?: ServeOptions,
) => Served;

/** Makes the `serve` of a host. */
export function serveOn(createSystem: () => System, parentListener: () => Listener): Serve {
  return (behaviours, options = {}) => {
    const { shared, authenticate, errors, helloTimeoutMs } = options;
    const catalogue = catalogueOf(behaviours, shared);
    if (authenticate !== undefined) checkFunction("authenticate", authenticate);
    const times = timesOf({ helloTimeoutMs });
    const listener = options.on ?? parentListener();
    const system = options.system ?? createSystem();
    const root = rootOf(system);
    if (root === null) {
      throw new TypeError(`system is ${printed(system)}: it must be a system, from createSystem()`);
    }
    const realm = realmOf(root);
    const sessions = new Set<Session>();
    const unlisten = listener.listen((link) => {
      const session: Session = new Session(realm, link, {
        ...times,
        opener: false,
        codec: listener.codec ?? cloneCodec,
        catalogue,
        authenticate,
        errors,
        onClosed: () => sessions.delete(session),
      });
      sessions.add(session);
    });
    const stop = async (): Promise<void> => {
      unlisten();
      for (const session of [...sessions]) session.close("stopped");
      if (options.system === undefined) await system.stop();
    };
    return { system, stop, [asyncDispose]: stop };
  };
}
