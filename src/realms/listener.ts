// Listener: where a realm that serves gets its links from.
//
// Owns the contract only. Each transport's file makes its own beside its link: whoever started this
// worker, the tabs of a shared worker, the peers of a port, a window or a channel, the clients of a
// WebSocket server. What is done with a link is serve.ts.

import type { CodecFactory } from "./codec.js";
import type { Link } from "./link.js";

/** Gives links as they come, from when it is listened to until it is stopped. */
export interface Listener {
  /**
   * Calls `onLink` with each link, at once or later; it sets `onFrame` and `onClose` before it
   * returns. Gives the function that stops it: no new links then; those that are there stay.
   */
  listen(onLink: (link: Link) => void): () => void;
  /** False where its links are not trusted: what is served is checked at once then. */
  readonly trusted?: boolean;
  /** How values stand in its packets. Default: as structured clones. */
  readonly codec?: CodecFactory;
}
