// Listener: where a realm that serves gets its links from.
//
// Owns the contract only. Each transport's file makes its own beside its link: whoever started this
// worker, the tabs of a shared worker, the peers of a port, a window or a channel, the clients of a
// WebSocket server. What is done with a link is serve.ts.

import type { Implementation } from "../../behaviours/behaviour.js";
import type { ExitReason } from "../../kernel/exit-reason.js";
import type { Process } from "../../kernel/process.js";
import type { Ref } from "../../kernel/ref.js";
import type { CodecFactory } from "../values/codec.js";
import type { Link } from "../wire/link.js";

/** The actors of one serving side that are there once, for all its peers: see shared-actors.ts. */
export interface SharedStarts {
  /**
   * Resolves with the stable handle of the one actor of that behaviour, started with `args` if it is not
   * there; with null if its `init` gave `ignore`. Rejects with StartFailed.
   */
  find(implementation: Implementation, args: () => readonly unknown[]): Promise<Ref | null>;
  /** Ends all of them, with that reason. Resolves when they are gone; they may be started anew. */
  end(reason: ExitReason): Promise<void>;
}

/** Makes the shared actors of a serving side, in the system with that root. */
export type Share = (root: Process) => SharedStarts;

/** Who listens: the serving side, as far as a listener deals with it. */
export interface Server {
  /** The root of the system that what is served runs in: a listener takes its time from there. */
  readonly root: Process;
  /**
   * Ends every session, in order, and every actor that peers share, with that reason. Resolves when
   * the actors are gone.
   */
  end(reason: ExitReason): Promise<void>;
}

/** Gives links as they come, from when it is listened to until it is stopped. */
export interface Listener {
  /**
   * Calls `onLink` with each link, at once or later; it sets `onFrame` and `onClose` before it
   * returns. Gives the function that stops it: no new links then; those that are there stay.
   * `server` is who listens, where that is a serving side.
   */
  listen(onLink: (link: Link) => void, server?: Server): () => void;
  /** False where none of its links is trusted: what is served is checked at once then. */
  readonly trusted?: boolean;
  /** How values stand in its packets. Default: as structured clones. */
  readonly codec?: CodecFactory | undefined;
  /**
   * Set where peers do not start actors of their own, but reach one of each behaviour, which is started
   * when the first asks for it, and stays. Default: each peer starts its own.
   */
  readonly share?: Share;
}
