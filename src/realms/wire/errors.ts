// The errors of realms: what two realms can find wrong with each other.
//
// Owns the classes that starts and calls across a link reject with. A lost link is LinkLost in link.ts,
// a malformed frame MalformedFrame in malformed-frame.ts; what the actors themselves reject with is theirs.

import { ActorError, WordedError } from "../../kernel/errors.js";

/** A handler was called that the actor does not declare. Nothing ran. */
export class NoMethod extends ActorError {
  override readonly name: string = "NoMethod";
  readonly code: "no-method" = "no-method";
  readonly process: string;
  readonly handler: string;

  constructor(process: string, handler: string, declared: readonly string[]) {
    const known = declared.length === 0 ? "" : `; it has ${declared.join(", ")}`;
    super(`Cannot call ${process}.${handler}: it has no such handler${known}`);
    this.process = process;
    this.handler = handler;
  }
}

/**
 * An actor must not be shown to a peer that is not trusted: a handler of it has no `accepts`, so that
 * nobody would look at what it is sent, or it is an actor of another realm.
 */
export class NotServable extends WordedError<NotServable> {
  override readonly name: string = "NotServable";
  readonly code: "not-servable" = "not-servable";
  declare readonly process: string;
  /** The handler that checks nothing. */
  declare readonly handler: string | null;
}

/** A peer has as much of something as it may have: nothing was done. It may try again later. */
export class PeerBusy extends WordedError<PeerBusy> {
  override readonly name: string = "PeerBusy";
  readonly code: "busy" = "busy";
  declare readonly max: number;
}

/** A realm did not say hello in time. What may be wrong differs by the place: its link says it. */
export class RealmSilent extends ActorError {
  override readonly name: string = "RealmSilent";
  readonly code: "realm-silent" = "realm-silent";
  readonly link: string;
  readonly helloTimeoutMs: number;

  constructor(link: string, helloTimeoutMs: number, hint = "does it call serve([…])?") {
    super(
      `Cannot reach ${link}: it did not say hello within ${helloTimeoutMs} ms (helloTimeoutMs); ${hint}`,
    );
    this.link = link;
    this.helloTimeoutMs = helloTimeoutMs;
  }
}

/** A realm does not serve the behaviour that was asked for, or not to this peer. */
export class NotServed extends ActorError {
  override readonly name: string = "NotServed";
  readonly code: "not-served" = "not-served";
  readonly behaviour: string;

  constructor(action: "start" | "reach", behaviour: string, why: string) {
    super(`Cannot ${action} ${behaviour} in another realm: ${why}`);
    this.behaviour = behaviour;
  }
}
