// The errors of realms: what two realms can find wrong with each other.
//
// Owns the classes that starts and calls across a link reject with. A lost link is LinkLost in link.ts,
// a malformed frame MalformedFrame in malformed-frame.ts; what the actors themselves reject with is theirs.

import { ActorError } from "../kernel/errors.js";

/** A handler was called that the actor does not declare. Nothing ran. */
export class NoMethod extends ActorError {
  override readonly name: string = "NoMethod";
  readonly code: "no-method" = "no-method";
  readonly process: string;
  readonly handler: string;

  constructor(process: string, handler: string, declared: readonly string[]) {
    super(
      `Cannot call ${process}.${handler}: it has no such handler; it has ${
        declared.join(", ") || "none that can be called from another realm"
      }`,
    );
    this.process = process;
    this.handler = handler;
  }
}

/** A realm did not say hello in time. */
export class RealmSilent extends ActorError {
  override readonly name: string = "RealmSilent";
  readonly code: "realm-silent" = "realm-silent";
  readonly link: string;
  readonly helloTimeoutMs: number;

  constructor(link: string, helloTimeoutMs: number) {
    super(
      `Cannot reach ${link}: it did not say hello within ${helloTimeoutMs} ms; ` +
        `is its file bundled, and does it call serve([…])?`,
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

  constructor(behaviour: string, served: readonly string[]) {
    super(
      `Cannot start ${behaviour} in another realm: it serves ${served.join(", ") || "nothing"}; ` +
        `name it in serve([…]) there`,
    );
    this.behaviour = behaviour;
  }
}
