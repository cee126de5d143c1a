// GuestRules: what a session asks before it does something for a peer that is not trusted.
//
// Owns the contract only; the rules are guests.ts. A session over a link that is not trusted cannot be made
// without them, and one over a trusted link has none: who only starts workers does not carry them.

import type { Entry } from "../../kernel/operation.js";
import type { Process } from "../../kernel/process.js";
import type { Ref } from "../../kernel/ref.js";
import type { CodecFactory } from "../values/codec.js";

/** Each throws where a peer goes too far. `peer` is its link's name; `max` stands in PeerLimits. */
export interface GuestRules {
  /** The codec of structured clones, for such a peer. */
  readonly codec: CodecFactory;
  /**
   * An actor is about to be shown to a peer which was shown `known` of them. Throws NotServable for one of
   * another realm, and for one with a handler that checks nothing; PeerBusy.
   */
  checkShown(ref: Ref, peer: string, max: number, known: number): void;
  /** A handler is about to be called. Throws NotServable where nothing checks its arguments. */
  checkHandler(process: Process, entry: Entry, peer: string): void;
  /** A call is about to be taken while others wait. Throws PeerBusy. */
  checkCalls(action: string, waiting: number, max: number): void;
  /** Something of the peer's own is about to be known here. Throws MalformedFrame. */
  checkKnown(what: string, known: number, max: number): void;
  /** An actor has so many messages that it has not dealt with. Throws MalformedFrame. */
  checkOwing(owing: number, max: number, actor: string): void;
  /** The peer asks for what only a realm of our own may. Throws MalformedFrame. */
  deny(what: string): never;
}
