// LinkEnd: what every transport's link has in common.
//
// Owns the one state of a link, open or not, and so the promises that depend on it: `onClose` at most
// once and never after an own close, silence of sends after the end, one clean-up. How packets travel
// and what has to be let go is the transport's `Carrier`.

import type { EpochView, Link, LinkCapabilities, LinkLoss, Movable } from "../wire/link.js";

/** What a transport does for its link. */
export interface Carrier {
  /** Sends one packet. Throws what the host throws for one that it cannot carry. */
  post(packet: unknown, transfer: readonly Movable[]): void;
  /**
   * Lets go of listeners, ports and locks; called once. `isOwn`: this side closed the link, and the
   * other is to be told; otherwise the link is lost, and nobody is there to be told. `loss`: why this
   * side gave it up, if it did.
   */
  leave(isOwn: boolean, loss?: LinkLoss): void;
}

/** A link over a {@link Carrier}, which calls `receive` and `lose` as things happen. */
export class LinkEnd implements Link {
  readonly name: string;
  readonly capabilities: LinkCapabilities;
  onFrame: ((packet: unknown) => void) | null = null;
  onClose: ((loss: LinkLoss) => void) | null = null;
  readonly terminate?: () => void;
  /** Set by the transport, where there are leaders. */
  epochs?: EpochView;
  /** Set by the transport, as far as it has come. */
  hint?: string;
  /** Called once it has ended, whoever ended it: for who holds something beside it. */
  onEnd: (() => void) | null = null;
  readonly #carrier: Carrier;
  #isOpen = true;

  /** `terminate`: left out where this side does not own the other. */
  constructor(
    name: string,
    capabilities: LinkCapabilities,
    carrier: Carrier,
    terminate?: () => void,
  ) {
    this.name = name;
    this.capabilities = capabilities;
    this.#carrier = carrier;
    if (terminate !== undefined) this.terminate = terminate;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(packet: unknown, transfer: readonly Movable[] = []): void {
    if (this.#isOpen) this.#carrier.post(packet, transfer);
  }

  close(loss?: LinkLoss): void {
    this.#end(true, loss);
  }

  /** A packet has arrived. */
  receive(packet: unknown): void {
    if (this.#isOpen) this.onFrame?.(packet);
  }

  /** The link is gone, and this side did not close it. */
  lose(why: string, cause?: unknown): void {
    if (this.#end(false)) this.onClose?.(cause === undefined ? { why } : { why, cause });
  }

  /** False if it had ended before. */
  #end(isOwn: boolean, loss?: LinkLoss): boolean {
    if (!this.#isOpen) return false;
    this.#isOpen = false;
    this.#carrier.leave(isOwn, loss);
    this.onEnd?.();
    return true;
  }
}
