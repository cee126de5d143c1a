// Link: what carries packets between two realms, whatever it is made of.
//
// Owns the contract between a transport and the session that speaks over it, and the words for how a
// link was lost. It knows no frame: what a packet means is wire.ts. One file for each transport
// implements it; what a lost link means for actors is session.ts.

import { ActorError } from "../../kernel/errors.js";

/** What a link can do, and how far the other side is trusted. */
export interface LinkCapabilities {
  /** Packets travel as structured clones. Otherwise they are text, or bytes. */
  readonly clone: boolean;
  /** Buffers, ports and streams can be moved to the other side instead of copied. */
  readonly transfer: boolean;
  /** The longest packet that is taken from the other side, in bytes, where its length is known. */
  readonly maxFrameBytes: number;
  /** Whether the other side runs our own code, such as a worker of ours: see docs/realms.md, Security. */
  readonly trusted: boolean;
  /** Whether packets arrive in the order they were sent. */
  readonly ordered: boolean;
  /** Whether `onClose` tells of every loss. Otherwise a loss is noticed by pings that nobody answers. */
  readonly detectsClose: boolean;
}

/**
 * What can be moved to another realm instead of copied: a buffer, a port, a stream, an image. It is not the
 * `Transferable` of pages, which allows no less, but is unknown to programs with the types of Node alone.
 */
export type Movable = object;

/** How a link ended: why, in words, and the host's own error if there was one. */
export interface LinkLoss {
  /** As in "the worker threw while it loaded". */
  readonly why: string;
  /** The host's own error, if there was one. */
  readonly cause?: unknown;
  /** True for what will not go away by itself: the two do not understand each other, or one refused the other. */
  readonly isRefusal?: boolean | undefined;
  /** True for a fault of this side that may go away: whoever runs it is told, once in an outage. */
  readonly isFault?: boolean | undefined;
}

/** The epoch that an end of a link speaks for, or has heard of. */
export interface EpochView {
  /** What is said in `hello` and `welcome`; 0 if none is known. */
  readonly current: number;
  /**
   * The other side has heard of this one; `leads`: it says that it is its own. Throws MalformedFrame for a
   * leader where a later one is known.
   */
  saw(epoch: number, leads?: boolean): void;
}

/**
 * A two-way carrier of packets, open as soon as it exists: what is sent before the other side listens
 * waits there. A session sets `onFrame` and `onClose` once, synchronously, right after it got the link.
 */
export interface Link {
  /** What it is in words, such as `worker decoder`: for errors and inspectors. */
  readonly name: string;
  /** What it can do; `detectsClose` may become true once the other side's lock is watched. */
  readonly capabilities: LinkCapabilities;
  /** Takes each packet that arrives, in order: a structured clone, or a string or bytes. */
  onFrame: ((packet: unknown) => void) | null;
  /** Told at most once that the link is gone, and never by `close` or `terminate` of this side. */
  onClose: ((loss: LinkLoss) => void) | null;
  /**
   * Sends one packet. A link that is gone drops it in silence: `onClose` has told, or will. Throws what
   * the host throws for a packet it cannot carry, such as DataCloneError; then nothing was sent, and
   * nothing transferred.
   */
  send(packet: unknown, transfer?: readonly Movable[]): void;
  /**
   * Ends the link from this side; the other side is told where the transport can. `loss`: why it is given
   * up, if it is, as for a silence. Idempotent.
   */
  close(loss?: LinkLoss): void;
  /**
   * Ends whatever is on the other side, at once, where this side owns it: a worker of ours. `loss`: as for
   * `close`.
   */
  terminate?(loss?: LinkLoss): void;
  /** Where the other side is a leader, or speaks to one: see tabs.ts. Said in hello and welcome. */
  readonly epochs?: EpochView;
  /**
   * What may be wrong while the other side says nothing, for the error: "does its file call serve([…])?". It
   * changes as the link gets further.
   */
  readonly hint?: string | undefined;
}

/** A link was lost, or could not be made. What was in flight may or may not have run. */
export class LinkLost extends ActorError {
  override readonly name: string = "LinkLost";
  readonly code: "link-lost" = "link-lost";
  /** The link, such as `worker decoder`. */
  readonly link: string;
  /** Why it was lost, in words: with those of the host's own error, if there was one. */
  readonly why: string;

  constructor(link: string, { why, cause }: LinkLoss) {
    const { message = "" } = (cause ?? {}) as Partial<Error>;
    const whole = message === "" ? why : `${why}: ${message}`;
    super(`Cannot reach ${link}: ${whole}`, cause);
    this.link = link;
    this.why = whole;
  }
}
