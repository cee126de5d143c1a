// serve: lets other realms start and reach actors of this one.
//
// Owns the step from a list of behaviours to sessions over the links a listener gives. In a worker the
// listener is whoever started it, and the system is made here; which those are is the host's: see
// platform/<host>/realms.ts. What a peer may do over a link is serving.ts and incoming.ts.

import type { Behaviour } from "../../behaviours/behaviour.js";
import { rootOf, type System } from "../../behaviours/system.js";
import type { ActorRef } from "../../kernel/actor-ref.js";
import { asyncDispose } from "../../kernel/disposal.js";
import { checkFunction } from "../../kernel/errors.js";
import { type ExitReason, formatReason, printed } from "../../kernel/exit-reason.js";
import { own, type Process, watch } from "../../kernel/process.js";
import type { Listener } from "../links/listener.js";
import type { CodecLimits } from "../values/codec.js";
import type { ErrorClasses } from "../values/remote-error.js";
import type { Link } from "../wire/link.js";
import { checkServable, guest, guests } from "./guests.js";
import { timesOf } from "./link-times.js";
import { checkPeers, type PeerLimits } from "./peer-limits.js";
import { realmOf } from "./realm.js";
import { type Catalogue, catalogueOf, serving } from "./serving.js";
import { Session } from "./session.js";
import { type Authenticate, welcomeBy } from "./welcome.js";

/** How serving may be told to differ. */
export interface ServeOptions {
  /** The system that served actors run in. Default: a new one, which ends with `stop`. */
  readonly system?: System | undefined;
  /** Where peers come from. Default: whoever started this worker. */
  readonly on?: Listener | undefined;
  /** Actors that are there once, for all peers: reached by these names, not started. */
  readonly shared?: Readonly<Record<string, ActorRef>> | undefined;
  /** Judges what a peer shows as `auth`: false or a throw refuses it. */
  readonly authenticate?: Authenticate | undefined;
  /** Classes of errors of one's own that come back as such, instead of as RemoteError. */
  readonly errors?: ErrorClasses | undefined;
  /** How long a peer may take to say hello, in milliseconds. Default 10,000. */
  readonly helloTimeoutMs?: number | undefined;
  /** How often a peer is asked whether it is there, while something is pending. Default 500. */
  readonly busyAfterMs?: number | undefined;
  /** How often while nothing is, over a link that does not tell of its end. Default 2,000. */
  readonly idleMs?: number | undefined;
  /**
   * After which silence to such a question a peer counts as gone, in milliseconds. Default `Infinity`;
   * 15,000 over a link that does not tell of its end, over which it is asked all the time.
   */
  readonly unresponsiveMs?: number | undefined;
  /** What a packet may cost, and how much a peer that is not trusted may hold. */
  readonly limits?: Partial<CodecLimits & PeerLimits> | undefined;
}

/** What `serve` gives. */
export interface Served extends AsyncDisposable {
  /** The system that what is served runs in. */
  readonly system: System;
  /**
   * Ends every session, and the system if it was made here. Resolves when what its peers had started is
   * gone. Idempotent.
   */
  stop(): Promise<void>;
}

/** The `serve` of a host: with its systems, and the links of whoever started this worker. */
export type Serve = (
  behaviours: readonly Behaviour<never, unknown>[],
  options?: ServeOptions,
) => Served;

/** What a peer is told of an actor that is not to be shown to it; more stands in the error here. */
const UNSERVABLE =
  "what it shares has handlers that check nothing: it is not for who is not trusted";

/** What peers reach by name must check what they send, where they are not trusted. */
function checkShared({ shared }: Catalogue, peer: string): void {
  for (const ref of Object.values(shared)) checkServable(ref, peer);
}

/**
 * Makes the `serve` of a host. It throws TypeError for behaviours, refs and options that are none, and
 * NotServable for an actor in `shared` that has a handler without `accepts`, where peers are not trusted.
 */
export function serveOn(createSystem: () => System, parentListener: () => Listener): Serve {
  return (behaviours, options = {}) => {
    const { shared, authenticate, errors, limits } = options;
    const catalogue = catalogueOf(behaviours, shared);
    if (authenticate !== undefined) checkFunction("authenticate", authenticate);
    const { helloTimeoutMs, busyAfterMs, idleMs, unresponsiveMs } = options;
    const times = timesOf({ helloTimeoutMs, busyAfterMs, idleMs, unresponsiveMs });
    checkPeers(errors, limits);
    const listener = options.on ?? parentListener();
    // Where it is known already: before anybody comes.
    if (listener.trusted === false) checkShared(catalogue, "peers that are not trusted");
    const system = options.system ?? createSystem();
    const root = rootOf(system);
    if (root === null) {
      throw new TypeError(`system is ${printed(system)}: it must be a system, from createSystem()`);
    }
    const realm = realmOf(root);
    const sessions = new Set<Session>();
    const sharing = listener.share?.(root) ?? null;
    const closeAll = (why: string): void => {
      for (const session of [...sessions]) session.close(why);
    };
    const living = new Set<Process>();
    const gone = async (reason: ExitReason): Promise<void> => {
      const ends = [...living].map((process) => new Promise((resolve) => watch(process, resolve)));
      await Promise.all([...ends, sharing?.end(reason)]);
    };
    const end = (reason: ExitReason): Promise<void> => {
      closeAll(formatReason(reason));
      return gone(reason);
    };
    const accept = (link: Link): void => {
      let isServable = true;
      try {
        if (!link.capabilities.trusted) checkShared(catalogue, guest(link.name));
      } catch (error) {
        isServable = false;
        root.kernel.fault(error);
      }
      const session: Session = new Session(realm, link, {
        ...times,
        codec: listener.codec,
        greet: welcomeBy(authenticate),
        serve: serving(catalogue, sharing, living),
        guests,
        errors,
        limits,
        onClosed: () => sessions.delete(session),
      });
      sessions.add(session);
      if (!isServable) session.close(UNSERVABLE, true);
    };
    const unlisten = listener.listen(accept, { root, end });
    // Whoever stops the system alone takes no more peers either.
    own(root, unlisten);
    const stop = async (): Promise<void> => {
      unlisten();
      closeAll("stopped");
      if (options.system === undefined) await system.stop();
      else await gone("shutdown");
    };
    return { system, stop, [asyncDispose]: stop };
  };
}
